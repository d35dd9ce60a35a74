//! Sources of facts.

use contracts::fact::v1::WatermarkMode;
use contracts::ingest::v1 as wire;
use serde::Serialize;

use super::word;
use crate::output::Row;
use crate::time::{duration, optional};

/// A source, how far it is complete, and what it sent.
#[derive(Debug, Serialize)]
pub(crate) struct Source {
    source: String,
    system: String,
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_fact_at: Option<String>,
    facts: i64,
    quarantined: i64,
}

impl From<wire::Source> for Source {
    fn from(source: wire::Source) -> Self {
        let declaration = source.declaration.unwrap_or_default();
        let mode = match declaration.mode() {
            WatermarkMode::Unspecified => "live".to_owned(),
            mode => word(mode.as_str_name(), "WATERMARK_MODE"),
        };
        Self {
            mode,
            patience: declaration.patience.as_ref().map(duration),
            watermark: optional(source.watermark.as_ref()),
            last_fact_at: optional(source.last_fact_at.as_ref()),
            source: declaration.source,
            system: declaration.system,
            facts: source.facts,
            quarantined: source.quarantined,
        }
    }
}

impl Row for Source {
    const COLUMNS: &'static [&'static str] = &[
        "SOURCE",
        "SYSTEM",
        "MODE",
        "PATIENCE",
        "WATERMARK",
        "LAST FACT AT",
        "FACTS",
        "QUARANTINED",
    ];

    fn cells(&self) -> Vec<String> {
        let patience = match (&self.patience, self.mode.as_str()) {
            (Some(patience), _) => patience.clone(),
            (None, "stated") => "for ever".to_owned(),
            (None, _) => String::new(),
        };
        vec![
            self.source.clone(),
            self.system.clone(),
            self.mode.clone(),
            patience,
            self.watermark.clone().unwrap_or_default(),
            self.last_fact_at.clone().unwrap_or_default(),
            self.facts.to_string(),
            self.quarantined.to_string(),
        ]
    }
}
