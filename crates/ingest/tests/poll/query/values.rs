//! Values come as the database has them: what PostgreSQL itself writes is the judge.

use contracts::fact::v1::value::Value;
use serde_json::{Map, Value as Json, json};
use sqlx::AssertSqlSafe;

use super::erp::{Erp, document};
use crate::shop::{Shop, noon};

/// Reads the one record of the journal as it came.
pub(super) async fn record(shop: &Shop) -> Map<String, Json> {
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!(feed.quarantined, 0, "{:?}", shop.feed().await);
    let fact = shop.journal().await[0].facts[0].clone();
    let told = fact
        .attributes
        .into_iter()
        .find(|told| told.name == "x_row");
    match told.unwrap().value.unwrap().value.unwrap() {
        Value::TextValue(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?} is no text"),
    }
}

/// How PostgreSQL's text compares with JSON.
#[derive(Clone, Copy, Debug)]
enum As {
    /// Number or truth: the same characters.
    Bare,
    /// The same text.
    Text,
    /// What `to_json` makes of it.
    Json,
    /// An instant, in UTC.
    Instant,
}

const VALUES: [(&str, As); 44] = [
    ("true", As::Bare),
    ("'-32768'::int2", As::Bare),
    ("'2147483647'::int4", As::Bare),
    ("'9223372036854775807'::int8", As::Bare),
    ("'-9223372036854775808'::int8", As::Bare),
    ("'4294967295'::oid", As::Bare),
    ("0.1::float4", As::Bare),
    ("0.1::float8 + 0.2::float8", As::Bare),
    ("'NaN'::float8", As::Text),
    ("'-Infinity'::float4", As::Text),
    ("0::numeric", As::Text),
    ("1.10::numeric(10, 2)", As::Text),
    ("0.00::numeric(10, 2)", As::Text),
    ("-1234.5600::numeric(20, 4)", As::Text),
    ("10000::numeric", As::Text),
    ("0.00001234::numeric", As::Text),
    ("-0.5::numeric", As::Text),
    (
        "12345678901234567890123456789.123456789012345678901::numeric",
        As::Text,
    ),
    ("1e40::numeric", As::Text),
    ("1e-40::numeric", As::Text),
    ("100000000.00010000::numeric", As::Text),
    ("'NaN'::numeric", As::Text),
    ("'Infinity'::numeric", As::Text),
    ("'订单 ''x'' \\n'::text", As::Text),
    ("'ab'::char(4)", As::Json),
    ("'ab'::varchar(4)", As::Text),
    ("'3f2504e0-4f89-11d3-9a0c-0305e82c3301'::uuid", As::Text),
    ("'2026-11-11'::date", As::Text),
    ("'1582-10-04'::date", As::Text),
    ("'infinity'::date", As::Text),
    ("'23:59:59.5'::time", As::Text),
    ("'2026-11-11 12:34:56.123456'::timestamp", As::Text),
    ("'1969-12-31 23:59:59.9'::timestamp", As::Text),
    ("'2026-11-11 12:34:56'::timestamp", As::Text),
    ("'2026-11-11 12:34:56.12+08'::timestamptz", As::Instant),
    ("'0001-01-01 00:00:00+00'::timestamptz", As::Instant),
    ("'{\"b\": [1, null, \"x\"], \"a\": 1.5}'::json", As::Json),
    ("'{\"b\": [1, null, \"x\"], \"a\": 1.5}'::jsonb", As::Json),
    ("'[]'::jsonb", As::Json),
    ("'{a,NULL,\"b c\"}'::text[]", As::Json),
    ("'{{1,2},{3,4}}'::int4[]", As::Json),
    ("'{}'::int8[]", As::Json),
    ("'shipped'::state", As::Text),
    ("'small'::short", As::Text),
];

#[tokio::test]
async fn values_of_postgresql_are_read_without_loss() {
    let erp = Erp::open().await;
    erp.run(
        "CREATE TYPE state AS ENUM ('paid', 'shipped');
         CREATE DOMAIN short AS text CHECK (length(VALUE) < 10);
         SET TIME ZONE 'UTC'",
    )
    .await;
    let named = |(index, (value, _)): (usize, &(&str, As))| format!("{value} AS c{index}");
    let columns: Vec<_> = VALUES.iter().enumerate().map(named).collect();
    let sql = format!(
        "SELECT 'o1' AS id, 1 AS version, '2026-11-11T11:30:00Z'::timestamptz AS updated_at, \
         NULL::timestamp AS paid_at, NULL::numeric AS nothing, '\\x00ff'::bytea AS bytes, {} \
         WHERE $from < now() + interval '100 years'",
        columns.join(", ")
    );
    let shop = erp.shop().await;
    shop.apply(&document(&sql, "")).await;
    let record = record(&shop).await;
    assert_eq!(record["updated_at"], "2026-11-11T11:30:00Z");
    assert_eq!(
        (&record["nothing"], &record["paid_at"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(record["bytes"], "AP8=", "bytes as base64");
    for (index, (value, as_what)) in VALUES.iter().enumerate() {
        let told = match as_what {
            As::Bare | As::Text => format!("SELECT ({value})::text"),
            As::Json => format!("SELECT to_json({value})::text"),
            As::Instant => format!("SELECT to_json(({value}) AT TIME ZONE 'UTC') #>> '{{}}'"),
        };
        let text: String = sqlx::query_scalar(AssertSqlSafe(told))
            .fetch_one(&erp.pool)
            .await
            .unwrap();
        let expected = match as_what {
            As::Bare | As::Json => serde_json::from_str(&text).unwrap(),
            As::Text => json!(text),
            As::Instant => json!(format!("{text}Z")),
        };
        assert_eq!(record[&format!("c{index}")], expected, "{value}");
    }
}
