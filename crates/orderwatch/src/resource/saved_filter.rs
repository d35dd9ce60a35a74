//! Filters that are kept.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// A filter that somebody keeps.
#[derive(Debug, Serialize)]
pub(crate) struct SavedFilter {
    owner: String,
    name: String,
    filter: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    shared_with: String,
    etag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    fault: String,
}

impl From<wire::SavedFilter> for SavedFilter {
    fn from(filter: wire::SavedFilter) -> Self {
        Self {
            changed_at: optional(filter.changed_at.as_ref()),
            owner: filter.owner,
            name: filter.name,
            filter: filter.filter,
            shared_with: filter.shared_with,
            etag: filter.etag,
            fault: filter.fault,
        }
    }
}

impl Row for SavedFilter {
    const COLUMNS: &'static [&'static str] = &[
        "OWNER",
        "NAME",
        "FILTER",
        "SHARED WITH",
        "CHANGED AT",
        "FAULT",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.owner.clone(),
            self.name.clone(),
            self.filter.clone(),
            self.shared_with.clone(),
            self.changed_at.clone().unwrap_or_default(),
            self.fault.clone(),
        ]
    }
}
