//! Silences, and the tickets that they hide.

use contracts::escalation::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// That nobody is told of some tickets for a while.
#[derive(Debug, Serialize)]
pub(crate) struct Silence {
    id: String,
    matchers: Vec<String>,
    author: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    ended_by: String,
}

/// A ticket that a silence hides.
#[derive(Debug, Serialize)]
pub(crate) struct HiddenTicket {
    ticket_id: String,
    order_id: String,
    scenario: String,
    severity: String,
    warehouse: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_level_at: Option<String>,
}

impl From<wire::Silence> for Silence {
    fn from(silence: wire::Silence) -> Self {
        Self {
            id: silence.id,
            matchers: silence.matchers,
            author: silence.author,
            reason: silence.reason,
            starts_at: optional(silence.starts_at.as_ref()),
            ends_at: optional(silence.ends_at.as_ref()),
            ended_by: silence.ended_by,
        }
    }
}

impl From<wire::HiddenTicket> for HiddenTicket {
    fn from(ticket: wire::HiddenTicket) -> Self {
        Self {
            ticket_id: ticket.ticket_id,
            order_id: ticket.order_id,
            scenario: ticket.scenario,
            severity: ticket.severity,
            warehouse: ticket.warehouse,
            next_level_at: optional(ticket.next_level_at.as_ref()),
        }
    }
}

impl Row for Silence {
    const COLUMNS: &'static [&'static str] =
        &["ID", "MATCHERS", "AUTHOR", "FROM", "UNTIL", "REASON"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.matchers.join(", "),
            self.author.clone(),
            self.starts_at.clone().unwrap_or_default(),
            self.ends_at.clone().unwrap_or_default(),
            self.reason.clone(),
        ]
    }
}

impl Row for HiddenTicket {
    const COLUMNS: &'static [&'static str] = &[
        "TICKET",
        "ORDER",
        "SCENARIO",
        "SEVERITY",
        "WAREHOUSE",
        "NEXT",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.ticket_id.clone(),
            self.order_id.clone(),
            self.scenario.clone(),
            self.severity.clone(),
            self.warehouse.clone(),
            self.next_level_at.clone().unwrap_or_default(),
        ]
    }
}
