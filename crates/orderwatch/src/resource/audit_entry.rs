//! Entries of the audit record.

use contracts::audit::v1 as wire;
use contracts::event::v1::{Actor, ActorKind};
use serde::Serialize;

use super::word;
use crate::output::Row;
use crate::time::optional;

/// Something that happened, who did it, when and why.
#[derive(Debug, Serialize)]
pub(crate) struct AuditEntry {
    position: i64,
    service: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    order_ids: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    exception_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ticket_id: String,
    event_id: String,
    digest: String,
}

impl From<wire::Entry> for AuditEntry {
    fn from(entry: wire::Entry) -> Self {
        let event = entry.event.unwrap_or_default();
        Self {
            position: entry.position,
            service: entry.service,
            occurred_at: optional(event.occurred_at.as_ref()),
            recorded_at: optional(entry.recorded_at.as_ref()),
            actor: event.actor.as_ref().map(actor).unwrap_or_default(),
            kind: event.r#type,
            reason: event.reason,
            note: event.note,
            order_ids: event.order_ids,
            exception_id: event.exception_id,
            ticket_id: event.ticket_id,
            event_id: event.id,
            digest: entry.digest,
        }
    }
}

impl Row for AuditEntry {
    const COLUMNS: &'static [&'static str] = &[
        "POSITION",
        "OCCURRED AT",
        "TYPE",
        "ACTOR",
        "ORDERS",
        "TICKET",
        "REASON",
        "NOTE",
    ];

    fn cells(&self) -> Vec<String> {
        let orders = match self.order_ids.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        vec![
            self.position.to_string(),
            self.occurred_at.clone().unwrap_or_default(),
            self.kind.clone(),
            self.actor.clone(),
            orders,
            self.ticket_id.clone(),
            self.reason.clone(),
            self.note.clone(),
        ]
    }
}

fn actor(actor: &Actor) -> String {
    match actor.kind() {
        ActorKind::Unspecified => actor.name.clone(),
        kind => format!("{}:{}", word(kind.as_str_name(), "ACTOR_KIND"), actor.name),
    }
}
