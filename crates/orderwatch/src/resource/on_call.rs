//! Who is on call, and who stands in.

use contracts::escalation::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// A schedule at an instant.
#[derive(Debug, Serialize)]
pub(crate) struct OnCall {
    schedule: String,
    time_zone: String,
    /// Nobody when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Duty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Duty>,
}

/// Somebody is on call for a while.
#[derive(Debug, Serialize)]
pub(crate) struct Duty {
    schedule: String,
    person: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    layer: String,
    #[serde(rename = "override", skip_serializing_if = "String::is_empty")]
    override_id: String,
}

/// Nobody is on call for a while.
#[derive(Debug, Serialize)]
pub(crate) struct Gap {
    schedule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// Somebody stands in.
#[derive(Debug, Serialize)]
pub(crate) struct Override {
    id: String,
    schedule: String,
    person: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    author: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    said_at: Option<String>,
}

impl From<wire::OnCall> for OnCall {
    fn from(it: wire::OnCall) -> Self {
        Self {
            schedule: it.schedule,
            time_zone: it.time_zone,
            current: it.current.map(Duty::from),
            next: it.next.map(Duty::from),
        }
    }
}

impl From<wire::Duty> for Duty {
    fn from(duty: wire::Duty) -> Self {
        Self {
            schedule: duty.schedule,
            person: duty.person,
            from: optional(duty.from.as_ref()),
            until: optional(duty.until.as_ref()),
            layer: duty.layer,
            override_id: duty.override_id,
        }
    }
}

impl From<wire::Gap> for Gap {
    fn from(gap: wire::Gap) -> Self {
        Self {
            schedule: gap.schedule,
            from: optional(gap.from.as_ref()),
            until: optional(gap.until.as_ref()),
        }
    }
}

impl From<wire::Override> for Override {
    fn from(it: wire::Override) -> Self {
        Self {
            id: it.id,
            schedule: it.schedule,
            person: it.person,
            from: optional(it.from.as_ref()),
            until: optional(it.until.as_ref()),
            author: it.author,
            reason: it.reason,
            said_at: optional(it.said_at.as_ref()),
        }
    }
}

impl Row for OnCall {
    const COLUMNS: &'static [&'static str] =
        &["SCHEDULE", "ON CALL", "SINCE", "UNTIL", "NEXT", "FROM"];

    fn cells(&self) -> Vec<String> {
        let current = self.current.as_ref();
        let next = self.next.as_ref();
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        vec![
            self.schedule.clone(),
            current.map_or_else(|| "nobody".to_owned(), |duty| duty.person.clone()),
            text(current.and_then(|duty| duty.from.as_ref())),
            text(current.and_then(|duty| duty.until.as_ref())),
            next.map_or_else(|| "nobody".to_owned(), |duty| duty.person.clone()),
            text(next.and_then(|duty| duty.from.as_ref())),
        ]
    }
}

impl Row for Duty {
    const COLUMNS: &'static [&'static str] = &["SCHEDULE", "PERSON", "FROM", "UNTIL", "BY"];

    fn cells(&self) -> Vec<String> {
        let by = if self.layer.is_empty() {
            format!("override {}", self.override_id)
        } else {
            self.layer.clone()
        };
        vec![
            self.schedule.clone(),
            self.person.clone(),
            self.from.clone().unwrap_or_default(),
            self.until.clone().unwrap_or_default(),
            by,
        ]
    }
}

impl Row for Gap {
    const COLUMNS: &'static [&'static str] = &["SCHEDULE", "NOBODY FROM", "UNTIL"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.schedule.clone(),
            self.from.clone().unwrap_or_default(),
            self.until.clone().unwrap_or_default(),
        ]
    }
}

impl Row for Override {
    const COLUMNS: &'static [&'static str] = &[
        "ID", "SCHEDULE", "PERSON", "FROM", "UNTIL", "AUTHOR", "REASON",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.schedule.clone(),
            self.person.clone(),
            self.from.clone().unwrap_or_default(),
            self.until.clone().unwrap_or_default(),
            self.author.clone(),
            self.reason.clone(),
        ]
    }
}
