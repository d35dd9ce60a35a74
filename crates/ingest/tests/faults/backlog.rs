//! A vendor was down for hours and is caught up with, while others call and push.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::ingest::v1 as wire;
use ingest::RawConfig;
use service::clock::Clock;
use tokio::task::JoinSet;

use crate::caller::Caller;
use crate::hooks::{Hooks, call, called};
use crate::shop::{INSTANTS, Shop, document, noon};
use crate::stall::Stall;
use crate::vendor::{Answer, Vendor, orders};

/// Lists that the vendor has.
const LISTS: usize = 6;
/// What the queue holds; a call takes one KiB, pulls at most a quarter of all.
const QUEUE_KIB: usize = 64;
/// Orders that take more than that quarter.
const ORDERS: i64 = 400;
const CALLERS: usize = 96;

/// A vendor of lists that notes when it is asked for what, by its users' clock.
struct Lists {
    vendor: Vendor,
    clock: Clock,
    asked: Arc<Mutex<Vec<Asked>>>,
}

struct Asked {
    at: DateTime<Utc>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Lists {
    async fn open(clock: Clock) -> Self {
        let lists = Self {
            vendor: Vendor::open(|_| Answer::status(404, "")).await,
            clock,
            asked: Arc::default(),
        };
        lists.answer(1);
        lists
    }

    fn down(&self) {
        self.vendor.answers(|_| Answer::status(503, "maintenance"));
    }

    /// Answers every request with so many orders that were not there before.
    fn answer(&self, count: i64) {
        let (clock, asked) = (self.clock.clone(), Arc::clone(&self.asked));
        self.vendor.answers(move |seen| {
            let instant = |name: &str| seen.query[name].parse().unwrap();
            asked.lock().unwrap().push(Asked {
                at: clock.now(),
                from: instant("from"),
                to: instant("to"),
            });
            let first = seen.number as i64 * 1_000;
            let list: Vec<_> = (first..first + count).map(|id| (id, 1)).collect();
            Answer::json(&orders(&list))
        });
    }

    /// A connector that reads all lists, and takes calls.
    fn document(&self) -> String {
        let http = "rate: 2/s\n    retries: 0\n    concurrency: 6";
        let poll = format!("{INSTANTS}\n        window: 15m");
        let first = document(&self.vendor, http, &poll);
        let dataset = first[first.find("    - name: orders").unwrap()..].to_owned();
        let more = (2..=LISTS).map(|list| {
            let name = format!("name: orders{list}");
            dataset.replace("name: orders", &name)
        });
        called(&[first.clone()].into_iter().chain(more).collect::<String>())
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// Lets half a second pass, again and again, until it is as wanted.
async fn until(shop: &Shop, mut wanted: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !wanted().await {
        assert!(Instant::now() < deadline, "in vain");
        shop.clock.advance(TimeDelta::milliseconds(500));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether all lists were read, or could not be, since an instant.
async fn read_since(shop: &Shop, since: DateTime<Utc>, well: bool) -> bool {
    let feeds = shop.connector().await.feeds.into_iter();
    let mut polls = feeds.filter(|feed| feed.kind == wire::FeedKind::Poll as i32);
    polls.all(|feed| {
        let ran = if well {
            feed.last_success_at
        } else {
            feed.last_run_at.filter(|_| !feed.error_code.is_empty())
        };
        !feed.running && ran.is_some_and(|at| at.seconds >= since.timestamp())
    })
}

/// Makes one call of each caller at once; returns the ids of those that were taken, once the
/// journal goes on.
async fn calls_during(stall: Stall, hooks: &Hooks) -> Vec<String> {
    let (mut calls, told) = (JoinSet::new(), Arc::<Mutex<usize>>::default());
    for number in 0..CALLERS {
        let mut caller = Caller::connect(hooks.address).await;
        let told = Arc::clone(&told);
        calls.spawn(async move {
            let id = format!("c{number}");
            let is_taken = call(&mut caller, &id).await.status == 200;
            if !is_taken {
                *told.lock().unwrap() += 1;
            }
            is_taken.then_some(id)
        });
    }
    let live_kib = QUEUE_KIB - QUEUE_KIB / 4;
    let deadline = Instant::now() + Duration::from_secs(30);
    while *told.lock().unwrap() < CALLERS - live_kib {
        assert!(
            Instant::now() < deadline,
            "the backlog takes less than it may"
        );
        tokio::task::yield_now().await;
    }
    stall.end().await;
    let taken: Vec<String> = calls.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), live_kib, "the backlog takes more than it may");
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hours_are_caught_up_with_at_the_vendors_pace_and_behind_what_is_live() {
    let hooks = Hooks::open();
    let shop = Shop::with(hooks.known_to(RawConfig {
        queue_kib: QUEUE_KIB,
        ..RawConfig::default()
    }))
    .await;
    let lists = Lists::open(shop.clock.clone()).await;
    shop.apply(&lists.document()).await;
    hooks.taking().await;
    until(&shop, async || read_since(&shop, noon(), true).await).await;

    lists.down();
    let mut caller = Caller::connect(hooks.address).await;
    let mut live = vec!["first".to_owned()];
    for quarter in 0..12 {
        shop.clock.advance(TimeDelta::minutes(15));
        let since = shop.clock.now();
        until(&shop, async || read_since(&shop, since, false).await).await;
        live.push(format!("down{quarter}"));
        let heard = call(&mut caller, &live[live.len() - 1]).await;
        assert_eq!(heard.status, 200);
    }

    // The vendor is back, and the journal stalls while all lists are read at once.
    let (asked, journalled) = (lists.asked(), shop.journal().await.len());
    let mut stall = Stall::begin(&shop).await;
    lists.answer(ORDERS);
    shop.clock.advance(TimeDelta::minutes(15));
    let back = shop.clock.now();
    until(&shop, async || lists.asked() >= asked + LISTS).await;
    stall.felt().await;
    lists.answer(1);
    let taken = calls_during(stall, &hooks).await;
    let journal = shop.journal().await;
    let since = &journal[journalled..];
    let is_taken = |fact: &contracts::fact::v1::Fact| taken.contains(&fact.entity_id);
    let last = since
        .iter()
        .rposition(|batch| batch.facts.iter().any(is_taken));
    let pages = since[..last.unwrap()]
        .iter()
        .filter(|batch| batch.source == "shop-erp");
    assert!(
        pages.count() <= 1,
        "the backlog is journalled before what is live"
    );
    live.extend(taken);

    // Whoever is live goes on, and is never told to come again.
    let caught_up = async || {
        live.push(format!("up{}", live.len()));
        let heard = call(&mut caller, &live[live.len() - 1]).await;
        assert_eq!(heard.status, 200);
        read_since(&shop, back, true).await
    };
    until(&shop, caught_up).await;
    let asked = lists.asked.lock().unwrap().split_off(asked);
    assert!(asked.len() >= LISTS * 13, "{} windows", asked.len());
    for (number, asked) in asked.iter().enumerate() {
        let turn = back + TimeDelta::milliseconds(500) * number as i32;
        assert!(
            asked.at >= turn,
            "request {number} at {}, not {turn}",
            asked.at
        );
        assert!(
            asked.to - asked.from < TimeDelta::minutes(20),
            "too long a window"
        );
    }
    let ids = shop.ids().await;
    let mut called: Vec<_> = ids.iter().filter(|id| !id.starts_with('o')).collect();
    called.sort();
    live.sort();
    assert!(called == live.iter().collect::<Vec<_>>(), "lost or doubled");
    shop.close().await;
}
