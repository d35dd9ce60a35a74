use std::time::Duration;

use ingest::RawConfig;
use service::telemetry;

use crate::collector::Collector;
use crate::post::{Post, Vendor, order};

fn called(outcome: &str) -> String {
    format!(
        r#"orderwatch.webhook.calls{{orderwatch.connector.name="shop",orderwatch.outcome="{outcome}",orderwatch.webhook.path="orders"}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_by_outcome_and_told_at_the_latest_when_the_service_ends() {
    let collector = Collector::open().await;
    let settings = collector.settings(Duration::from_secs(3_600));
    let telemetry = telemetry::install(&settings, "ingest").unwrap();
    let post = Post::with(&[Vendor::shop()], RawConfig::default(), |adjusted| {
        adjusted.telemetry = settings;
    })
    .await;
    post.call("d1", &order("o1", 1)).await;
    post.call("d2", &order("o2", 1)).await;
    post.call("d2", &order("o2", 1)).await;
    post.call("d3", "no JSON").await;
    let unsigned = order("o4", 1);
    let mut caller = post.caller().await;
    caller
        .post("/webhooks/shop/orders", &[], unsigned.as_bytes())
        .await
        .unwrap();
    caller
        .post("/webhooks/shop/o5", &[], unsigned.as_bytes())
        .await
        .unwrap();
    assert!(collector.last().is_empty());

    post.running.stop().await.unwrap();
    drop(telemetry);
    let told = collector.last();
    let expected = [
        ("accepted", 2.0),
        ("duplicate", 1.0),
        ("quarantined", 1.0),
        ("refused", 1.0),
    ];
    for (outcome, calls) in expected {
        assert_eq!(told.get(&called(outcome)), Some(&calls), "{told:#?}");
    }
    let webhooks = told
        .keys()
        .filter(|name| name.starts_with("orderwatch.webhook."));
    assert_eq!(webhooks.count(), expected.len(), "{told:#?}");
    let held = told
        .keys()
        .filter(|name| name.contains("o1") || name.contains("d1"));
    assert_eq!(held.count(), 0, "{told:#?}");
}
