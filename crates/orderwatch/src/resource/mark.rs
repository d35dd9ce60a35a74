//! What people say of exceptions.

use contracts::rules::v1 as wire;
use serde::Serialize;

use super::{word, yes};
use crate::output::Row;
use crate::time::optional;

/// Something a person said of an exception, or of a missed one.
#[derive(Debug, Serialize)]
pub(crate) struct Mark {
    id: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    exception_id: String,
    order_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    rule: String,
    scenario: String,
    verdict: String,
    missed: bool,
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marked_at: Option<String>,
    superseded: bool,
}

impl From<wire::Mark> for Mark {
    fn from(mark: wire::Mark) -> Self {
        Self {
            verdict: word(mark.verdict().as_str_name(), "MARK_VERDICT"),
            id: mark.id,
            exception_id: mark.exception_id,
            order_id: mark.order_id,
            rule: mark.rule,
            scenario: mark.scenario,
            missed: mark.missed,
            actor: mark.actor,
            reason: mark.reason,
            marked_at: optional(mark.marked_at.as_ref()),
            superseded: mark.superseded,
        }
    }
}

impl Row for Mark {
    const COLUMNS: &'static [&'static str] = &[
        "ORDER",
        "RULE",
        "SCENARIO",
        "VERDICT",
        "ACTOR",
        "MARKED AT",
        "REASON",
        "NOTES",
    ];

    fn cells(&self) -> Vec<String> {
        let mut notes = vec![
            yes(self.missed, "missed"),
            yes(self.superseded, "superseded"),
        ];
        notes.retain(|note| !note.is_empty());
        vec![
            self.order_id.clone(),
            self.rule.clone(),
            self.scenario.clone(),
            self.verdict.clone(),
            self.actor.clone(),
            self.marked_at.clone().unwrap_or_default(),
            self.reason.clone(),
            notes.join("; "),
        ]
    }
}
