//! Files attached to tickets.

use std::fmt::Write as _;

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use crate::output::{Detailed, Row};
use crate::time::optional;

/// A file that is, or was, attached to a ticket.
#[derive(Debug, Serialize)]
pub(crate) struct Evidence {
    id: String,
    ticket_id: String,
    step: String,
    file_name: String,
    media_type: String,
    size: i64,
    sha256: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    attached_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attached_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    removed_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    removal_reason: String,
}

impl From<wire::Evidence> for Evidence {
    fn from(evidence: wire::Evidence) -> Self {
        Self {
            id: evidence.id,
            ticket_id: evidence.ticket_id,
            step: evidence.step,
            file_name: evidence.file_name,
            media_type: evidence.media_type,
            size: evidence.size,
            sha256: evidence.sha256,
            note: evidence.note,
            attached_by: evidence.attached_by,
            attached_at: optional(evidence.attached_at.as_ref()),
            removed_by: evidence.removed_by,
            removed_at: optional(evidence.removed_at.as_ref()),
            removal_reason: evidence.removal_reason,
        }
    }
}

impl Evidence {
    fn removal(&self) -> String {
        match &self.removed_at {
            Some(at) => format!("{at} by {}: {}", self.removed_by, self.removal_reason),
            None => String::new(),
        }
    }
}

impl Row for Evidence {
    const COLUMNS: &'static [&'static str] = &[
        "ID", "FILE", "TYPE", "BYTES", "STEP", "BY", "AT", "NOTE", "REMOVED",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.file_name.clone(),
            self.media_type.clone(),
            self.size.to_string(),
            self.step.clone(),
            self.attached_by.clone(),
            self.attached_at.clone().unwrap_or_default(),
            self.note.clone(),
            self.removal(),
        ]
    }
}

impl Detailed for Evidence {
    fn describe(&self) -> String {
        let mut told = format!(
            "evidence {}: {} ({}, {} bytes)\nticket {}, step {}\nSHA-256 {}\n",
            self.id,
            self.file_name,
            self.media_type,
            self.size,
            self.ticket_id,
            self.step,
            self.sha256
        );
        if self.removed_at.is_some() {
            let _ = writeln!(told, "removed {}", self.removal());
        }
        told
    }
}
