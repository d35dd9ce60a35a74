//! A running ingest and a client to it.

use std::time::{Duration, Instant};

use contracts::event::v1::Event;
use contracts::fact::v1::{Attribute, EntityKind, Fact, FactBatch, Value, value};
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::ingest::v1::{ImportRecordsRequest, PushFactsRequest, PushFactsResponse, Record};
use ingest::{Config, RawConfig};
use prost::Message;
use service::clock::Clock;
use service::config::Faults;
use service::runtime::Running;
use service::testkit::{TestBroker, TestContext, TestDatabase};
use sqlx::PgPool;
use tonic::Status;
use tonic::transport::Channel;

pub(crate) struct Shop {
    pub(crate) client: IngestServiceClient<Channel>,
    pub(crate) running: Running,
    pub(crate) database: TestDatabase,
    pub(crate) broker: TestBroker,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(RawConfig::default()).await
    }

    pub(crate) async fn with(raw: RawConfig) -> Self {
        let test = TestContext::start(&ingest::SERVICE, Clock::wall()).await;
        let config = Config::validate(raw, &mut Faults::default());
        let running = ingest::start(test.context, config).await.unwrap();
        Self {
            client: client(&running).await,
            running,
            database: test.database,
            broker: test.broker,
        }
    }

    /// Stops the service and starts another on the same servers.
    pub(crate) async fn reopen(self) -> Self {
        self.running.context().shutdown.cancel();
        self.running.wait().await.unwrap();
        let (database, broker) = (self.database, self.broker);
        let context =
            TestContext::on(&ingest::SERVICE, Clock::wall(), &database, &broker, |_| {}).await;
        let running = ingest::start(context, Config::default()).await.unwrap();
        Self {
            client: client(&running).await,
            running,
            database,
            broker,
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.running.context().database.pool()
    }

    pub(crate) async fn push(&self, batch: FactBatch) -> Result<PushFactsResponse, Status> {
        let request = PushFactsRequest { batch: Some(batch) };
        self.client
            .clone()
            .push_facts(request)
            .await
            .map(tonic::Response::into_inner)
    }

    /// Reads the journal of all sources.
    pub(crate) async fn journal(&self) -> Vec<FactBatch> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.facts.%' ORDER BY xid, id",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| FactBatch::decode(payload.as_slice()).unwrap())
            .collect()
    }

    /// Reads the events of one type.
    pub(crate) async fn events(&self, event_type: &str) -> Vec<Event> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.intake.%' ORDER BY xid, id",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| Event::decode(payload.as_slice()).unwrap())
            .filter(|event| event.r#type == event_type)
            .collect()
    }

    /// Waits until the relay has published everything.
    pub(crate) async fn published(&self) {
        self.forgotten("SELECT count(*) FROM event_pending").await;
    }

    /// Makes the day on which a sequence was taken so many days older, with a partition
    /// of the event log of its own.
    pub(crate) async fn antedate(&self, sequence: i64, days: i32) {
        let moved = format!(
            "DO $$ BEGIN
                 UPDATE journal_days SET day = day - {days} WHERE first_sequence = {sequence};
                 EXECUTE (
                     SELECT 'CREATE TABLE IF NOT EXISTS event_log_' || to_char(day, 'YYYYMMDD') || ' ()'
                     FROM journal_days WHERE first_sequence = {sequence}
                 );
             END $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(moved))
            .execute(self.pool())
            .await
            .unwrap();
    }

    /// Drops the partition of the day on which a sequence was taken.
    pub(crate) async fn drop_day_of(&self, sequence: i64) {
        let dropped = format!(
            "DO $$ BEGIN EXECUTE (
                 SELECT 'DROP TABLE event_log_' || to_char(day, 'YYYYMMDD')
                 FROM journal_days WHERE first_sequence = {sequence}
             ); END $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(dropped))
            .execute(self.pool())
            .await
            .unwrap();
    }

    /// Waits until a query counts nothing any more, which a loop of the service brings about.
    pub(crate) async fn forgotten(&self, count: &'static str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let left: i64 = sqlx::query_scalar(count)
                .fetch_one(self.pool())
                .await
                .unwrap();
            if left == 0 {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "in vain: {count} = 0, not {left}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn client(running: &Running) -> IngestServiceClient<Channel> {
    IngestServiceClient::connect(running.endpoint())
        .await
        .unwrap()
}

pub(crate) fn order(id: &str, amount: f64) -> Fact {
    Fact {
        source: "erp".to_owned(),
        kind: EntityKind::Order as i32,
        entity_id: id.to_owned(),
        revision: 1,
        attributes: vec![Attribute {
            name: "amount".to_owned(),
            value: Some(Value {
                value: Some(value::Value::DoubleValue(amount)),
            }),
        }],
        ..Fact::default()
    }
}

pub(crate) fn batch(id: &str, facts: Vec<Fact>) -> FactBatch {
    FactBatch {
        batch_id: id.to_owned(),
        source: "erp".to_owned(),
        facts,
        ..FactBatch::default()
    }
}

pub(crate) const MAPPING: &str = r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {name: shop}
spec:
  timezone: Asia/Shanghai
  sources:
    - {name: shop-erp, system: erp, mode: stated, patience: 12h}
    - {name: shop-logistics, system: logistics, mode: live}
  datasets:
    - file: orders.csv
      facts:
        - source: shop-erp
          kind: order
          id: row.id
          fields:
            paid_at: wall(row.paid)
            amount: number(row.amount)
        - source: shop-logistics
          kind: shipment
          when: has(row.shipped)
          id: row.id + "-1"
          order: row.id
          fields: {handed_over_at: wall(row.shipped)}
"#;

/// Records of `orders.csv`, beginning at line 2.
pub(crate) fn records(batch_id: &str, lines: &[&[u8]]) -> ImportRecordsRequest {
    let record = |(index, line): (usize, &&[u8])| Record {
        line: index as i64 + 2,
        cells: line
            .split(|byte| *byte == b'|')
            .map(<[u8]>::to_vec)
            .collect(),
        ..Record::default()
    };
    ImportRecordsRequest {
        mapping_yaml: MAPPING.to_owned(),
        dataset: "orders.csv".to_owned(),
        columns: ["id", "paid", "amount", "shipped", "phone"]
            .map(str::to_owned)
            .to_vec(),
        records: lines.iter().enumerate().map(record).collect(),
        batch_id: batch_id.to_owned(),
        ..ImportRecordsRequest::default()
    }
}
