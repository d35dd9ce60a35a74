//! How far a feed is read, whoever runs it and whatever happens.

use chrono::TimeDelta;
use contracts::ingest::v1 as wire;
use serde_json::json;

use crate::shop::{INSTANTS, Shop, document, instant, noon};
use crate::vendor::{Answer, Vendor, orders};

#[tokio::test]
async fn ten_thousand_records_of_one_instant_are_all_read() {
    let vendor = Vendor::open(|seen| {
        let page: i64 = seen.query["page"].parse().unwrap();
        let list: Vec<_> = (0..1_000)
            .map(|number| ((page - 1) * 1_000 + number, 1))
            .collect();
        Answer::json(&orders(if page <= 10 { &list } else { &[] }))
    })
    .await;
    let shop = Shop::open().await;
    let pages = format!("{INSTANTS}\n        pages: {{by: page, size: 1000}}");
    shop.apply(&document(&vendor, "", &pages)).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!((feed.records, feed.facts), (10_000, 10_000));
    assert_eq!(shop.ids().await.len(), 10_000);
    assert_eq!(shop.watermarks().await.len(), 1);
}

#[tokio::test]
async fn a_cursor_that_goes_back_moves_no_checkpoint_back_and_is_told() {
    let vendor =
        Vendor::open(|seen| Answer::json(&orders(&[(1, if seen.number == 1 { 100 } else { 5 })])))
            .await;
    let shop = Shop::open().await;
    let numbers = "cursor: row.version\n        start: 0\n        query: {after: \"${from}\"}";
    shop.apply(&document(&vendor, "", numbers)).await;
    assert_eq!(shop.succeeded_since(noon()).await.notice, "");
    shop.clock.advance(TimeDelta::minutes(15));
    let feed = shop.succeeded_since(noon() + TimeDelta::minutes(15)).await;
    assert!(
        feed.notice.contains("records of 5, older than the 100"),
        "{}",
        feed.notice
    );
    shop.clock.advance(TimeDelta::minutes(15));
    shop.succeeded_since(noon() + TimeDelta::minutes(30)).await;
    let after: Vec<_> = vendor
        .seen()
        .iter()
        .map(|seen| seen.query["after"].clone())
        .collect();
    assert_eq!(after, ["0", "100", "100"]);
}

#[tokio::test]
async fn of_two_replicas_one_runs_a_feed() {
    let vendor = Vendor::open(|seen| Answer::json(&orders(&[(1, seen.number as i64)]))).await;
    let shop = Shop::open().await;
    let other = shop.replica().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    for run in 0..5 {
        shop.succeeded_since(noon() + TimeDelta::minutes(15 * run))
            .await;
        assert_eq!(vendor.seen().len() as i64, run + 1);
        shop.clock.advance(TimeDelta::minutes(15));
    }
    other.context().shutdown.cancel();
    other.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_overtaken_writes_nothing_and_what_it_read_is_read_again() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let shop = Shop::open().await;
    let pool = shop.pool().clone();
    let handle = tokio::runtime::Handle::current();
    let (overtake, overtaken) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel::<()>();
    // Whoever overtakes does so while the second page is being answered.
    handle.spawn_blocking({
        let handle = handle.clone();
        move || {
            while overtaken.recv().is_ok() {
                let taken = "UPDATE feeds SET fence = fence + 1, holder = NULL, lease_until = NULL";
                handle.block_on(sqlx::query(taken).execute(&pool)).unwrap();
                tell.send(()).unwrap();
            }
        }
    });
    vendor.answers(move |seen| {
        let page: i64 = seen.query["page"].parse().unwrap();
        if seen.number == 2 {
            // What this thread was to do next is done by another meanwhile: it may be what the
            // overtaking waits for.
            tokio::task::block_in_place(|| {
                overtake.send(()).unwrap();
                told.recv().unwrap();
            });
        }
        Answer::json(&orders(match page {
            1 => &[(1, 1), (2, 1)],
            _ => &[(3, 1)],
        }))
    });
    let pages = format!("{INSTANTS}\n        pages: {{by: page, size: 2}}");
    shop.apply(&document(&vendor, "", &pages)).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!(shop.ids().await, ["o1", "o2", "o3"]);
    let pages: Vec<_> = vendor
        .seen()
        .iter()
        .map(|seen| seen.query["page"].clone())
        .collect();
    assert_eq!(
        pages,
        ["1", "2", "1", "2"],
        "read again from the checkpoint"
    );
    assert_eq!(feed.failures, 0);
    assert_eq!(shop.watermarks().await.len(), 1);
}

#[tokio::test]
async fn an_outage_is_caught_up_with_window_by_window() {
    let vendor = Vendor::open(|seen| Answer::json(&orders(&[(seen.number as i64, 1)]))).await;
    let shop = Shop::open().await;
    shop.apply(&document(
        &vendor,
        "",
        &format!("{INSTANTS}\n        window: 1h"),
    ))
    .await;
    shop.succeeded_since(noon()).await;
    let before = vendor.seen().len();
    let stated = shop.watermarks().await.len();
    vendor.answers(|_| Answer::status(503, "").header("retry-after", 100_000));
    shop.clock.advance(TimeDelta::minutes(15));
    let feed = shop.failed().await;
    assert_eq!(feed.error_code, "OW-INGEST-POLL-UNAVAILABLE");
    let begun = vendor.seen().len();
    assert_eq!(begun, before + 1);

    vendor.answers(|seen| Answer::json(&orders(&[(seen.number as i64, 1)])));
    let later = noon() + TimeDelta::seconds(100_000) + TimeDelta::hours(3);
    shop.clock.set(later);
    let feed = shop.succeeded_since(later).await;
    let windows: Vec<_> = vendor.seen()[begun..]
        .iter()
        .map(|seen| (seen.query["from"].clone(), seen.query["to"].clone()))
        .collect();
    assert!(windows.len() > 25, "{windows:?}");
    assert!(
        windows.windows(2).all(|pair| pair[1].0 < pair[0].1),
        "without a gap"
    );
    assert_eq!(feed.error_code, "");
    let watermarks = shop.watermarks().await;
    assert_eq!(
        watermarks.len(),
        stated + 1,
        "none while there is a backlog"
    );
    assert_eq!(watermarks.last(), Some(&(later - TimeDelta::seconds(30))));
}

#[tokio::test]
async fn a_source_of_several_feeds_is_as_complete_as_the_last_of_them() {
    let vendor = Vendor::open(|seen| match seen.path.as_str() {
        "/orders" => Answer::json(&orders(&[(1, 1)])),
        _ => Answer::status(400, "no"),
    })
    .await;
    let shop = Shop::open().await;
    let yaml = document(&vendor, "", INSTANTS);
    let second = yaml[yaml.find("    - name: orders").unwrap()..]
        .replace("name: orders", "name: returns")
        .replace("get: /orders", "get: /returns");
    shop.apply(&format!("{yaml}{second}")).await;
    shop.succeeded_since(noon()).await;
    shop.feed_until(TimeDelta::zero(), |_| vendor.seen().len() == 2)
        .await;
    assert!(shop.watermarks().await.is_empty());

    vendor.answers(|_| Answer::json(&json!({"orders": []})));
    shop.clock.advance(TimeDelta::minutes(15));
    let later = noon() + TimeDelta::minutes(15);
    shop.succeeded_since(later).await;
    loop {
        let feeds = shop.connector().await.feeds;
        let done = |feed: &wire::Feed| {
            feed.last_success_at
                .is_some_and(|at| at.seconds >= later.timestamp())
        };
        if feeds.iter().all(done) {
            break;
        }
        tokio::task::yield_now().await;
    }
    let settled = |instant| instant - TimeDelta::seconds(30);
    let watermarks = shop.watermarks().await;
    assert_eq!(watermarks.last(), Some(&settled(later)));
    let others = &watermarks[..watermarks.len() - 1];
    assert!(
        others.iter().all(|stated| *stated == settled(noon())),
        "{watermarks:?}"
    );
}

#[tokio::test]
async fn a_dry_run_shows_what_would_come_and_stores_nothing() {
    let vendor = Vendor::open(|_| {
        let mut body = orders(&[(1, 1), (2, 1)]);
        body["orders"][1]["paid_at"] = json!("yesterday");
        Answer::json(&body)
    })
    .await;
    let shop = Shop::open().await;
    let pause = wire::PauseConnectorRequest {
        name: "shop".to_owned(),
        actor: "li".to_owned(),
        reason: "to look first".to_owned(),
    };
    shop.apply(&document(&vendor, "", INSTANTS).replace("start: 1h", "start: 2h"))
        .await;
    shop.succeeded_since(noon()).await;
    shop.connectors
        .clone()
        .pause_connector(pause)
        .await
        .unwrap();
    let (journal, before) = (shop.journal().await.len(), shop.feed().await);
    let told = shop.run(true).await;
    assert_eq!(told.len(), 2);
    assert_eq!(
        (told[0].records, told[0].facts, told[0].quarantined),
        (2, 1, 1)
    );
    let sample = &told[0].samples[0];
    assert!(sample.error.contains("yesterday"), "{sample:?}");
    assert!(told[1].done && told[1].error.is_empty());
    assert_eq!(shop.journal().await.len(), journal);
    assert_eq!(shop.feed().await, before);
}

#[tokio::test]
async fn a_backfill_reads_a_stretch_again_and_leaves_the_checkpoint_alone() {
    let vendor = Vendor::open(|seen| Answer::json(&orders(&[(seen.number as i64, 1)]))).await;
    let shop = Shop::open().await;
    shop.apply(&document(
        &vendor,
        "",
        &format!("{INSTANTS}\n        window: 1d"),
    ))
    .await;
    let before = shop.succeeded_since(noon()).await;
    let at = |text: &str| {
        let at: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
        Some(prost_types::Timestamp {
            seconds: at.timestamp(),
            nanos: 0,
        })
    };
    let request = wire::BackfillConnectorRequest {
        name: "shop".to_owned(),
        dataset: "orders".to_owned(),
        from: at("2026-10-01T00:00:00Z"),
        to: at("2026-10-03T00:00:00Z"),
        actor: "li".to_owned(),
        reason: "the mapping was mended".to_owned(),
    };
    let stream = shop.connectors.clone().backfill_connector(request).await;
    let mut stream = stream.unwrap().into_inner();
    let mut last = None;
    while let Some(response) = stream.message().await.unwrap() {
        last = response.progress;
    }
    let last = last.unwrap();
    assert!(last.done && last.error.is_empty(), "{last:?}");
    let seen = vendor.seen();
    assert_eq!(seen[1].query["from"], "2026-10-01T00:00:00Z");
    assert_eq!(seen.last().unwrap().query["to"], "2026-10-03T00:00:00Z");
    assert_eq!(last.facts as usize, seen.len() - 1);
    let after = shop.feed().await;
    assert_eq!(after.through, before.through);
    assert_eq!(
        instant(&after.through.unwrap()),
        noon() - TimeDelta::seconds(30)
    );
    assert_eq!(shop.ids().await.len(), seen.len());
}
