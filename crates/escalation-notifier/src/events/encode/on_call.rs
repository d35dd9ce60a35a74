//! What was said of on-call schedules, and what was found of them.

use chrono::{DateTime, Utc};
use contracts::{event::v1::Event, subject};
use service::event_log::NewEvent;
use uuid::Uuid;

use super::{person, this_service, timestamp};
use crate::{
    domain::oncall::{Override, Span},
    on_call::Said,
};

/// Event of somebody who stands in.
#[must_use]
pub(crate) fn overridden(new: &Override) -> NewEvent {
    let event = Event {
        id: format!("on-call-override/{}", new.id),
        r#type: "on-call.overridden".to_owned(),
        occurred_at: Some(timestamp(new.said_at)),
        actor: Some(person(&new.author)),
        reason: new.reason.clone(),
        note: format!(
            "{} is on call by {} {}",
            new.person,
            new.schedule,
            during(new.span)
        ),
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "on-call", &event)
}

/// Event of an override that was withdrawn.
#[must_use]
pub(crate) fn withdrawn(gone: &Override, by: &Said, now: DateTime<Utc>) -> NewEvent {
    let event = Event {
        id: format!("on-call-override/{}/withdrawn", gone.id),
        r#type: "on-call.override-withdrawn".to_owned(),
        occurred_at: Some(timestamp(now)),
        actor: Some(person(&by.actor)),
        reason: by.reason.clone(),
        note: format!(
            "{} does not stand in on {} {} any more",
            gone.person,
            gone.schedule,
            during(gone.span)
        ),
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "on-call", &event)
}

/// Event of a gap.
#[must_use]
pub(crate) fn gap_found(schedule: &str, gap: Span, now: DateTime<Utc>) -> NewEvent {
    let key = format!("{schedule}\u{1f}{}", gap.from().timestamp_micros());
    let event = Event {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes()).to_string(),
        r#type: "on-call.gap-found".to_owned(),
        occurred_at: Some(timestamp(now)),
        actor: Some(this_service()),
        reason: format!("nobody is on call by {schedule} {}", during(gap)),
        ..Event::default()
    };
    NewEvent::of(subject::NOTIFICATIONS, "gap-found", &event)
}

/// A span of time in words.
pub(crate) fn during(span: Span) -> String {
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!("from {} until {}", text(span.from()), text(span.until()))
}
