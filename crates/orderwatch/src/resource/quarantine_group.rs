//! What is in quarantine for one reason.

use contracts::ingest::v1 as wire;
use serde::Serialize;

use super::Quarantined;
use crate::output::Row;
use crate::time::optional;

/// Records that are in quarantine for one reason.
#[derive(Debug, Serialize)]
pub(crate) struct QuarantineGroup {
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    connector: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dataset: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    reason: String,
    records: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<String>,
    samples: Vec<Quarantined>,
}

impl From<wire::QuarantineGroup> for QuarantineGroup {
    fn from(group: wire::QuarantineGroup) -> Self {
        Self {
            first_at: optional(group.first_at.as_ref()),
            last_at: optional(group.last_at.as_ref()),
            id: group.id,
            connector: group.mapping,
            dataset: group.dataset,
            source: group.source,
            field: group.field,
            reason: group.reason,
            records: group.records,
            samples: group.samples.into_iter().map(Quarantined::from).collect(),
        }
    }
}

impl Row for QuarantineGroup {
    const COLUMNS: &'static [&'static str] = &[
        "GROUP",
        "CONNECTOR",
        "DATASET",
        "SOURCE",
        "RECORDS",
        "REASON",
        "FIRST",
        "LAST",
        "SAMPLE",
    ];

    fn cells(&self) -> Vec<String> {
        let sample = self.samples.first();
        vec![
            self.id.clone(),
            self.connector.clone(),
            self.dataset.clone(),
            self.source.clone(),
            self.records.to_string(),
            self.reason.clone(),
            self.first_at.clone().unwrap_or_default(),
            self.last_at.clone().unwrap_or_default(),
            sample.map(Quarantined::shown).unwrap_or_default(),
        ]
    }
}
