//! MySQL and MariaDB, where there is one.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};
use tempfile::NamedTempFile;

use super::erp::{document, knowing};
use super::values::record;
use crate::shop::{Shop, noon};

/// URL of a server on which databases may be created.
const URL: &str = "ORDERWATCH_TEST_MYSQL_URL";

pub(super) struct Erp {
    owner: MySqlConnection,
    pub(super) secret: NamedTempFile,
    name: String,
}

impl Erp {
    /// Opens one; none, with a word about it, where there is no server.
    pub(super) async fn open() -> Option<Self> {
        let Ok(url) = std::env::var(URL) else {
            eprintln!("skipped: {URL} is not set, so nothing is known of MySQL here");
            return None;
        };
        let mut owner = MySqlConnection::connect(&url).await.unwrap();
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut owner)
            .await
            .unwrap();
        let mut own = url::Url::parse(&url).unwrap();
        own.set_path(&name);
        let mut owner = MySqlConnection::connect(own.as_str()).await.unwrap();
        sqlx::raw_sql(
            "CREATE TABLE orders (id varchar(20) PRIMARY KEY, version bigint NOT NULL,
                                  updated_at datetime(6) NOT NULL, paid_at datetime);
             CREATE VIEW v_orders AS SELECT * FROM orders",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        let secret = NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), own.as_str()).unwrap();
        Some(Self {
            owner,
            secret,
            name,
        })
    }

    pub(super) async fn run(&mut self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        sqlx::raw_sql(statements)
            .execute(&mut self.owner)
            .await
            .unwrap();
    }

    async fn shop(&self) -> Shop {
        Shop::with(knowing(&self.secret)).await
    }

    pub(super) async fn close(mut self) {
        let drop = format!("DROP DATABASE {}", self.name);
        self.run(&drop).await;
    }
}

/// A connector whose cursor is a wall clock of Shanghai.
fn walled(sql: &str, more: &str) -> String {
    document(sql, more).replace("instant(row.updated_at)", "wall(row.updated_at)")
}

const SQL: &str = super::erp::SQL;

#[tokio::test]
async fn rows_of_a_view_are_read_by_the_wall_clock_of_the_connector() {
    let Some(mut erp) = Erp::open().await else {
        return;
    };
    // Noon is eight in the evening in Shanghai.
    erp.run(
        "INSERT INTO orders VALUES ('o1', 1, '2026-11-11 19:30:00.5', '2026-11-11 18:00:00'),
                                   ('o2', 1, '2026-11-11 11:30:00', NULL),
                                   ('o3', 1, '2026-11-11 21:30:00', NULL)",
    )
    .await;
    let shop = erp.shop().await;
    shop.apply(&walled(SQL, "")).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!((feed.records, feed.error.as_str()), (1, ""));
    assert_eq!(shop.ids().await, ["o1"]);
    assert_eq!(shop.watermarks().await, [noon() - TimeDelta::seconds(30)]);
    shop.close().await;
    erp.close().await;
}

#[tokio::test]
async fn thousands_of_rows_of_one_second_are_all_read() {
    let Some(mut erp) = Erp::open().await else {
        return;
    };
    let row = |number| format!("('o{number}', 1, '2026-11-11 19:30:00', NULL)");
    let rows: Vec<_> = (0..10_000).map(row).collect();
    erp.run(&format!("INSERT INTO orders VALUES {}", rows.join(", ")))
        .await;
    erp.run("INSERT INTO orders VALUES ('p', 1, '2026-11-11 19:40:00', NULL)")
        .await;
    let shop = erp.shop().await;
    shop.apply(&walled(SQL, "")).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!((feed.records, feed.facts), (10_001, 10_001));
    shop.close().await;
    erp.close().await;
}

#[tokio::test]
async fn values_of_mysql_are_read_without_loss() {
    let Some(mut erp) = Erp::open().await else {
        return;
    };
    erp.run(
        "SET time_zone = '+00:00';
         CREATE TABLE samples (
             tiny tinyint, flag tinyint(1), small smallint unsigned, medium mediumint, plain int,
             big bigint, huge bigint unsigned, ratio double, price decimal(20, 4), letters char(4),
             note text, case_sensitive varchar(20) COLLATE utf8mb4_bin, raw varbinary(4),
             day date, clock time(2), wall datetime(3), moment timestamp(6) NULL,
             zero datetime, state enum('paid', 'shipped'), tags set('a', 'b'), bits bit(10),
             nothing decimal(5, 2)
         );
         INSERT INTO samples VALUES (
             -128, 3, 65535, -8388608, -2147483648,
             -9223372036854775808, 9007199254740993, 0.1, -1234.5600, 'ab',
             '订单 ''x''', 'Aa', x'00ff',
             '2026-11-11', '-12:30:00.25', '2026-11-11 12:34:56.5', '2026-11-11 04:34:56.123456',
             NULL, 'shipped', 'a,b', b'1000000001',
             NULL
         )",
    )
    .await;
    let sql = "SELECT 'o1' AS id, 1 AS version, '2026-11-11 19:30:00' AS updated_at, NULL AS paid_at, samples.* FROM samples WHERE $from < '2100-01-01'";
    let shop = erp.shop().await;
    shop.apply(&walled(sql, "")).await;
    let record = record(&shop).await;
    let expected = json!({
        "tiny": -128, "flag": 3, "small": 65_535, "medium": -8_388_608, "plain": -2_147_483_648_i64,
        "big": i64::MIN, "huge": 9_007_199_254_740_993_u64, "ratio": 0.1, "price": "-1234.5600",
        "letters": "ab", "note": "订单 'x'", "case_sensitive": "Aa", "raw": "AP8=",
        "day": "2026-11-11", "clock": "-12:30:00.25", "wall": "2026-11-11 12:34:56.5",
        "moment": "2026-11-11T04:34:56.123456Z", "zero": null, "state": "shipped", "tags": "a,b",
        "bits": 513, "nothing": null, "paid_at": null,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(record[name], *value, "{name}");
    }
    shop.close().await;
    erp.close().await;
}

#[tokio::test]
async fn what_writes_or_takes_too_long_is_refused_by_the_database() {
    let Some(mut erp) = Erp::open().await else {
        return;
    };
    erp.run("INSERT INTO orders VALUES ('o1', 1, '2026-11-11 19:30:00', NULL)")
        .await;
    erp.run(
        "CREATE FUNCTION bump() RETURNS bigint MODIFIES SQL DATA
         BEGIN UPDATE orders SET version = version + 1; RETURN 1; END",
    )
    .await;
    let pace = TimeDelta::seconds(5);
    for (columns, more, code, words) in [
        (
            "bump() AS bumped",
            "",
            "OW-INGEST-POLL-REFUSED",
            "READ ONLY transaction",
        ),
        (
            "SLEEP(20) AS slept",
            "timeout: 1s",
            "OW-INGEST-POLL-UNAVAILABLE",
            "longer than its timeout",
        ),
    ] {
        let sql = format!("SELECT v.*, {columns} FROM v_orders AS v WHERE updated_at >= $from");
        let shop = erp.shop().await;
        shop.apply(&walled(&sql, more)).await;
        let feed = shop
            .feed_until(pace, |feed| !feed.error_code.is_empty())
            .await;
        assert_eq!(feed.error_code, code, "{}", feed.error);
        assert!(feed.error.contains(words), "{}", feed.error);
        shop.close().await;
    }
    let version: i64 = sqlx::query_scalar("SELECT version FROM orders")
        .fetch_one(&mut erp.owner)
        .await
        .unwrap();
    assert_eq!(version, 1);
    erp.close().await;
}
