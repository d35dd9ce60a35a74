//! An ERP of which only the database is to be had.

use std::time::{Duration, Instant};

use ingest::{RawConfig, RawSecret};
use service::testkit::TestDatabase;
use sqlx::{AssertSqlSafe, PgPool};
use tempfile::NamedTempFile;

use super::cable::Cable;
use crate::shop::Shop;

pub(crate) struct Erp {
    pub(crate) pool: PgPool,
    pub(crate) cable: Cable,
    /// The secret with the database's URL.
    secret: NamedTempFile,
    _database: TestDatabase,
}

/// Key of the lock at which an order waits that is named in the gate.
const GATE: i64 = 7;

impl Erp {
    pub(crate) async fn open() -> Self {
        let database = TestDatabase::empty().await;
        let pool = PgPool::connect(database.url()).await.unwrap();
        let mut url = url::Url::parse(database.url()).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let cable = Cable::to(target).await;
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(cable.port())).unwrap();
        let secret = NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), url.as_str()).unwrap();
        let erp = Self {
            pool,
            cable,
            secret,
            _database: database,
        };
        erp.run(
            "CREATE TABLE orders (id text PRIMARY KEY, version bigint NOT NULL,
                                  updated_at timestamptz NOT NULL, paid_at timestamp);
             CREATE VIEW v_orders AS SELECT * FROM orders",
        )
        .await;
        erp
    }

    /// Starts an ingest that knows the secret.
    pub(crate) async fn shop(&self) -> Shop {
        Shop::with(self.known()).await
    }

    /// A configuration that knows the secret.
    pub(crate) fn known(&self) -> RawConfig {
        knowing(&self.secret)
    }

    pub(crate) async fn run(&self, statements: &'static str) {
        sqlx::raw_sql(statements).execute(&self.pool).await.unwrap();
    }

    /// Changes an order at an instant.
    pub(crate) async fn change(&self, id: i64, version: i64, at: &str) {
        let statement = format!(
            "INSERT INTO orders VALUES ('o{id}', {version}, '{at}', '2026-11-11 18:00:00')
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at"
        );
        let statement = sqlx::query(AssertSqlSafe(statement));
        statement.execute(&self.pool).await.unwrap();
    }

    /// Lets whoever asks for order o3 wait until the gate is opened.
    pub(crate) async fn gate(&self) -> Gate {
        self.run(
            "CREATE FUNCTION gate(id text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
                 IF id = 'o3' THEN PERFORM pg_advisory_xact_lock_shared(7); END IF;
                 RETURN 0;
             END $$",
        )
        .await;
        let mut closed = self.pool.acquire().await.unwrap();
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(GATE)
            .execute(&mut *closed)
            .await
            .unwrap();
        Gate {
            closed,
            pool: self.pool.clone(),
        }
    }
}

pub(crate) struct Gate {
    closed: sqlx::pool::PoolConnection<sqlx::Postgres>,
    pool: PgPool,
}

impl Gate {
    /// Waits until somebody stands at the gate.
    pub(crate) async fn reached(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
                 WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()",
            )
            .fetch_one(&self.pool)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            assert!(Instant::now() < deadline, "nobody comes");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn open(mut self) {
        sqlx::query("SELECT pg_advisory_unlock($1)")
            .bind(GATE)
            .execute(&mut *self.closed)
            .await
            .unwrap();
    }
}

pub(crate) fn knowing(secret: &NamedTempFile) -> RawConfig {
    let mut raw = RawConfig::default();
    let place = RawSecret {
        file: Some(secret.path().to_owned()),
        ..RawSecret::default()
    };
    raw.secrets.insert("shop.erp".to_owned(), place);
    raw
}

/// The statement of a window, ordered.
pub(crate) const SQL: &str = "SELECT * FROM v_orders WHERE updated_at >= $from AND updated_at < $to ORDER BY updated_at LIMIT $limit";

/// A connector that queries the ERP; `more` are further lines of the query.
pub(crate) fn document(sql: &str, more: &str) -> String {
    format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: shop}}
spec:
  timezone: Asia/Shanghai
  sources: [{{name: shop-erp, system: erp, mode: stated}}]
  datasets:
    - name: orders
      query:
        database: erp
        sql: >-
          {sql}
        cursor: instant(row.updated_at)
        start: 1h
        every: 15m
        jitter: 0%
        settle: 30s
        {more}
      facts:
        - source: shop-erp
          kind: order
          id: row.id
          revision: row.version
          fields: {{paid_at: wall(row.paid_at), x_row: json(row)}}
"#
    )
}
