//! What became of notices, as events.

pub(crate) mod on_call;

use chrono::{DateTime, Utc};
use contracts::{
    event::v1::{
        Actor, ActorKind, Event, NotificationChanged, NotificationTransition, event::Payload,
    },
    subject,
};
use prost_types::Timestamp;
use service::event_log::NewEvent;
use uuid::Uuid;

use crate::{
    SERVICE,
    domain::{quiet::silence::Silence, ticket::Ticket},
    store::ledger::Line,
};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was taken by the vendor, in a message about so many tickets.
    Sent {
        /// Deliveries in the message.
        together: usize,
    },
    /// It was given up.
    Failed,
    /// It was not needed any more.
    Cancelled,
}

/// Event of a delivery's fate.
#[must_use]
pub fn fate(line: &Line, fate: Fate, words: &str, now: DateTime<Utc>) -> NewEvent {
    let (token, transition, together) = match fate {
        Fate::Sent { together } => ("sent", NotificationTransition::Sent, together),
        Fate::Failed => ("failed", NotificationTransition::Failed, 1),
        Fate::Cancelled => ("cancelled", NotificationTransition::Cancelled, 1),
    };
    let reason = match fate {
        Fate::Sent { .. } => format!("told {} by {}", line.shown, line.channel),
        Fate::Failed => format!("could not tell {} by {}: {words}", line.shown, line.channel),
        Fate::Cancelled => format!(
            "{} need not be told by {} any more",
            line.shown, line.channel
        ),
    };
    let event = Event {
        id: Uuid::new_v5(&line.id.as_uuid(), token.as_bytes()).to_string(),
        r#type: format!("notification.{token}"),
        occurred_at: Some(timestamp(now)),
        actor: Some(this_service()),
        reason,
        order_ids: order_ids(&line.order_id),
        exception_id: line.exception_id.clone(),
        ticket_id: line.ticket_id.clone(),
        payload: Some(Payload::Notification(NotificationChanged {
            transition: transition.into(),
            delivery_id: line.id.to_string(),
            channel: line.channel.clone(),
            recipient: line.shown.clone(),
            level: i32::try_from(line.level).unwrap_or(i32::MAX),
            attempt: i32::try_from(line.attempts).unwrap_or(i32::MAX),
            error: if fate == Fate::Failed {
                words.to_owned()
            } else {
                String::new()
            },
            tickets: i32::try_from(together).unwrap_or(i32::MAX),
        })),
        ..Event::default()
    };
    NewEvent::of(subject::NOTIFICATIONS, token, &event)
}

/// Event of a level beyond the first that was reached.
#[must_use]
pub fn escalated(ticket: &Ticket, level: u32, round: i64, now: DateTime<Utc>) -> NewEvent {
    let key = format!("{}\u{1f}{round}\u{1f}{level}", ticket.id);
    let event = Event {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes()).to_string(),
        r#type: "notification.escalated".to_owned(),
        occurred_at: Some(timestamp(now)),
        actor: Some(this_service()),
        reason: format!("nobody has acknowledged the ticket, so level {level} is told"),
        order_ids: order_ids(&ticket.order_id),
        exception_id: ticket.exception_id.clone(),
        ticket_id: ticket.id.clone(),
        payload: Some(Payload::Notification(NotificationChanged {
            transition: NotificationTransition::Escalated.into(),
            level: i32::try_from(level).unwrap_or(i32::MAX),
            tickets: 1,
            ..NotificationChanged::default()
        })),
        ..Event::default()
    };
    NewEvent::of(subject::NOTIFICATIONS, "escalated", &event)
}

/// Event of policies that were applied.
#[must_use]
pub fn applied(version: i64, actor: &str, reason: &str, now: DateTime<Utc>) -> NewEvent {
    let event = Event {
        id: format!("policy-set/{version}"),
        r#type: "policy-set.applied".to_owned(),
        occurred_at: Some(timestamp(now)),
        actor: Some(person(actor)),
        reason: reason.to_owned(),
        note: format!("version {version} of directory and escalation policies"),
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "policies", &event)
}

/// Event of a silence that was `created` or `ended`.
#[must_use]
pub fn silence(
    silence: &Silence,
    what: &str,
    (actor, reason): (&str, &str),
    now: DateTime<Utc>,
) -> NewEvent {
    let (id, matchers) = (silence.id, &silence.matchers);
    let event = Event {
        id: format!("silence/{id}/{what}"),
        r#type: format!("silence.{what}"),
        occurred_at: Some(timestamp(now)),
        actor: Some(person(actor)),
        reason: reason.to_owned(),
        note: format!("nobody is told of {matchers} until {}", silence.ends_at),
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "silences", &event)
}

/// Event of escalations that were put under the policies in force.
#[must_use]
pub fn migrated(
    version: i64,
    count: usize,
    (actor, reason): (&str, &str),
    now: DateTime<Utc>,
) -> NewEvent {
    let event = Event {
        id: Uuid::now_v7().to_string(),
        r#type: "escalations.migrated".to_owned(),
        occurred_at: Some(timestamp(now)),
        actor: Some(person(actor)),
        reason: reason.to_owned(),
        note: format!("{count} running escalations follow version {version} of the policies"),
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "escalations", &event)
}

/// As the wire has it.
#[must_use]
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

fn person(name: &str) -> Actor {
    Actor {
        kind: ActorKind::Person.into(),
        name: name.to_owned(),
    }
}

fn this_service() -> Actor {
    Actor {
        kind: ActorKind::Service.into(),
        name: SERVICE.name.to_owned(),
    }
}

fn order_ids(order_id: &str) -> Vec<String> {
    if order_id.is_empty() {
        Vec::new()
    } else {
        vec![order_id.to_owned()]
    }
}
