//! Far more calls at once than the queue holds, some of them twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use ingest::RawConfig;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::caller::Caller;
use crate::hooks::{Hooks, call, called};
use crate::shop::{INSTANTS, Shop, document, noon};
use crate::stall::Stall;
use crate::vendor::{Answer, Vendor, orders};

/// Calls of the flood; `--example bench_webhooks` sends as many within a minute, optimised.
const CALLS: usize = 50_000;
const CALLERS: usize = 96;
/// A call takes one KiB of it.
const QUEUE_KIB: usize = 64;
/// Runs of the poll that must succeed while the flood lasts.
const RUNS: usize = 5;

/// What is known of a flood while it lasts.
#[derive(Default)]
struct Flood {
    /// Calls that were taken.
    taken: watch::Sender<usize>,
    /// Callers that were told to come again.
    put_off: AtomicUsize,
    /// Whether it may end once all calls are made.
    may_end: AtomicBool,
}

/// Makes the calls of one caller, each until it is taken, as vendors do, and now and then one of
/// the next caller's as well; returns the orders. Who is put off comes again once another was
/// taken.
async fn calls(flood: Arc<Flood>, mut caller: Caller, share: usize) -> Vec<String> {
    let mut orders = Vec::new();
    let mut was_put_off = false;
    for number in (share..).step_by(CALLERS) {
        if number >= CALLS && flood.may_end.load(Ordering::Relaxed) {
            break;
        }
        let also = (number % 7 == 0).then_some(number + 1);
        for number in [number].into_iter().chain(also) {
            let id = format!("c{number}");
            let mut taken = flood.taken.subscribe();
            while call(&mut caller, &id).await.status != 200 {
                if !std::mem::replace(&mut was_put_off, true) {
                    flood.put_off.fetch_add(1, Ordering::Relaxed);
                }
                taken.changed().await.unwrap();
            }
            flood.taken.send_modify(|taken| *taken += 1);
            orders.push(id);
        }
    }
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_fills_no_memory_loses_nothing_doubles_nothing_and_starves_no_poll() {
    let vendor = Vendor::open(|seen| Answer::json(&orders(&[(seen.number as i64, 1)]))).await;
    let hooks = Hooks::open();
    let shop = Shop::with(hooks.known_to(RawConfig {
        queue_kib: QUEUE_KIB,
        ..RawConfig::default()
    }))
    .await;
    shop.apply(&called(&document(&vendor, "", INSTANTS))).await;
    hooks.taking().await;
    shop.succeeded_since(noon()).await;

    let stall = Stall::begin(&shop).await;
    let (flood, mut callers) = (Arc::new(Flood::default()), JoinSet::new());
    for share in 0..CALLERS {
        let caller = Caller::connect(hooks.address).await;
        callers.spawn(calls(Arc::clone(&flood), caller, share));
    }
    // The journal takes nothing, so as many calls wait as the queue holds, and no more.
    let deadline = Instant::now() + Duration::from_secs(60);
    while flood.put_off.load(Ordering::Relaxed) < CALLERS - QUEUE_KIB {
        assert!(Instant::now() < deadline, "more calls wait than may");
        tokio::task::yield_now().await;
    }
    stall.end().await;

    for run in 1..=RUNS {
        shop.clock.advance(TimeDelta::minutes(15));
        let due = noon() + TimeDelta::minutes(15) * run as i32;
        shop.succeeded_since(due).await;
    }
    flood.may_end.store(true, Ordering::Relaxed);
    let taken: BTreeSet<String> = callers.join_all().await.into_iter().flatten().collect();
    assert!(taken.len() >= CALLS);
    let polled = (1..=RUNS + 1).map(|run| format!("o{run}"));
    let expected: Vec<String> = taken
        .into_iter()
        .chain(["first".to_owned()])
        .chain(polled)
        .collect();
    let mut journalled = shop.ids().await;
    journalled.sort();
    assert!(journalled == expected, "lost or doubled");
    shop.close().await;
}
