//! How far a database is read, whoever reads it and whatever happens.

use chrono::TimeDelta;
use contracts::ingest::v1 as wire;

use super::erp::{Erp, SQL, document};
use crate::shop::{Shop, instant, noon};

const GATED: &str = "SELECT v.*, gate(id) FROM v_orders AS v WHERE updated_at >= $from AND updated_at < $to ORDER BY updated_at LIMIT $limit";

/// Reads the newest revision of each order in the journal.
async fn newest(shop: &Shop) -> Vec<(String, i64)> {
    let journal = shop.journal().await;
    let facts = journal.into_iter().flat_map(|batch| batch.facts);
    let mut newest = std::collections::BTreeMap::new();
    for fact in facts {
        let known = newest.entry(fact.entity_id).or_insert(0);
        *known = fact.revision.max(*known);
    }
    newest.into_iter().collect()
}

#[tokio::test]
async fn rows_of_a_view_are_journalled_and_its_watermark_stated() {
    let erp = Erp::open().await;
    erp.change(1, 1, "2026-11-11T11:30:00Z").await;
    erp.change(2, 1, "2026-11-11T10:00:00Z").await;
    let shop = erp.shop().await;
    shop.apply(&document(SQL, "")).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!(feed.kind, wire::FeedKind::Query as i32);
    assert_eq!((feed.records, feed.facts, feed.quarantined), (1, 1, 0));
    assert_eq!(shop.watermarks().await, [noon() - TimeDelta::seconds(30)]);
    let fact = &shop.journal().await[0].facts[0];
    let paid = fact.attributes.iter().find(|told| told.name == "paid_at");
    let told = format!("{:?}", paid.unwrap().value);
    let six_in_shanghai = noon() - TimeDelta::hours(2);
    assert!(
        told.contains(&six_in_shanghai.timestamp().to_string()),
        "{told}"
    );

    erp.change(1, 2, "2026-11-11T12:10:00Z").await;
    erp.change(3, 1, "2026-11-11T11:59:50Z").await;
    shop.clock.advance(TimeDelta::minutes(15));
    shop.succeeded_since(noon() + TimeDelta::minutes(15)).await;
    let expected = [("o1".to_owned(), 2), ("o3".to_owned(), 1)];
    assert_eq!(newest(&shop).await, expected);
    assert_eq!(erp.cable.most(), 1);
    erp.cable.closed().await;
}

#[tokio::test]
async fn ten_thousand_rows_of_one_instant_are_all_read_each_once() {
    let erp = Erp::open().await;
    erp.run(
        "INSERT INTO orders SELECT 'o' || number, 1, '2026-11-11T11:30:00Z', NULL
         FROM generate_series(1, 10000) AS number;
         INSERT INTO orders SELECT 'p' || number, 1,
             '2026-11-11T11:00:01Z'::timestamptz + number * interval '1 second', NULL
         FROM generate_series(1, 1500) AS number;
         INSERT INTO orders VALUES ('q', 1, '2026-11-11T11:45:00Z', NULL)",
    )
    .await;
    let shop = erp.shop().await;
    shop.apply(&document(SQL, "")).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!((feed.records, feed.facts), (11_501, 11_501));
    let ids: std::collections::BTreeSet<_> = shop.ids().await.into_iter().collect();
    assert_eq!(ids.len(), 11_501);
    assert_eq!(shop.watermarks().await.len(), 1);
}

#[tokio::test]
async fn a_number_as_cursor_is_read_from_the_highest_on() {
    let erp = Erp::open().await;
    for id in 1..=5 {
        erp.change(id, id, "2026-11-11T11:30:00Z").await;
    }
    let shop = erp.shop().await;
    let sql = "SELECT * FROM v_orders WHERE version > $from ORDER BY version LIMIT $limit";
    let yaml = document(sql, "limit: 2")
        .replace("instant(row.updated_at)", "row.version")
        .replace("start: 1h", "start: 0");
    shop.apply(&yaml).await;
    shop.succeeded_since(noon()).await;
    assert_eq!(shop.ids().await, ["o1", "o2", "o3", "o4", "o5"]);
    erp.change(2, 6, "2026-11-11T11:30:00Z").await;
    shop.clock.advance(TimeDelta::minutes(15));
    let feed = shop.succeeded_since(noon() + TimeDelta::minutes(15)).await;
    assert_eq!((feed.records, feed.notice.as_str()), (6, ""));
    assert_eq!(newest(&shop).await[1], ("o2".to_owned(), 6));
}

#[tokio::test]
async fn a_replica_that_was_overtaken_between_pages_skips_nothing() {
    let erp = Erp::open().await;
    for id in 1..=4 {
        erp.change(id, 1, &format!("2026-11-11T11:30:0{id}Z")).await;
    }
    let gate = erp.gate().await;
    let shop = erp.shop().await;
    shop.apply(&document(GATED, "limit: 2")).await;
    gate.reached().await;
    assert_eq!(shop.ids().await, ["o1", "o2"], "the first page is in");
    let overtaken = "UPDATE feeds SET fence = fence + 1, holder = NULL, lease_until = NULL";
    sqlx::query(overtaken).execute(shop.pool()).await.unwrap();
    gate.open().await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!(shop.ids().await, ["o1", "o2", "o3", "o4"]);
    assert_eq!(feed.failures, 0);
    assert_eq!(shop.watermarks().await.len(), 1);
}

#[tokio::test]
async fn a_database_that_goes_and_comes_back_in_mid_run_is_read_on() {
    let erp = Erp::open().await;
    for id in 1..=4 {
        erp.change(id, 1, &format!("2026-11-11T11:30:0{id}Z")).await;
    }
    let gate = erp.gate().await;
    let shop = erp.shop().await;
    shop.apply(&document(GATED, "limit: 2")).await;
    gate.reached().await;
    erp.cable.cut();
    gate.open().await;
    let pace = TimeDelta::seconds(5);
    let feed = shop
        .feed_until(pace, |feed| !feed.error_code.is_empty())
        .await;
    assert_eq!(feed.error_code, "OW-INGEST-POLL-UNAVAILABLE");
    assert!(shop.watermarks().await.is_empty());
    erp.cable.mend();
    let feed = shop
        .feed_until(pace, |feed| feed.last_success_at.is_some())
        .await;
    assert_eq!(feed.error_code, "");
    assert_eq!(shop.ids().await, ["o1", "o2", "o3", "o4"]);
}

#[tokio::test]
async fn a_dry_run_shows_rows_and_a_backfill_reads_old_ones() {
    let erp = Erp::open().await;
    erp.change(1, 1, "2026-10-01T06:00:00Z").await;
    let shop = erp.shop().await;
    shop.apply(&document(SQL, "window: 1d")).await;
    let before = shop.succeeded_since(noon()).await;
    erp.change(2, 1, "2026-11-11T11:59:00Z").await;
    let told = shop.run(true).await;
    assert_eq!((told[0].records, told[0].facts), (1, 1));
    assert!(told.last().unwrap().done);
    assert!(shop.ids().await.is_empty());

    let at = |text: &str| {
        let at: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
        Some(prost_types::Timestamp {
            seconds: at.timestamp(),
            nanos: 0,
        })
    };
    let request = wire::BackfillConnectorRequest {
        name: "shop".to_owned(),
        from: at("2026-09-30T00:00:00Z"),
        to: at("2026-10-02T00:00:00Z"),
        actor: "li".to_owned(),
        reason: "the first days".to_owned(),
        ..wire::BackfillConnectorRequest::default()
    };
    let stream = shop.connectors.clone().backfill_connector(request).await;
    let mut stream = stream.unwrap().into_inner();
    let mut last = None;
    while let Some(response) = stream.message().await.unwrap() {
        last = response.progress;
    }
    let last = last.unwrap();
    assert!(last.done && last.error.is_empty(), "{last:?}");
    assert_eq!(shop.ids().await, ["o1"]);
    let after = shop.feed().await;
    assert_eq!(after.through, before.through);
    assert_eq!(
        instant(&after.through.unwrap()),
        noon() - TimeDelta::seconds(30)
    );

    let told = shop.run(false).await;
    assert!(told.last().unwrap().error.is_empty(), "{told:?}");
    assert_eq!(shop.ids().await, ["o1", "o2"]);
}
