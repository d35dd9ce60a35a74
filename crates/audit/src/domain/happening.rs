//! An event as a service said it, before it has a place in the record.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::event::v1::{Actor, ActorKind, Event};
use prost::Message;

use super::{Content, Key};

/// One event, read and checked: what an entry will hold except for its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Service that said it.
    pub service: Key,
    /// Natural key of the event within the service.
    pub event_id: Key,
    /// Dotted name, such as `ticket.acknowledged`.
    pub kind: Key,
    /// When it happened, by the clock of the service; in microseconds.
    pub occurred_at: DateTime<Utc>,
    /// Number of the actor's `ActorKind`.
    pub actor_kind: i16,
    /// Name of the actor.
    pub actor: Key,
    /// Orders it concerns, in the event's order.
    pub order_ids: Vec<Key>,
    /// Ticket it concerns; empty when none.
    pub ticket_id: Key,
    /// The event as it was encoded by the service.
    pub payload: Bytes,
}

/// Why bytes are no event that can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not an encoded `orderwatch.event.v1.Event`.
    #[error("message from {service} is not an event")]
    Encoding {
        /// Service that sent it.
        service: String,
        /// What the decoder met.
        #[source]
        source: prost::DecodeError,
    },
    /// A field that every event has is empty.
    #[error("event {event_id:?} from {service} has no {field}")]
    Missing {
        /// Service that sent it.
        service: String,
        /// Id of the event, when it has one.
        event_id: String,
        /// Name of the field.
        field: &'static str,
    },
    /// An instant outside the years 1 to 9999.
    #[error("event {event_id:?} from {service} has an impossible occurred_at")]
    Instant {
        /// Service that sent it.
        service: String,
        /// Id of the event.
        event_id: String,
    },
}

impl Happening {
    /// Reads an encoded event of a service.
    ///
    /// # Errors
    /// [`Unreadable`] when the bytes are no event, or an event without id, type or instant.
    pub fn read(service: &str, payload: &Bytes) -> Result<Self, Unreadable> {
        let event = Event::decode(payload.clone()).map_err(|source| Unreadable::Encoding {
            service: service.to_owned(),
            source,
        })?;
        let missing = |field| Unreadable::Missing {
            service: service.to_owned(),
            event_id: event.id.clone(),
            field,
        };
        if event.id.is_empty() {
            return Err(missing("id"));
        }
        if event.r#type.is_empty() {
            return Err(missing("type"));
        }
        let occurred_at = event.occurred_at.ok_or_else(|| missing("occurred_at"))?;
        let occurred_at = instant(occurred_at).ok_or_else(|| Unreadable::Instant {
            service: service.to_owned(),
            event_id: event.id.clone(),
        })?;
        let actor = event.actor.unwrap_or_else(|| Actor {
            kind: ActorKind::Service.into(),
            name: service.to_owned(),
        });
        Ok(Self {
            service: Key::of(service),
            event_id: Key::of(&event.id),
            kind: Key::of(&event.r#type),
            occurred_at,
            actor_kind: i16::try_from(actor.kind).unwrap_or_default(),
            actor: Key::of(&actor.name),
            order_ids: event.order_ids.iter().map(|id| Key::of(id)).collect(),
            ticket_id: Key::of(&event.ticket_id),
            payload: payload.clone(),
        })
    }

    /// Digest of everything said here, to be sealed together with the place.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::of(self)
    }
}

/// A protobuf instant in microseconds; None outside of the years that protobuf allows.
pub(crate) fn instant(timestamp: prost_types::Timestamp) -> Option<DateTime<Utc>> {
    const YEAR_1: i64 = -62_135_596_800;
    const YEAR_10000: i64 = 253_402_300_800;
    let nanos = u32::try_from(timestamp.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000)?;
    if !(YEAR_1..YEAR_10000).contains(&timestamp.seconds) {
        return None;
    }
    DateTime::from_timestamp(timestamp.seconds, nanos / 1_000 * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            id: "e-1".into(),
            r#type: "ticket.opened".into(),
            occurred_at: Some(prost_types::Timestamp {
                seconds: 1_800_000_000,
                nanos: 123_456_789,
            }),
            actor: Some(Actor {
                kind: ActorKind::Person.into(),
                name: "li.wei".into(),
            }),
            order_ids: vec!["o-1".into()],
            ticket_id: "t-1".into(),
            ..Event::default()
        }
    }

    fn read(event: &Event) -> Result<Happening, Unreadable> {
        Happening::read("ticketing", &Bytes::from(event.encode_to_vec()))
    }

    #[test]
    fn an_event_is_read_with_its_bytes_untouched_and_its_instant_in_microseconds() {
        let happening = read(&event()).unwrap();
        assert_eq!(happening.payload, event().encode_to_vec());
        assert_eq!(happening.occurred_at.timestamp_subsec_nanos(), 123_456_000);
        assert_eq!(happening.actor.as_str(), "li.wei");
    }

    #[test]
    fn an_event_without_actor_is_the_act_of_its_service() {
        let happening = read(&Event {
            actor: None,
            ..event()
        })
        .unwrap();
        assert_eq!(
            (happening.actor.as_str(), happening.actor_kind),
            ("ticketing", 2)
        );
    }

    #[test]
    fn what_is_no_event_is_named_precisely() {
        let fault = |event: Event| read(&event).unwrap_err().to_string();
        assert_eq!(
            fault(Event {
                id: String::new(),
                ..event()
            }),
            "event \"\" from ticketing has no id"
        );
        assert_eq!(
            fault(Event {
                occurred_at: None,
                ..event()
            }),
            "event \"e-1\" from ticketing has no occurred_at"
        );
        let far = prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert_eq!(
            fault(Event {
                occurred_at: Some(far),
                ..event()
            }),
            "event \"e-1\" from ticketing has an impossible occurred_at"
        );
        let garbage = Happening::read("ingest", &Bytes::from_static(&[0xff, 0xff])).unwrap_err();
        assert_eq!(garbage.to_string(), "message from ingest is not an event");
    }
}
