//! What ingest says about what it did, beside the facts themselves.

use contracts::event::v1::event::Payload;
use contracts::event::v1::{Actor, ActorKind, Event, FactsAccepted, RecordQuarantined};
use contracts::subject;
use contracts::time::timestamp;
use order::Timestamp;
use service::event_log::NewEvent;

use crate::domain::{Entry, Intake, Part, Stored};

/// Facts are in the journal. One for each journal row.
pub(crate) fn accepted(part: &Part, intake: &Intake) -> NewEvent {
    let facts = FactsAccepted {
        source: part.source.to_string(),
        batch_id: part.batch_id.clone(),
        facts: i32::try_from(part.facts).unwrap_or(i32::MAX),
        digest: hex::encode(&intake.digest),
        watermark: None,
    };
    let event = Event {
        id: format!("facts.accepted/{}/{}", part.source, part.batch_id),
        r#type: "facts.accepted".to_owned(),
        occurred_at: Some(timestamp(intake.received_at)),
        actor: Some(Actor {
            kind: ActorKind::Source as i32,
            name: part.source.to_string(),
        }),
        order_ids: part.orders.clone(),
        payload: Some(Payload::Facts(facts)),
        ..Event::default()
    };
    NewEvent::of(subject::INTAKE, "accepted", &event)
}

/// A record could not be understood and is kept.
pub(crate) fn quarantined(entry: &Entry, now: Timestamp) -> NewEvent {
    let actor = Actor {
        kind: ActorKind::Source as i32,
        name: entry.source.clone(),
    };
    record("quarantined", entry, now, now, actor, &entry.error)
}

/// A record was understood after all and left quarantine.
pub(crate) fn replayed(stored: &Stored, actor: &str, now: Timestamp) -> NewEvent {
    record(
        "replayed",
        &stored.entry,
        stored.quarantined_at,
        now,
        person(actor),
        "",
    )
}

/// A record was given up.
pub(crate) fn discarded(stored: &Stored, actor: &str, reason: &str, now: Timestamp) -> NewEvent {
    record(
        "discarded",
        &stored.entry,
        stored.quarantined_at,
        now,
        person(actor),
        reason,
    )
}

fn record(
    what: &str,
    entry: &Entry,
    since: Timestamp,
    now: Timestamp,
    actor: Actor,
    reason: &str,
) -> NewEvent {
    let quarantine = RecordQuarantined {
        quarantine_id: entry.id.to_string(),
        source: entry.source.clone(),
        mapping: entry.mapping.clone(),
        location: entry.location(),
        error: entry.error.clone(),
    };
    let event = Event {
        // The same record may be quarantined again after it was replayed or discarded.
        id: format!("record.{what}/{}/{}", entry.id, since.micros()),
        r#type: format!("record.{what}"),
        occurred_at: Some(timestamp(now)),
        actor: Some(actor),
        reason: reason.to_owned(),
        payload: Some(Payload::Quarantine(quarantine)),
        ..Event::default()
    };
    NewEvent::of(subject::INTAKE, what, &event)
}

/// Somebody changed a connector, or had it run.
pub(crate) fn connector(
    what: &str,
    (name, version): (&str, i64),
    (actor, reason): (&str, &str),
    note: String,
    now: Timestamp,
) -> NewEvent {
    let event = Event {
        id: format!("connector/{name}/{version}"),
        r#type: format!("connector.{what}"),
        occurred_at: Some(timestamp(now)),
        actor: Some(person(actor)),
        reason: reason.to_owned(),
        note,
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "connector", &event)
}

fn person(name: &str) -> Actor {
    Actor {
        kind: ActorKind::Person as i32,
        name: name.to_owned(),
    }
}
