//! What happened to a ticket.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use super::{is_false, yes};
use crate::output::Row;
use crate::time::optional;

/// One thing that happened to a ticket.
#[derive(Debug, Serialize)]
pub(crate) struct Happening {
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    transition: String,
    step: String,
    actor: String,
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(skip_serializing_if = "is_false")]
    overridden: bool,
}

impl From<wire::TicketHappening> for Happening {
    fn from(happening: wire::TicketHappening) -> Self {
        Self {
            version: happening.version,
            at: optional(happening.at.as_ref()),
            transition: happening.transition,
            step: happening.step,
            actor: happening.actor,
            reason: happening.reason,
            note: happening.note,
            overridden: happening.overridden,
        }
    }
}

impl Row for Happening {
    const COLUMNS: &'static [&'static str] = &[
        "VERSION", "AT", "WHAT", "STEP", "BY", "WHY", "NOTE", "GUARD",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.version.to_string(),
            self.at.clone().unwrap_or_default(),
            self.transition.clone(),
            self.step.clone(),
            self.actor.clone(),
            self.reason.clone(),
            self.note.clone(),
            yes(self.overridden, "overridden"),
        ]
    }
}
