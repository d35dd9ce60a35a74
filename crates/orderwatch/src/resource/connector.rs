//! Connectors in force.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contracts::ingest::v1 as wire;
use serde::Serialize;

use super::word;
use crate::output::{Detailed, Row};
use crate::time::optional;

/// What feeds one dataset of a connector, and how it is doing.
#[derive(Debug, Serialize)]
pub(crate) struct Feed {
    connector: String,
    dataset: String,
    kind: String,
    sources: Vec<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    records: i64,
    facts: i64,
    quarantined: i64,
    #[serde(skip_serializing_if = "is_zero")]
    failures: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    error_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    notice: String,
}

/// A connector in force with its document.
#[derive(Debug, Serialize)]
pub(crate) struct Connector {
    name: String,
    etag: String,
    paused: bool,
    changed_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
    parameters: BTreeMap<String, String>,
    feeds: Vec<Feed>,
    document: String,
}

impl Feed {
    /// Everything that feeds a connector.
    pub(crate) fn of(connector: wire::Connector) -> impl Iterator<Item = Self> {
        let wire::Connector {
            name,
            paused,
            feeds,
            ..
        } = connector;
        feeds
            .into_iter()
            .map(move |feed| Self::new(&name, paused, feed))
    }

    fn new(connector: &str, paused: bool, feed: wire::Feed) -> Self {
        Self {
            connector: connector.to_owned(),
            kind: word(feed.kind().as_str_name(), "FEED_KIND"),
            state: state(&feed, paused),
            through: optional(feed.through.as_ref()),
            last_success_at: optional(feed.last_success_at.as_ref()),
            due_at: optional(feed.due_at.as_ref()),
            error_at: optional(feed.error_at.as_ref()),
            dataset: feed.dataset,
            sources: feed.sources,
            records: feed.records,
            facts: feed.facts,
            quarantined: feed.quarantined,
            failures: feed.failures,
            error_code: feed.error_code,
            error: feed.error,
            notice: feed.notice,
        }
    }
}

fn state(feed: &wire::Feed, paused: bool) -> &'static str {
    match () {
        () if paused => "paused",
        () if feed.running => "running",
        () if !feed.error_code.is_empty() => "failing",
        () if feed.kind() == wire::FeedKind::Webhook => "listening",
        () => "waiting",
    }
}

impl From<wire::GetConnectorResponse> for Connector {
    fn from(answer: wire::GetConnectorResponse) -> Self {
        let connector = answer.connector.unwrap_or_default();
        Self {
            name: connector.name.clone(),
            etag: connector.etag.clone(),
            paused: connector.paused,
            changed_by: connector.changed_by.clone(),
            changed_at: optional(connector.changed_at.as_ref()),
            parameters: connector.parameters.clone().into_iter().collect(),
            feeds: Feed::of(connector).collect(),
            document: answer.connector_yaml,
        }
    }
}

impl Row for Feed {
    const COLUMNS: &'static [&'static str] = &[
        "CONNECTOR",
        "DATASET",
        "KIND",
        "STATE",
        "THROUGH",
        "LAST SUCCESS",
        "RECORDS",
        "FACTS",
        "QUARANTINED",
        "ERROR",
    ];

    fn cells(&self) -> Vec<String> {
        let error = match (self.error_code.as_str(), self.error.as_str()) {
            ("", _) => self.notice.clone(),
            (code, error) => format!("{code}: {error}"),
        };
        vec![
            self.connector.clone(),
            self.dataset.clone(),
            self.kind.clone(),
            self.state.to_owned(),
            self.through.clone().unwrap_or_default(),
            self.last_success_at.clone().unwrap_or_default(),
            self.records.to_string(),
            self.facts.to_string(),
            self.quarantined.to_string(),
            error,
        ]
    }
}

impl Detailed for Connector {
    fn describe(&self) -> String {
        let mut text = String::new();
        let state = if self.paused { ", paused" } else { "" };
        let _ = writeln!(text, "# {}{state}, etag {}", self.name, self.etag);
        let when = self.changed_at.as_deref().unwrap_or_default();
        let _ = writeln!(text, "# changed by {} at {when}", self.changed_by);
        for (name, value) in &self.parameters {
            let _ = writeln!(text, "# {name} is {value}");
        }
        text.push_str(&self.document);
        text
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "asked for by serde")]
fn is_zero(value: &i32) -> bool {
    *value == 0
}
