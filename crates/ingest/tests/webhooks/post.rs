//! A running ingest that takes webhooks.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use contracts::fact::v1::{Fact, FactBatch};
use ingest::{Config, RawConfig, RawSecret, RawWebhooks};
use prost::Message;
use service::clock::Clock;
use service::config::Faults;
use service::runtime::Running;
use service::testkit::{TestBroker, TestContext, TestDatabase};
use sqlx::PgPool;
use tempfile::TempDir;

use crate::caller::{Caller, Heard, signed};

/// The secret of `shop`.
pub(crate) const SECRET: &str = "shpss_1";

/// A connector for a test.
pub(crate) struct Vendor {
    pub(crate) name: String,
    pub(crate) sign: String,
    pub(crate) records: &'static str,
    pub(crate) secret: String,
    /// Id, revision and fields of its facts, in YAML's flow style.
    pub(crate) fact: &'static str,
    /// A whole document instead of all that.
    pub(crate) document: Option<&'static str>,
    /// What the document calls the secret.
    pub(crate) secret_name: &'static str,
}

impl Vendor {
    /// A shop whose records are `{id, version, amount}`.
    pub(crate) fn shop() -> Self {
        Self {
            name: "shop".to_owned(),
            sign: "{by: shopify, secret: key}".to_owned(),
            records: "[body]",
            secret: SECRET.to_owned(),
            fact: "id: row.id, revision: int(row.version), fields: {amount: number(row.amount)}",
            document: None,
            secret_name: "key",
        }
    }

    pub(crate) fn yaml(&self) -> String {
        if let Some(document) = self.document {
            return document.to_owned();
        }
        let Self {
            name,
            sign,
            records,
            fact,
            ..
        } = self;
        format!(
            "apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: {name}}}
spec:
  timezone: UTC
  secrets: [key]
  sources:
    - {{name: {name}-erp, system: erp, mode: live}}
  datasets:
    - name: pushed
      webhook:
        path: orders
        sign: {sign}
        records: '{records}'
        when: headers[\"x-topic\"] != \"other\"
      facts:
        - {{source: {name}-erp, kind: order, {fact}}}
"
        )
    }
}

pub(crate) struct Post {
    pub(crate) running: Running,
    pub(crate) database: TestDatabase,
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    secrets: TempDir,
    _broker: TestBroker,
}

impl Post {
    pub(crate) async fn open() -> Self {
        Self::with(&[Vendor::shop()], RawConfig::default(), |_| {}).await
    }

    /// Opens it on limits of its own.
    pub(crate) async fn limited(webhooks: RawWebhooks) -> Self {
        let raw = RawConfig {
            webhooks,
            ..RawConfig::default()
        };
        Self::with(&[Vendor::shop()], raw, |_| {}).await
    }

    pub(crate) async fn with(
        vendors: &[Vendor],
        raw: RawConfig,
        adjust: impl FnOnce(&mut service::config::Settings),
    ) -> Self {
        let now: DateTime<Utc> = DateTime::from_timestamp_millis(1_790_000_000_250).unwrap();
        let clock = Clock::manual(now);
        let database = TestDatabase::empty().await;
        let broker = TestBroker::start().await;
        let context =
            TestContext::on(&ingest::SERVICE, clock.clone(), &database, &broker, adjust).await;
        let secrets = tempfile::tempdir().unwrap();
        for vendor in vendors {
            std::fs::write(secrets.path().join(&vendor.name), &vendor.secret).unwrap();
            apply(context.database.pool(), &vendor.name, &vendor.yaml()).await;
        }
        let address = free_address();
        let raw = RawConfig {
            secrets: placed(&secrets, vendors),
            webhooks: RawWebhooks {
                listen: Some(address),
                ..raw.webhooks
            },
            ..raw
        };
        let mut faults = Faults::default();
        let config = Config::validate(raw, &mut faults);
        faults.into_result().unwrap();
        let running = ingest::start(context, config).await.unwrap();
        Self {
            running,
            database,
            address,
            clock,
            secrets,
            _broker: broker,
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.running.context().database.pool()
    }

    /// Where the secret of a vendor is.
    pub(crate) fn secret(&self, vendor: &str) -> PathBuf {
        self.secrets.path().join(vendor)
    }

    pub(crate) async fn caller(&self) -> Caller {
        Caller::connect(self.address).await
    }

    /// Calls the shop's webhook, signed.
    pub(crate) async fn call(&self, id: &str, body: &str) -> Heard {
        let signature = signed(SECRET, body.as_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("x-topic", "orders/paid"),
            ("x-shopify-webhook-id", id),
            ("x-shopify-hmac-sha256", &signature),
        ];
        let mut caller = self.caller().await;
        let heard = caller.post("/webhooks/shop/orders", &headers, body.as_bytes());
        heard.await.unwrap()
    }

    /// Reads the facts of the journal.
    pub(crate) async fn facts(&self) -> Vec<Fact> {
        facts(self.pool()).await
    }

    /// Counts the rows of a table.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query_scalar(query)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }
}

pub(crate) async fn facts(pool: &PgPool) -> Vec<Fact> {
    let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.facts.%' ORDER BY xid, id",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    payloads
        .iter()
        .flat_map(|payload| FactBatch::decode(payload.as_slice()).unwrap().facts)
        .collect()
}

/// A body of the shop.
pub(crate) fn order(id: &str, version: u32) -> String {
    format!(r#"{{"amount":"12.50","id":"{id}","version":{version}}}"#)
}

async fn apply(pool: &PgPool, name: &str, yaml: &str) {
    sqlx::query(
        "INSERT INTO connectors (name, yaml, parameters, etag, version, changed_at, changed_by)
         VALUES ($1, $2, '{}', '', 1, now(), 'a test')",
    )
    .bind(name)
    .bind(yaml)
    .execute(pool)
    .await
    .unwrap();
}

fn placed(folder: &TempDir, vendors: &[Vendor]) -> BTreeMap<String, RawSecret> {
    let place = |vendor: &Vendor| {
        let secret = RawSecret {
            file: Some(folder.path().join(&vendor.name)),
            env: None,
        };
        (format!("{}.{}", vendor.name, vendor.secret_name), secret)
    };
    vendors.iter().map(place).collect()
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap()
}
