use std::collections::BTreeSet;
use std::sync::Arc;

use ingest::RawConfig;
use tokio::task::JoinSet;

use crate::caller::{Caller, signed};
use crate::post::{Post, SECRET, Vendor, order};

const PATH: &str = "/webhooks/shop/orders";

/// Sends orders of one caller after the other, each until it is taken, as vendors do; returns
/// how often it was told to come again.
async fn sent(mut caller: Caller, ids: Vec<String>, padding: Arc<str>) -> usize {
    let mut put_off = 0;
    for id in ids {
        let mut body = order(&id, 1);
        body.insert_str(1, &format!(r#""padding":"{padding}","#));
        let signature = signed(SECRET, body.as_bytes());
        let headers = [
            ("x-topic", ""),
            ("x-shopify-webhook-id", id.as_str()),
            ("x-shopify-hmac-sha256", &signature),
        ];
        loop {
            let heard = caller.post(PATH, &headers, body.as_bytes()).await.unwrap();
            if heard.status == 200 {
                break;
            }
            assert_eq!(heard.status, 503);
            assert!(heard.header("retry-after").is_some(), "{heard:?}");
            put_off += 1;
        }
    }
    put_off
}

/// Sends so many orders through so many callers at once; returns how often they were told to
/// come again.
async fn flood(post: &Post, orders: usize, callers: usize, padding: usize) -> usize {
    let padding: Arc<str> = "x".repeat(padding).into();
    let mut all = JoinSet::new();
    for share in 0..callers {
        let ids = (share..orders).step_by(callers);
        let ids = ids.map(|number| format!("o{number}")).collect();
        all.spawn(sent(post.caller().await, ids, Arc::clone(&padding)));
    }
    all.join_all().await.into_iter().sum()
}

/// Asserts that so many orders are in the journal, each once.
async fn holds(post: &Post, orders: usize) {
    let facts = post.facts().await;
    let ids: BTreeSet<&str> = facts.iter().map(|fact| fact.entity_id.as_str()).collect();
    assert_eq!((facts.len(), ids.len()), (orders, orders));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_taken_of_a_flood_is_in_the_journal_once() {
    let post = Post::open().await;
    flood(&post, 5_000, 64, 0).await;
    holds(&post, 5_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_tells_callers_to_come_again_and_loses_nothing() {
    let raw = RawConfig {
        queue_kib: 64,
        group_batches: 4,
        ..RawConfig::default()
    };
    let kept = Vendor {
        fact: "id: row.id, revision: 1, fields: {x_padding: row.padding}",
        ..Vendor::shop()
    };
    let post = Post::with(&[kept], raw, |_| {}).await;
    let put_off = flood(&post, 200, 40, 8_000).await;
    assert!(put_off > 0, "the queue was never full");
    holds(&post, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_before_a_stop_is_answered() {
    let post = Post::open().await;
    let mut all = JoinSet::new();
    let address = post.address;
    for share in 0..16 {
        all.spawn(async move {
            let mut caller = Caller::connect(address).await;
            let mut taken = Vec::new();
            for number in 0.. {
                let id = format!("o{share}-{number}");
                let body = order(&id, 1);
                let signature = signed(SECRET, body.as_bytes());
                let headers = [
                    ("x-topic", ""),
                    ("x-shopify-hmac-sha256", signature.as_str()),
                ];
                match caller.post(PATH, &headers, body.as_bytes()).await {
                    Some(heard) if heard.status == 200 => taken.push(id),
                    Some(heard) => panic!("{heard:?}"),
                    None => break,
                }
            }
            taken
        });
    }
    while post.facts().await.len() < 100 {
        tokio::task::yield_now().await;
    }
    let Post {
        running, database, ..
    } = post;
    running.stop().await.unwrap();
    let taken: BTreeSet<String> = all.join_all().await.into_iter().flatten().collect();
    let reopened = database.connect("ingest", &ingest::MIGRATOR).await;
    let facts = crate::post::facts(reopened.pool()).await;
    let ids: BTreeSet<String> = facts.iter().map(|fact| fact.entity_id.clone()).collect();
    assert_eq!(ids.len(), facts.len());
    assert!(taken.is_subset(&ids), "acknowledged and lost");
}
