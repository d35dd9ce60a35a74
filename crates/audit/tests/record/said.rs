//! Events that services might have said.

use audit::domain::Happening;
use bytes::Bytes;
use contracts::event::v1::{Actor, ActorKind, Event};
use prost::Message;
use prost_types::Timestamp;

/// When event 0 happened, in seconds since 1970; each later event is a second later.
pub(crate) const START: i64 = 1_799_000_000;

/// The event with this number.
pub(crate) fn event(number: u32) -> Event {
    Event {
        id: format!("event-{number}"),
        r#type: "ticket.opened".into(),
        occurred_at: Some(Timestamp {
            seconds: START + i64::from(number),
            nanos: 0,
        }),
        actor: Some(Actor {
            kind: ActorKind::Person.into(),
            name: format!("actor-{number}"),
        }),
        order_ids: vec![format!("order-{number}")],
        ticket_id: format!("ticket-{number}"),
        ..Event::default()
    }
}

/// The event as ticketing would say it.
pub(crate) fn happening(event: &Event) -> Happening {
    Happening::read("ticketing", &Bytes::from(event.encode_to_vec())).unwrap()
}
