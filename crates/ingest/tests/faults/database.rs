//! PostgreSQL goes away in the middle of a transaction, and comes back.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use ingest::RawConfig;
use secrecy::{ExposeSecret as _, SecretString};
use service::config::{Interval, Settings};
use tokio::task::JoinSet;
use url::Url;

use crate::cable::Cable;
use crate::caller::Caller;
use crate::hooks::{Hooks, call, called};
use crate::shop::{INSTANTS, Shop, document, noon};
use crate::stall::Stall;
use crate::vendor::{Answer, Vendor, orders};

const CALLERS: usize = 8;

/// What is known of calls while they go on.
#[derive(Default)]
struct Calls {
    put_off: AtomicUsize,
    is_over: AtomicBool,
}

/// Calls with one order after the other, each until it is taken; returns the orders.
async fn calls(calls: Arc<Calls>, address: SocketAddr, share: usize) -> Vec<String> {
    let mut caller = Caller::connect(address).await;
    let mut taken = Vec::new();
    while !calls.is_over.load(Ordering::Relaxed) {
        let id = format!("c{share}-{}", taken.len());
        while call(&mut caller, &id).await.status != 200 {
            calls.put_off.fetch_add(1, Ordering::Relaxed);
        }
        taken.push(id);
    }
    taken
}

/// A cable to the PostgreSQL of the environment.
async fn cable() -> Cable {
    let url: Url = std::env::var("ORDERWATCH_TEST_POSTGRES_URL")
        .unwrap()
        .parse()
        .unwrap();
    let port = url.port().unwrap_or(5432);
    Cable::to(format!("{}:{port}", url.host_str().unwrap())).await
}

/// Leads a service's connections over the cable.
fn over(cable: &Cable, settings: &mut Settings) {
    let mut url = Url::parse(settings.postgres.url.expose_secret()).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(cable.port())).unwrap();
    settings.postgres.url = SecretString::from(String::from(url));
    settings.postgres.acquire_timeout = Interval::seconds(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_calls_are_put_off_and_a_poll_begins_again_at_its_checkpoint() {
    let vendor = Vendor::open(|seen| {
        let is_first = seen.number == 1;
        Answer::json(&orders(&[(if is_first { 1 } else { 2 }, 1)]))
    })
    .await;
    let (hooks, cable) = (Hooks::open(), cable().await);
    let raw = hooks.known_to(RawConfig {
        lease: Interval::seconds(2),
        ..RawConfig::default()
    });
    let shop = Shop::adjusted(raw, |settings| over(&cable, settings)).await;
    shop.apply(&called(&document(&vendor, "", INSTANTS))).await;
    hooks.taking().await;
    shop.succeeded_since(noon()).await;

    // It goes while the next answer is being journalled.
    let mut stall = Stall::begin(&shop).await;
    shop.clock.advance(TimeDelta::minutes(15));
    stall.felt().await;
    cable.cut();
    let (known, mut callers) = (Arc::new(Calls::default()), JoinSet::new());
    for share in 0..CALLERS {
        callers.spawn(calls(Arc::clone(&known), hooks.address, share));
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while known.put_off.load(Ordering::Relaxed) < 2 * CALLERS {
        assert!(Instant::now() < deadline, "nobody is put off");
        tokio::task::yield_now().await;
    }
    stall.end().await;
    cable.mend();

    let later = noon() + TimeDelta::minutes(15);
    shop.succeeded_since(later).await;
    known.is_over.store(true, Ordering::Relaxed);
    let taken: BTreeSet<String> = callers.join_all().await.into_iter().flatten().collect();
    let fetched = ["first", "o1", "o2"].map(str::to_owned);
    let expected: BTreeSet<String> = taken.into_iter().chain(fetched).collect();
    let journalled = shop.ids().await;
    assert_eq!(journalled.len(), expected.len(), "lost or doubled");
    assert_eq!(journalled.into_iter().collect::<BTreeSet<_>>(), expected);
    let from: Vec<_> = vendor
        .seen()
        .iter()
        .map(|seen| seen.query["from"].clone())
        .collect();
    assert_eq!(from.len(), 3, "{from:?}");
    assert_eq!(from[1], from[2], "it begins at the same checkpoint again");
    assert_ne!(from[0], from[1]);
    shop.close().await;
}
