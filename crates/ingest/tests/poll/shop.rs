//! A running ingest whose clock stands still until it is moved.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::event::v1::Event;
use contracts::fact::v1::FactBatch;
use contracts::ingest::v1 as wire;
use contracts::ingest::v1::connector_service_client::ConnectorServiceClient;
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use ingest::{Config, RawConfig};
use prost::Message;
use service::clock::Clock;
use service::config::{Faults, Settings};
use service::runtime::Running;
use service::testkit::{TestBroker, TestContext, TestDatabase};
use sqlx::PgPool;
use tonic::transport::Channel;

use crate::vendor::Vendor;

pub(crate) struct Shop {
    pub(crate) clock: Clock,
    pub(crate) running: Running,
    pub(crate) connectors: ConnectorServiceClient<Channel>,
    pub(crate) ingest: IngestServiceClient<Channel>,
    pub(crate) database: TestDatabase,
    pub(crate) broker: TestBroker,
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-11T12:00:00Z".parse().unwrap()
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(RawConfig::default()).await
    }

    pub(crate) async fn with(raw: RawConfig) -> Self {
        Self::adjusted(raw, |_| {}).await
    }

    /// Opens it with settings of its own.
    pub(crate) async fn adjusted(mut raw: RawConfig, adjust: impl FnOnce(&mut Settings)) -> Self {
        raw.outbound.open_this_machine();
        let clock = Clock::manual(noon());
        let (database, broker) = (TestDatabase::empty().await, TestBroker::start().await);
        let service = &ingest::SERVICE;
        let context = TestContext::on(service, clock.clone(), &database, &broker, adjust).await;
        let config = Config::validate(raw, &mut Faults::default());
        let running = ingest::start(context, config).await.unwrap();
        Self {
            clock,
            connectors: ConnectorServiceClient::connect(running.endpoint())
                .await
                .unwrap(),
            ingest: IngestServiceClient::connect(running.endpoint())
                .await
                .unwrap(),
            running,
            database,
            broker,
        }
    }

    /// Starts another replica on the same servers and the same clock.
    pub(crate) async fn replica(&self) -> Running {
        let clock = self.clock.clone();
        let (database, broker) = (&self.database, &self.broker);
        let context = TestContext::on(&ingest::SERVICE, clock, database, broker, |_| {}).await;
        let mut raw = RawConfig::default();
        raw.outbound.open_this_machine();
        let config = Config::validate(raw, &mut Faults::default());
        ingest::start(context, config).await.unwrap()
    }

    /// Stops the service, so that no connection is being opened when its database goes.
    pub(crate) async fn close(self) {
        self.running.context().shutdown.cancel();
        self.running.wait().await.unwrap();
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.running.context().database.pool()
    }

    pub(crate) async fn apply(&self, yaml: &str) -> wire::ApplyConnectorResponse {
        let request = applying(yaml);
        let applied = self.connectors.clone().apply_connector(request).await;
        applied.unwrap().into_inner()
    }

    pub(crate) async fn connector(&self) -> wire::Connector {
        let request = wire::GetConnectorRequest {
            name: "shop".to_owned(),
        };
        let got = self.connectors.clone().get_connector(request).await;
        got.unwrap().into_inner().connector.unwrap()
    }

    pub(crate) async fn feed(&self) -> wire::Feed {
        self.connector().await.feeds.swap_remove(0)
    }

    /// Waits until the feed is as a test wants it; time passes meanwhile, as much at each look
    /// as is said.
    pub(crate) async fn feed_until(
        &self,
        pace: TimeDelta,
        wanted: impl Fn(&wire::Feed) -> bool,
    ) -> wire::Feed {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let feed = self.feed().await;
            if wanted(&feed) {
                return feed;
            }
            assert!(Instant::now() < deadline, "in vain: {feed:#?}");
            self.clock.advance(pace);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the feed ran well since an instant.
    pub(crate) async fn succeeded_since(&self, since: DateTime<Utc>) -> wire::Feed {
        let since = since.timestamp();
        self.feed_until(TimeDelta::zero(), |feed| {
            !feed.running && feed.last_success_at.is_some_and(|at| at.seconds >= since)
        })
        .await
    }

    /// Waits until the feed failed.
    pub(crate) async fn failed(&self) -> wire::Feed {
        self.feed_until(TimeDelta::zero(), |feed| !feed.error_code.is_empty())
            .await
    }

    /// Runs the one dataset at once and returns what is told of it, moving the clock whenever
    /// the run waits.
    pub(crate) async fn run(&self, dry_run: bool) -> Vec<wire::RunProgress> {
        let request = wire::RunConnectorRequest {
            name: "shop".to_owned(),
            dry_run,
            actor: "li".to_owned(),
            reason: "to see".to_owned(),
            ..wire::RunConnectorRequest::default()
        };
        let stream = self.connectors.clone().run_connector(request).await;
        let mut stream = stream.unwrap().into_inner();
        let mut told = Vec::new();
        while let Some(response) = stream.message().await.unwrap() {
            let progress = response.progress.unwrap();
            if let Some(until) = &progress.waiting_until {
                self.clock.set(instant(until));
            }
            told.push(progress);
        }
        told
    }

    /// Reads the journal of all sources.
    pub(crate) async fn journal(&self) -> Vec<FactBatch> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.facts.%' ORDER BY xid, id",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        let batch = |payload: &Vec<u8>| FactBatch::decode(payload.as_slice()).unwrap();
        payloads.iter().map(batch).collect()
    }

    /// Reads the ids of the facts in the journal, in order.
    pub(crate) async fn ids(&self) -> Vec<String> {
        let journal = self.journal().await;
        let facts = journal.into_iter().flat_map(|batch| batch.facts);
        facts.map(|fact| fact.entity_id).collect()
    }

    /// Reads the watermarks that were stated, in order.
    pub(crate) async fn watermarks(&self) -> Vec<DateTime<Utc>> {
        let journal = self.journal().await;
        let stated = journal.iter().filter_map(|batch| batch.watermark.as_ref());
        stated.map(instant).collect()
    }

    /// Reads what was said about changes of connectors.
    pub(crate) async fn changes(&self) -> Vec<Event> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject = 'orderwatch.changes.connector' ORDER BY xid, id",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        let event = |payload: &Vec<u8>| Event::decode(payload.as_slice()).unwrap();
        payloads.iter().map(event).collect()
    }
}

pub(crate) fn instant(at: &prost_types::Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(at.seconds, at.nanos.try_into().unwrap()).unwrap()
}

pub(crate) fn applying(yaml: &str) -> wire::ApplyConnectorRequest {
    wire::ApplyConnectorRequest {
        connector_yaml: yaml.to_owned(),
        actor: "wang".to_owned(),
        reason: "new shop".to_owned(),
        ..wire::ApplyConnectorRequest::default()
    }
}

/// A connector that polls the vendor; `http` and `poll` are further lines of the sections.
pub(crate) fn document(vendor: &Vendor, http: &str, poll: &str) -> String {
    format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: shop}}
spec:
  timezone: UTC
  sources: [{{name: shop-erp, system: erp, mode: stated}}]
  http:
    url: {url}
    {http}
  datasets:
    - name: orders
      poll:
        get: /orders
        records: body.orders
        every: 15m
        jitter: 0%
        settle: 30s
        {poll}
      facts:
        - source: shop-erp
          kind: order
          id: row.id
          revision: row.version
          fields: {{paid_at: instant(row.paid_at)}}
"#,
        url = vendor.url()
    )
}

/// A cursor of instants.
pub(crate) const INSTANTS: &str = "cursor: instant(row.updated_at)\n        start: 1h\n        query: {from: \"${rfc3339(from)}\", to: \"${rfc3339(to)}\", page: \"${page}\"}";
