//! Records that could not be understood.

use std::fmt::Write as _;

use contracts::ingest::v1 as wire;
use serde::Serialize;

use crate::output::{Detailed, Row};
use crate::time::optional;

/// A record in quarantine, with the reason.
#[derive(Debug, Serialize)]
pub(crate) struct Quarantined {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mapping: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dataset: String,
    line: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    sample: String,
}

impl From<wire::QuarantinedRecord> for Quarantined {
    fn from(record: wire::QuarantinedRecord) -> Self {
        Self {
            quarantined_at: optional(record.quarantined_at.as_ref()),
            id: record.id,
            source: record.source,
            mapping: record.mapping,
            dataset: record.dataset,
            line: record.line,
            field: record.field,
            error: record.error,
            sample: record.sample,
        }
    }
}

impl Quarantined {
    /// Where it stood and why it was not understood, in one line.
    pub(crate) fn reason(&self) -> String {
        let field = if self.field.is_empty() {
            String::new()
        } else {
            format!("{}: ", self.field)
        };
        format!("{}:{}: {field}{}", self.dataset, self.line, self.error)
    }

    /// The record's id and its beginning.
    pub(crate) fn shown(&self) -> String {
        const CHARACTERS: usize = 80;
        let beginning: String = self.sample.chars().take(CHARACTERS).collect();
        let more = if beginning.len() < self.sample.len() {
            "…"
        } else {
            ""
        };
        format!("{} {beginning}{more}", self.id)
    }
}

impl Row for Quarantined {
    const COLUMNS: &'static [&'static str] = &[
        "ID",
        "SOURCE",
        "DATASET",
        "LINE",
        "FIELD",
        "ERROR",
        "QUARANTINED AT",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.source.clone(),
            self.dataset.clone(),
            self.line.to_string(),
            self.field.clone(),
            self.error.clone(),
            self.quarantined_at.clone().unwrap_or_default(),
        ]
    }
}

impl Detailed for Quarantined {
    fn describe(&self) -> String {
        let mut text = String::new();
        for (name, value) in [
            ("Record", self.id.as_str()),
            ("Source", &self.source),
            ("Mapping", &self.mapping),
            ("Dataset", &self.dataset),
            ("Line", &self.line.to_string()),
            ("Field", &self.field),
            ("Error", &self.error),
            ("Since", self.quarantined_at.as_deref().unwrap_or_default()),
            ("Sample", &self.sample),
        ] {
            if !value.is_empty() {
                let _ = writeln!(text, "{:<9} {value}", format!("{name}:"));
            }
        }
        text
    }
}
