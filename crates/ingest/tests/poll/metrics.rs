use std::time::Duration;

use chrono::TimeDelta;
use contracts::ingest::v1 as wire;
use ingest::RawConfig;
use serde_json::json;
use service::telemetry;

use crate::collector::{Collector, Exported};
use crate::shop::{INSTANTS, Shop, document};
use crate::vendor::{Answer, Vendor, orders};

const LAG: &str = r#"orderwatch.source.lag{orderwatch.source.name="told-erp"}"#;
const LATE: &str = r#"orderwatch.source.late{orderwatch.source.name="told-erp"}"#;
const FAILING: &str = r#"orderwatch.source.failing{orderwatch.source.name="told-erp"}"#;
const SINCE_SUCCESS: &str = r#"orderwatch.source.since_success{orderwatch.source.name="told-erp"}"#;
const BACKLOG: &str = r#"orderwatch.source.backlog{orderwatch.source.name="told-erp"}"#;
const KEPT: &str = r#"orderwatch.source.quarantined{orderwatch.source.name="told-erp"}"#;
const FACTS: &str = r#"orderwatch.facts.accepted{orderwatch.source.name="told-erp"}"#;
const QUARANTINED: &str = r#"orderwatch.records.quarantined{orderwatch.quarantine.reason="field",orderwatch.source.name="told-erp"}"#;

fn asked(outcome: &str) -> String {
    format!(
        r#"orderwatch.connector.requests{{orderwatch.connector.name="shop",orderwatch.dataset.name="told",orderwatch.outcome="{outcome}"}}"#
    )
}

/// A shop whose only source may be late by an hour.
fn told(vendor: &Vendor) -> String {
    document(vendor, "retries: 0", INSTANTS)
        .replace("mode: stated", "mode: stated, late_after: 1h")
        .replace("shop-erp", "told-erp")
        .replace("name: orders", "name: told")
}

async fn source(shop: &Shop) -> wire::Source {
    let request = wire::ListSourcesRequest {};
    let listed = shop.ingest.clone().list_sources(request).await.unwrap();
    listed.into_inner().sources.swap_remove(0)
}

fn is(exported: &Exported, wanted: &[(&str, f64)]) -> bool {
    wanted
        .iter()
        .all(|(name, value)| exported.get(*name) == Some(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_sees_a_source_fail_and_recover_as_list_sources_tells_it() {
    let collector = Collector::open().await;
    let settings = collector.settings(Duration::from_millis(200));
    let telemetry = telemetry::install(&settings, "ingest").unwrap();
    let vendor = Vendor::open(|_| Answer::json(&orders(&[(1, 1), (2, 1)]))).await;
    let shop = Shop::adjusted(RawConfig::default(), |adjusted| {
        adjusted.telemetry = settings;
    })
    .await;
    shop.apply(&told(&vendor)).await;
    shop.feed_until(TimeDelta::zero(), |feed| feed.last_success_at.is_some())
        .await;
    let well = [
        (r#"resource{service.name="ingest"}"#, 1.0),
        (LAG, 30.0),
        (LATE, 0.0),
        (SINCE_SUCCESS, 0.0),
        (FAILING, 0.0),
        (BACKLOG, 0.0),
        (KEPT, 0.0),
        (FACTS, 2.0),
        (&asked("success"), 1.0),
    ];
    collector.until(|exported| is(exported, &well)).await;

    vendor.answers(|_| Answer::status(503, "{}"));
    shop.clock.advance(TimeDelta::hours(2));
    shop.failed().await;
    let ill = [
        (LAG, 7_230.0),
        (LATE, 1.0),
        (SINCE_SUCCESS, 7_200.0),
        (FAILING, 1.0),
        (FACTS, 2.0),
        (&asked("unavailable"), 1.0),
    ];
    collector.until(|exported| is(exported, &ill)).await;
    let listed = source(&shop).await;
    assert_eq!(listed.lag.unwrap().seconds, 7_230);
    assert_eq!(listed.failing, "shop/told");

    let broken = json!({"orders": [{
        "id": "o3", "version": 1, "paid_at": "soon", "updated_at": "2026-11-11T11:59:00Z",
    }]});
    vendor.answers(move |_| Answer::json(&broken));
    shop.feed_until(TimeDelta::seconds(5), |feed| feed.error_code.is_empty())
        .await;
    let again = [
        (LATE, 0.0),
        (FAILING, 0.0),
        (KEPT, 1.0),
        (QUARANTINED, 1.0),
        (FACTS, 2.0),
    ];
    collector.until(|exported| is(exported, &again)).await;
    // The clock stands by now; an export from before may be of an instant before.
    let lag = source(&shop).await.lag.unwrap().seconds as f64;
    collector
        .until(|exported| is(exported, &[(LAG, lag)]))
        .await;

    sqlx::query("TRUNCATE sources CASCADE")
        .execute(shop.pool())
        .await
        .unwrap();
    let gone = |exported: &Exported| {
        let gauges = [LAG, LATE, FAILING, SINCE_SUCCESS, BACKLOG, KEPT];
        gauges.iter().all(|gauge| !exported.contains_key(*gauge)) && exported[FACTS] == 2.0
    };
    collector.until(gone).await;
    shop.close().await;
    drop(telemetry);
}
