//! Queues of tickets.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// The steps that a team, or a department where no team is named, works on.
#[derive(Debug, Serialize)]
pub(crate) struct Queue {
    department: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    team: String,
    open: i64,
    unclaimed: i64,
    overdue: i64,
    paused: i64,
    asked: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due_at: Option<String>,
}

impl From<wire::Queue> for Queue {
    fn from(queue: wire::Queue) -> Self {
        Self {
            next_due_at: optional(queue.next_due_at.as_ref()),
            department: queue.department,
            team: queue.team,
            open: queue.open,
            unclaimed: queue.unclaimed,
            overdue: queue.overdue,
            paused: queue.paused,
            asked: queue.asked,
        }
    }
}

impl Row for Queue {
    const COLUMNS: &'static [&'static str] = &[
        "DEPARTMENT",
        "TEAM",
        "OPEN",
        "UNCLAIMED",
        "OVERDUE",
        "PAUSED",
        "ASKED",
        "NEXT DUE AT",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.department.clone(),
            self.team.clone(),
            self.open.to_string(),
            self.unclaimed.to_string(),
            self.overdue.to_string(),
            self.paused.to_string(),
            self.asked.to_string(),
            self.next_due_at.clone().unwrap_or_default(),
        ]
    }
}
