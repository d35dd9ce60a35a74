//! That more is known of an order, as an event for who asked to hear of it.

use chrono::{DateTime, Utc};
use contracts::event::v1;
use contracts::subject;
use contracts::time::timestamp;
use service::event_log::NewEvent;

use super::this_service;

/// Makes the event of an order whose state has a new version.
#[must_use]
pub fn changed(order_id: &str, version: i64, now: DateTime<Utc>) -> NewEvent {
    let event = v1::Event {
        id: format!("order/{order_id}/{version}"),
        r#type: "order.changed".to_owned(),
        occurred_at: Some(timestamp(now.into())),
        actor: Some(this_service()),
        reason: "more is known of an order that somebody asked about".to_owned(),
        order_ids: vec![order_id.to_owned()],
        ..v1::Event::default()
    };
    NewEvent::of(subject::ORDERS, "changed", &event)
}
