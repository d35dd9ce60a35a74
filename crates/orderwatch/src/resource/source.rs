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
    late_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_fact_at: Option<String>,
    facts: i64,
    quarantined: i64,
    backlog: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    failing: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    error_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
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
            late_after: declaration.late_after.as_ref().map(duration),
            watermark: optional(source.watermark.as_ref()),
            lag: source.lag.as_ref().map(duration),
            last_success_at: optional(source.last_success_at.as_ref()),
            last_fact_at: optional(source.last_fact_at.as_ref()),
            source: declaration.source,
            system: declaration.system,
            facts: source.facts,
            quarantined: source.quarantined,
            backlog: source.backlog,
            failing: source.failing,
            error_code: source.error_code,
            error: source.error,
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
        "LAG",
        "LAST SUCCESS",
        "LAST FACT AT",
        "FACTS",
        "QUARANTINED",
        "BACKLOG",
        "ERROR",
    ];

    fn cells(&self) -> Vec<String> {
        let patience = match (&self.patience, self.mode.as_str()) {
            (Some(patience), _) => patience.clone(),
            (None, "stated") => "for ever".to_owned(),
            (None, _) => String::new(),
        };
        let error = match self.error_code.as_str() {
            "" => String::new(),
            code => format!("{}: {code}: {}", self.failing, self.error),
        };
        vec![
            self.source.clone(),
            self.system.clone(),
            self.mode.clone(),
            patience,
            self.watermark.clone().unwrap_or_default(),
            self.lag.clone().unwrap_or_default(),
            self.last_success_at.clone().unwrap_or_default(),
            self.last_fact_at.clone().unwrap_or_default(),
            self.facts.to_string(),
            self.quarantined.to_string(),
            self.backlog.to_string(),
            error,
        ]
    }
}
