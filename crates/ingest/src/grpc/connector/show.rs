//! Connectors and their feeds, as they are told of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::ingest::v1 as wire;
use contracts::time::timestamp;
use order::Timestamp;

use super::{Connectors, missing};
use crate::Error;
use crate::store::connector::{self, Stored};
use crate::store::feed::{self, Status};

impl Connectors {
    pub(super) async fn list(&self) -> Result<wire::ListConnectorsResponse, Error> {
        let pool = self.context.database.pool();
        let mut feeds: BTreeMap<String, Vec<wire::Feed>> = BTreeMap::new();
        for status in feed::list(pool, "").await? {
            let of = feeds.entry(status.connector.clone()).or_default();
            of.push(shown(status));
        }
        let connectors = connector::list(pool).await?.into_iter();
        let connectors = connectors.map(|stored| {
            let feeds = feeds.remove(&stored.name).unwrap_or_default();
            told(stored, feeds)
        });
        Ok(wire::ListConnectorsResponse {
            connectors: connectors.collect(),
        })
    }

    pub(super) async fn get(&self, name: &str) -> Result<wire::GetConnectorResponse, Error> {
        let pool = self.context.database.pool();
        let stored = connector::get(pool, name).await?;
        let stored = stored.ok_or_else(|| missing(name))?;
        let feeds = feed::list(pool, name).await?.into_iter().map(shown);
        let connector_yaml = stored.yaml.clone();
        Ok(wire::GetConnectorResponse {
            connector: Some(told(stored, feeds.collect())),
            connector_yaml,
        })
    }
}

fn told(stored: Stored, feeds: Vec<wire::Feed>) -> wire::Connector {
    wire::Connector {
        name: stored.name,
        etag: stored.etag,
        paused: stored.is_paused,
        changed_at: instant(Some(stored.changed_at)),
        changed_by: stored.changed_by,
        parameters: stored.parameters.0.into_iter().collect(),
        feeds,
    }
}

fn shown(status: Status) -> wire::Feed {
    let kind = match status.kind.as_str() {
        "poll" => wire::FeedKind::Poll,
        "query" => wire::FeedKind::Query,
        "webhook" => wire::FeedKind::Webhook,
        _ => wire::FeedKind::Unspecified,
    };
    wire::Feed {
        dataset: status.dataset,
        kind: kind as i32,
        sources: status.sources,
        running: status.is_running,
        due_at: instant(Some(status.due_at)),
        last_run_at: instant(status.last_run_at),
        last_success_at: instant(status.last_success_at),
        through: instant(status.through),
        watermark: instant(status.complete_through),
        error_code: status.error_code,
        error: status.error,
        error_at: instant(status.error_at),
        notice: status.notice,
        failures: status.failures,
        records: status.records,
        facts: status.facts,
        quarantined: status.quarantined,
    }
}

fn instant(at: Option<DateTime<Utc>>) -> Option<prost_types::Timestamp> {
    at.map(|at| timestamp(Timestamp::from(at)))
}
