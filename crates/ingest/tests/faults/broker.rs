//! The broker is away for an hour.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bus::{ConsumerOptions, Stream};
use chrono::TimeDelta;
use contracts::fact::v1::{EntityKind, Fact, FactBatch};
use contracts::ingest::v1 as wire;
use prost::Message;
use tokio::task::JoinSet;

use crate::caller::Caller;
use crate::erp::{Erp, SQL};
use crate::hooks::{Hooks, call, called};
use crate::shop::{INSTANTS, Shop, document, noon};
use crate::vendor::{Answer, Vendor, orders};

/// Callers, and how often each calls in each quarter of the hour.
const CALLERS: usize = 32;
const CALLS: usize = 10;
const SOURCES: [&str; 4] = ["erp", "shop-calls", "shop-erp", "shop-rows"];

/// The same document with a query, which speaks for a source of its own.
fn queried(document: &str) -> String {
    let document = document.replace(
        "sources: [",
        "sources: [{name: shop-rows, system: erp, mode: stated}, ",
    );
    let document = document.replace("secrets: [key]", "secrets: [key, erp]");
    format!(
        "{document}    - name: rows
      query:
        database: erp
        sql: {SQL}
        cursor: instant(row.updated_at)
        start: 1h
        every: 15m
        jitter: 0%
      facts:
        - {{source: shop-rows, kind: order, id: row.id, revision: row.version}}
"
    )
}

/// Waits until poll and query ran well since the clock was moved last.
async fn fetched(shop: &Shop) {
    let now = shop.clock.now().timestamp();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let feeds = shop.connector().await.feeds;
        let mut fetching = feeds
            .iter()
            .filter(|feed| feed.kind != wire::FeedKind::Webhook as i32);
        let is_done = |feed: &wire::Feed| {
            assert_eq!(feed.error_code, "", "{feed:#?}");
            !feed.running && feed.last_success_at.is_some_and(|at| at.seconds >= now)
        };
        if fetching.all(is_done) {
            return;
        }
        assert!(Instant::now() < deadline, "in vain: {feeds:#?}");
        tokio::task::yield_now().await;
    }
}

async fn push(shop: &Shop, id: &str) {
    let fact = Fact {
        source: "erp".to_owned(),
        kind: EntityKind::Order as i32,
        entity_id: id.to_owned(),
        revision: 1,
        ..Fact::default()
    };
    let batch = FactBatch {
        batch_id: id.to_owned(),
        source: "erp".to_owned(),
        facts: vec![fact],
        ..FactBatch::default()
    };
    let request = wire::PushFactsRequest { batch: Some(batch) };
    shop.ingest.clone().push_facts(request).await.unwrap();
}

/// Calls many times at once, and each is taken.
async fn calls(hooks: &Hooks, quarter: i64) {
    let mut all = JoinSet::new();
    for share in 0..CALLERS {
        let mut caller = Caller::connect(hooks.address).await;
        all.spawn(async move {
            for number in 0..CALLS {
                let id = format!("c{quarter}-{share}-{number}");
                assert_eq!(call(&mut caller, &id).await.status, 200);
            }
        });
    }
    all.join_all().await;
}

async fn sources(shop: &Shop) -> BTreeMap<String, wire::Source> {
    let request = wire::ListSourcesRequest::default();
    let listed = shop.ingest.clone().list_sources(request).await.unwrap();
    let sources = listed.into_inner().sources.into_iter();
    sources
        .map(|source| (source.declaration.clone().unwrap().source, source))
        .collect()
}

/// Waits until the bus has everything of these sources.
async fn published(shop: &Shop, names: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let sources = sources(shop).await;
        if names.iter().all(|name| sources[*name].backlog == 0) {
            return;
        }
        assert!(Instant::now() < deadline, "not published: {sources:#?}");
        tokio::task::yield_now().await;
    }
}

/// Reads the sequences of each source as the bus has them, in the order in which it has them.
async fn on_the_bus(shop: &Shop, messages: i64) -> BTreeMap<String, Vec<i64>> {
    let reader = shop.broker.connect("reader").await;
    let mut deliveries = reader.consume(ConsumerOptions {
        stream: Stream::Facts,
        durable: "reader".to_owned(),
        subjects: Vec::new(),
        max_messages: 500,
        max_bytes: 4 << 20,
        ack_wait: Duration::from_secs(30),
        heartbeat: Duration::from_secs(1),
    });
    let mut read: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for _ in 0..messages {
        let delivery = deliveries.next().await;
        let batch = FactBatch::decode(delivery.payload().clone()).unwrap();
        read.entry(batch.source).or_default().push(batch.sequence);
        delivery.acknowledge().await.unwrap();
    }
    let left = reader.backlog(Stream::Facts, "reader").await.unwrap();
    assert_eq!(left.pending, 0, "the bus has more than the journal");
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_for_an_hour_all_is_taken_and_published_in_order_afterwards() {
    let vendor = Vendor::open(|seen| Answer::json(&orders(&[(seen.number as i64, 1)]))).await;
    let (hooks, erp) = (Hooks::open(), Erp::open().await);
    let mut shop = Shop::with(hooks.known_to(erp.known())).await;
    let applied = queried(&called(&document(&vendor, "", INSTANTS)));
    shop.apply(&applied).await;
    hooks.taking().await;
    push(&shop, "p0").await;
    fetched(&shop).await;
    published(&shop, &SOURCES).await;
    let before = sources(&shop).await;

    shop.broker.kill();
    for quarter in 1..=4 {
        erp.change(quarter, 1, &shop.clock.now().to_rfc3339()).await;
        shop.clock.advance(TimeDelta::minutes(15));
        calls(&hooks, quarter).await;
        push(&shop, &format!("p{quarter}")).await;
        fetched(&shop).await;
    }
    assert_eq!(shop.clock.now(), noon() + TimeDelta::hours(1));
    let after = sources(&shop).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), SOURCES);
    for (name, source) in &after {
        assert!(source.facts >= before[name].facts + 4, "{source:#?}");
        let journalled = source.sequence - before[name].sequence;
        assert_eq!(source.backlog, journalled, "{source:#?}");
    }

    // Calls go on while the backlog is published, and are published as well.
    let is_over = Arc::new(AtomicBool::new(false));
    let live = tokio::spawn(live(hooks.address, Arc::clone(&is_over)));
    shop.broker.start_again().await;
    published(&shop, &["erp", "shop-erp", "shop-rows"]).await;
    is_over.store(true, Ordering::Relaxed);
    let taken = live.await.unwrap();
    published(&shop, &SOURCES).await;
    let journals = sources(&shop).await;
    let calls = journals["shop-calls"].facts - after["shop-calls"].facts;
    assert_eq!(calls, taken);
    let messages = journals.values().map(|source| source.sequence).sum();
    for (name, sequences) in on_the_bus(&shop, messages).await {
        let all: Vec<_> = (1..=journals[&name].sequence).collect();
        assert!(sequences == all, "{name}: {sequences:?}");
    }
    shop.close().await;
}

/// Calls again and again; returns how often.
async fn live(address: SocketAddr, is_over: Arc<AtomicBool>) -> i64 {
    let mut caller = Caller::connect(address).await;
    let mut taken = 0;
    while !is_over.load(Ordering::Relaxed) {
        let heard = call(&mut caller, &format!("live{taken}")).await;
        assert_eq!(heard.status, 200);
        taken += 1;
    }
    taken
}
