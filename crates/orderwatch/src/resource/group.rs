//! Tickets that belong together.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use super::word;
use crate::output::Row;
use crate::time::optional;

/// A case or an incident.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    id: String,
    kind: String,
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    order: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    scenario: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dimension: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    department: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    assignee: String,
    tickets: i64,
    open_tickets: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    opened_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    closed_by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    resolution: String,
    etag: String,
}

impl From<wire::Group> for Group {
    fn from(group: wire::Group) -> Self {
        Self {
            kind: word(group.kind().as_str_name(), "GROUP_KIND"),
            opened_at: optional(group.opened_at.as_ref()),
            closed_at: optional(group.closed_at.as_ref()),
            id: group.id,
            title: group.title,
            order: group.order_id,
            scenario: group.scenario,
            dimension: group.dimension,
            value: group.value,
            department: group.department,
            assignee: group.assignee,
            tickets: group.tickets,
            open_tickets: group.open_tickets,
            opened_by: group.opened_by,
            closed_by: group.closed_by,
            resolution: group.resolution,
            etag: group.etag,
        }
    }
}

impl Row for Group {
    const COLUMNS: &'static [&'static str] = &[
        "ID", "KIND", "TITLE", "OWNER", "OPEN", "TICKETS", "OPENED", "CLOSED",
    ];

    fn cells(&self) -> Vec<String> {
        let owner = match self.assignee.as_str() {
            "" => self.department.clone(),
            assignee => format!("{} ({assignee})", self.department),
        };
        vec![
            self.id.clone(),
            self.kind.clone(),
            self.title.clone(),
            owner,
            self.open_tickets.to_string(),
            self.tickets.to_string(),
            self.opened_at.clone().unwrap_or_default(),
            self.closed_at.clone().unwrap_or_default(),
        ]
    }
}
