//! Resources of a rule set as they were written, and their versions.

use contracts::rules::v1 as wire;
use serde::Serialize;

use crate::output::{Detailed, Row};
use crate::time::optional;
use crate::verb::rule_set::word;

/// One document of a rule set.
#[derive(Debug, Serialize)]
pub(crate) struct Resource {
    kind: String,
    name: String,
    etag: String,
    changed_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
}

impl Resource {
    /// The document alone, as a text that ends with a line.
    pub(crate) fn document(&self) -> String {
        format!("{}\n", self.text.trim_end())
    }
}

impl From<wire::Resource> for Resource {
    fn from(resource: wire::Resource) -> Self {
        Self {
            changed_at: optional(resource.changed_at.as_ref()),
            kind: resource.kind,
            name: resource.name,
            etag: resource.etag,
            changed_in: resource.changed_in,
            actor: resource.actor,
            reason: resource.reason,
            text: resource.text,
        }
    }
}

impl Row for Resource {
    const COLUMNS: &'static [&'static str] =
        &["RESOURCE", "ETAG", "SINCE", "CHANGED AT", "ACTOR", "REASON"];

    fn cells(&self) -> Vec<String> {
        vec![
            format!("{}/{}", self.kind.to_lowercase(), self.name),
            self.etag.clone(),
            self.changed_in.to_string(),
            self.changed_at.clone().unwrap_or_default(),
            self.actor.clone(),
            self.reason.clone(),
        ]
    }
}

impl Detailed for Resource {
    fn describe(&self) -> String {
        format!(
            "# etag {}, as it is since rule set {} by {} at {}: {}\n{}",
            self.etag,
            self.changed_in,
            self.actor,
            self.changed_at.as_deref().unwrap_or("?"),
            self.reason.replace('\n', " "),
            self.document()
        )
    }
}

/// One change of a resource.
#[derive(Debug, Serialize)]
pub(crate) struct Version {
    number: i64,
    outcome: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    etag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
    actor: String,
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
}

impl From<wire::ResourceVersion> for Version {
    fn from(version: wire::ResourceVersion) -> Self {
        Self {
            outcome: word(version.outcome()),
            changed_at: optional(version.changed_at.as_ref()),
            number: version.number,
            etag: version.etag,
            actor: version.actor,
            reason: version.reason,
            text: version.text,
        }
    }
}

impl Row for Version {
    const COLUMNS: &'static [&'static str] =
        &["RULE SET", "WHAT", "ETAG", "CHANGED AT", "ACTOR", "REASON"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.outcome.to_owned(),
            self.etag.clone(),
            self.changed_at.clone().unwrap_or_default(),
            self.actor.clone(),
            self.reason.clone(),
        ]
    }
}
