//! What a database refuses, and what is refused of it.

use chrono::TimeDelta;

use super::erp::{Erp, SQL, document, knowing};
use crate::shop::Shop;

/// Runs a statement that must fail; returns code and message.
async fn failing(erp: &Erp, sql: &str, more: &str) -> (String, String) {
    let shop = erp.shop().await;
    shop.apply(&document(sql, more)).await;
    let pace = TimeDelta::seconds(5);
    let feed = shop
        .feed_until(pace, |feed| !feed.error_code.is_empty())
        .await;
    assert!(shop.watermarks().await.is_empty());
    assert_eq!(feed.through, None);
    let told = (feed.error_code, feed.error);
    shop.close().await;
    told
}

#[tokio::test]
async fn a_statement_that_tries_to_write_is_refused_by_the_database() {
    let erp = Erp::open().await;
    erp.change(1, 1, "2026-11-11T11:30:00Z").await;
    erp.run(
        "CREATE FUNCTION bump(id text) RETURNS bigint LANGUAGE sql AS
         $$ UPDATE orders SET version = version + 1 WHERE orders.id = bump.id RETURNING version $$",
    )
    .await;
    let sql = "SELECT v.*, bump(id) FROM v_orders AS v WHERE updated_at >= $from LIMIT $limit";
    let (code, error) = failing(&erp, sql, "").await;
    assert_eq!(code, "OW-INGEST-POLL-REFUSED");
    assert!(error.contains("read-only transaction"), "{error}");
    let version: i64 = sqlx::query_scalar("SELECT version FROM orders")
        .fetch_one(&erp.pool)
        .await
        .unwrap();
    assert_eq!(version, 1);
    let sql = "WITH gone AS (DELETE FROM orders WHERE updated_at >= $from RETURNING *) SELECT * FROM gone";
    let (code, error) = failing(&erp, sql, "").await;
    assert_eq!(code, "OW-INGEST-POLL-REFUSED");
    assert!(error.contains("read-only transaction"), "{error}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_database() {
    let erp = Erp::open().await;
    let sql = "SELECT *, pg_sleep(20)::text AS slept FROM (VALUES ('o1', 1, now(), now()::timestamp)) AS v (id, version, updated_at, paid_at) WHERE updated_at > $from";
    let (code, error) = failing(&erp, sql, "timeout: 1s").await;
    assert_eq!(code, "OW-INGEST-POLL-UNAVAILABLE");
    assert!(error.contains("longer than its timeout"), "{error}");
    assert!(error.contains("after 6 tries"), "{error}");
}

#[tokio::test]
async fn columns_that_cannot_be_records_are_named() {
    let erp = Erp::open().await;
    erp.change(1, 1, "2026-11-11T11:30:00Z").await;
    let of = |columns: &str| format!("SELECT {columns} FROM v_orders WHERE updated_at >= $from");
    let (code, error) = failing(&erp, &of("id, version AS id"), "").await;
    assert_eq!(code, "OW-INGEST-QUERY-ROWS");
    assert!(error.contains("two columns are named `id`"), "{error}");
    let (code, error) = failing(&erp, &of("id, interval '1 day' AS wait"), "").await;
    assert_eq!(code, "OW-INGEST-QUERY-ROWS");
    assert!(
        error.contains("column `wait` is of type INTERVAL"),
        "{error}"
    );
}

#[tokio::test]
async fn rows_and_answers_are_no_larger_than_they_may_be() {
    let erp = Erp::open().await;
    erp.change(1, 1, "2026-11-11T11:30:00Z").await;
    erp.change(2, 1, "2026-11-11T11:30:01Z").await;
    let of = |size: i64| {
        let columns = format!("*, repeat('x', {size}) AS note");
        SQL.replace('*', &columns)
    };
    let (code, error) = failing(&erp, &of(5_000), "max_answer: 4KiB").await;
    assert_eq!(code, "OW-INGEST-QUERY-ROWS");
    assert!(
        error.contains("row 1 alone is larger than the 4096 bytes"),
        "{error}"
    );
    let (_, error) = failing(&erp, &of(3_000), "max_answer: 4KiB").await;
    assert!(
        error.contains("4096 bytes of max_answer at row 2"),
        "{error}"
    );
}

#[tokio::test]
async fn rows_without_their_order_are_refused_before_any_is_lost() {
    let erp = Erp::open().await;
    erp.change(1, 1, "2026-11-11T11:30:00Z").await;
    erp.change(2, 1, "2026-11-11T11:20:00Z").await;
    let sql = SQL.replace("ORDER BY updated_at", "ORDER BY id");
    let (code, error) = failing(&erp, &sql, "").await;
    assert_eq!(code, "OW-INGEST-QUERY-ROWS");
    assert!(error.contains("order the rows by the column"), "{error}");
}

#[tokio::test]
async fn a_database_whose_secret_is_missing_wrong_or_no_url_is_not_asked() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    let shop = Shop::with(knowing(&secret)).await;
    let applied = shop.apply(&document(SQL, "")).await;
    assert!(applied.warnings[0].contains("shop.erp"), "{applied:?}");
    let feed = shop.failed().await;
    assert_eq!(feed.error_code, "OW-INGEST-SECRET");

    std::fs::write(secret.path(), "oracle://erp").unwrap();
    shop.clock.advance(TimeDelta::minutes(1));
    let wanted =
        |code: &'static str| move |feed: &contracts::ingest::v1::Feed| feed.error_code == code;
    let feed = shop
        .feed_until(TimeDelta::zero(), wanted("OW-INGEST-POLL-REQUEST"))
        .await;
    assert!(
        feed.error.contains("expected postgres://"),
        "{}",
        feed.error
    );

    let erp = Erp::open().await;
    let wrong = format!(
        "postgres://nobody:tops3cret@127.0.0.1:{}/x",
        erp.cable.port()
    );
    std::fs::write(secret.path(), wrong).unwrap();
    shop.clock.advance(TimeDelta::minutes(15));
    let refused = ["OW-INGEST-POLL-UNAUTHORIZED", "OW-INGEST-POLL-REFUSED"];
    let feed = shop
        .feed_until(TimeDelta::zero(), |feed| {
            refused.contains(&feed.error_code.as_str())
        })
        .await;
    assert!(!feed.error.contains("tops3cret"), "{}", feed.error);
}
