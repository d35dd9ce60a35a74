//! Measures calls a second from a webhook into the journal, beside a bare handler that only
//! verifies the signature: same client, same bodies, same run. Then 50,000 calls, every seventh
//! of them twice, each sent again until it is taken: they must be in the journal once each within
//! a minute.
//!
//! ```text
//! python3 scripts/servers.py run --durable --data-dir /tmp/servers -- \
//!     cargo run --release -p ingest --example bench_webhooks -- [CALLS] [CONNECTIONS]
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are small"
)]

#[path = "../tests/webhooks/caller.rs"]
#[expect(dead_code, reason = "a flood needs little of a caller")]
mod caller;
#[path = "../tests/webhooks/post.rs"]
#[expect(dead_code, reason = "a flood needs little of a shop")]
mod post;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post as on_post;
use chrono::Utc;
use ingest::RawConfig;
use ingest::signer::{Headers, Received, WebhookSigner};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use caller::{Caller, signed};
use post::{Post, SECRET, Vendor, order};

const PATH: &str = "/webhooks/shop/orders";

/// Calls of the flood.
const FLOOD: usize = 50_000;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| {
        arguments
            .next()
            .map_or(default, |text| text.parse().unwrap())
    };
    let (calls, callers) = (number(20_000), number(64));
    let post = Post::with(&[Vendor::shop()], RawConfig::default(), |_| {}).await;
    let fsync: String = sqlx::query_scalar("SHOW fsync")
        .fetch_one(post.pool())
        .await
        .unwrap();
    println!("{callers} connections, one fact in each call, fsync {fsync}");
    compare(&post, calls, callers).await;
    flood(&post, callers).await;
}

/// Sends the same calls to the bare handler and to the webhook, by turns.
async fn compare(post: &Post, calls: usize, callers: usize) {
    let bare = bare().await;
    // Both are warm before they are measured.
    sent(bare, callers, &bodies("w", 500)).await;
    sent(post.address, callers, &bodies("w", 500)).await;
    for turn in 1..=3 {
        let bodies = bodies(&format!("t{turn}-"), calls);
        let (verified, _) = sent(bare, callers, &bodies).await;
        let (journalled, put_off) = sent(post.address, callers, &bodies).await;
        let each = |took: Duration| calls as f64 / took.as_secs_f64();
        println!(
            "turn {turn}: verified only {:.0} a second, into the journal {:.0} ({put_off} put off): {:.2} of it",
            each(verified),
            each(journalled),
            verified.as_secs_f64() / journalled.as_secs_f64()
        );
    }
    holds(post, 500 + 3 * calls).await;
}

async fn flood(post: &Post, callers: usize) {
    let before = post.facts().await.len();
    let mut bodies = bodies("f", FLOOD);
    let again: Vec<String> = bodies.iter().step_by(7).cloned().collect();
    bodies.extend(again);
    let (took, put_off) = sent(post.address, callers, &bodies).await;
    holds(post, before + FLOOD).await;
    println!(
        "flood: {FLOOD} calls and {} duplicates in {took:.1?}, {put_off} put off: all in the journal, each once",
        bodies.len() - FLOOD
    );
    assert!(took < Duration::from_secs(60), "longer than a minute");
}

/// Asserts that the journal holds so many orders, each once.
async fn holds(post: &Post, orders: usize) {
    let facts = post.facts().await;
    let ids: HashSet<&str> = facts.iter().map(|fact| fact.entity_id.as_str()).collect();
    assert_eq!(
        (facts.len(), ids.len()),
        (orders, orders),
        "lost or doubled"
    );
}

fn bodies(prefix: &str, calls: usize) -> Vec<String> {
    (0..calls)
        .map(|number| order(&format!("{prefix}{number}"), 1))
        .collect()
}

/// Sends all bodies, signed beforehand; returns how long it took and how often callers were told
/// to come again.
async fn sent(address: SocketAddr, callers: usize, bodies: &[String]) -> (Duration, usize) {
    let mut ready = Vec::new();
    for share in 0..callers {
        let mine = bodies.iter().skip(share).step_by(callers);
        let signed: Vec<(String, String)> = mine
            .map(|body| (signed(SECRET, body.as_bytes()), body.clone()))
            .collect();
        ready.push((Caller::connect(address).await, signed));
    }
    let (begun, mut all) = (Instant::now(), JoinSet::new());
    for (caller, mine) in ready {
        all.spawn(share(caller, mine));
    }
    let put_off = all.join_all().await.into_iter().sum();
    (begun.elapsed(), put_off)
}

async fn share(mut caller: Caller, calls: Vec<(String, String)>) -> usize {
    let mut put_off = 0;
    for (signature, body) in calls {
        let headers = [
            ("content-type", "application/json"),
            ("x-topic", "orders/paid"),
            ("x-shopify-webhook-id", signature.as_str()),
            ("x-shopify-hmac-sha256", &signature),
        ];
        loop {
            let heard = caller.post(PATH, &headers, body.as_bytes()).await.unwrap();
            match heard.status {
                200 => break,
                503 => put_off += 1,
                status => panic!("answered {status}"),
            }
            let again: u64 = heard.header("retry-after").unwrap().parse().unwrap();
            tokio::time::sleep(Duration::from_secs(again)).await;
        }
    }
    put_off
}

/// Serves what only verifies.
async fn bare() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route(PATH, on_post(verify));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn verify(headers: HeaderMap, body: Bytes) -> StatusCode {
    let pairs: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let received = Received {
        method: "POST",
        url: "",
        headers: Headers::new(&pairs),
        body: &body,
    };
    let secrets = [SecretString::from(SECRET)];
    match WebhookSigner::Shopify.verify(&received, &secrets, Utc::now()) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}
