//! Nothing that a vendor has is ever skipped, whatever happens on the way.

use std::collections::BTreeMap;

use order::{Span, Timestamp};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::{Checkpoint, Conclusion, Effect, Event, Jitter, State};
use super::rows::queried;
use super::vendor::Vendor;
use super::{connector, installation, task};
use crate::connector::Connector;

const BEGIN: i64 = 1_794_398_400;
/// The overlap and the time to settle of the tests' poll, in seconds.
const OVERLAP: i64 = 20;
const SETTLE: i64 = 10;

/// Ways from page to page under which a list that changes can be read.
#[derive(Clone, Copy, Debug)]
enum Way {
    Single,
    Token,
    LastFirst,
    /// Rows of a database, from `>=` or `>` on.
    Rows {
        is_strict: bool,
    },
}

fn polled(way: Way, window: &str) -> Connector {
    let range = format!(
        "        cursor: epoch_s(row.at)\n        start: 2026-11-11T11:00:00Z\n        overlap: 20s\n        {window}"
    );
    let (query, pages) = match way {
        Way::Rows { is_strict } => {
            let compared = if is_strict { ">" } else { ">=" };
            let sql = format!(
                "SELECT * FROM v WHERE at {compared} $from AND at < $to ORDER BY at LIMIT $limit"
            );
            return queried(&sql, &range);
        }
        Way::Single => ("", "{by: none}"),
        Way::Token => (
            ", by_token: \"1\", token: \"${token}\", size: \"3\"",
            "{by: cursor, next: body.next}",
        ),
        Way::LastFirst => (
            ", page: \"${page}\", size: \"${size}\"",
            "{by: page, first: 0, size: 3, last_first: true, total: body.total}",
        ),
    };
    let more = format!(
        "{range}\n        query: {{from: \"${{epoch_s(from)}}\", to: \"${{epoch_s(to)}}\"{query}}}\n        pages: {pages}"
    );
    connector("    retries: 1", &more)
}

/// What is in the journal and beside it.
#[derive(Default)]
struct Store {
    delivered: BTreeMap<i64, i64>,
    checkpoint: Option<Checkpoint>,
}

impl Store {
    fn commit(&mut self, page: &super::Page) {
        for record in &page.records {
            let number = |key: &str| record.value[key].as_i64().unwrap();
            let version = self.delivered.entry(number("id")).or_default();
            *version = number("version").max(*version);
        }
        if let Some(conclusion) = &page.conclusion {
            let moved = conclusion.checkpoint;
            assert!(
                self.checkpoint
                    .is_none_or(|known| known.through <= moved.through),
                "the checkpoint went back"
            );
            self.checkpoint = Some(moved);
        }
    }
}

/// Runs once; returns what a complete run ended with.
fn run(connector: &Connector, vendor: &mut Vendor, store: &mut Store) -> Option<Conclusion> {
    let installation = installation();
    let task = task(connector, &installation);
    let at = |vendor: &Vendor| Timestamp::from_seconds(vendor.now);
    let mut state = State::default();
    let mut last = None;
    let mut event = Event::Begun {
        checkpoint: store.checkpoint,
        until: None,
        now: at(vendor),
    };
    loop {
        let (next, effect) = state.next(&task, event);
        state = next;
        event = match effect {
            Effect::Ask(request) => {
                if !vendor.is_sound {
                    vendor.pass(3);
                }
                let answer = vendor.answer(&request);
                let jitter = Jitter::new(0.5);
                Event::Answered {
                    answer,
                    now: at(vendor),
                    jitter,
                }
            }
            Effect::Select(select) => {
                if !vendor.is_sound {
                    vendor.pass(3);
                }
                let now = at(vendor);
                match vendor.rows(&select) {
                    Ok(rows) => Event::Selected { rows, now },
                    Err(cause) => Event::Broken {
                        cause,
                        now,
                        jitter: Jitter::new(0.5),
                    },
                }
            }
            Effect::Wait { until, .. } => {
                vendor.now = vendor.now.max(until.micros() / 1_000_000);
                Event::Resumed { now: at(vendor) }
            }
            Effect::Deliver(page) => {
                // A crash before the commit loses the page and the checkpoint together.
                if !vendor.is_sound && vendor.random.random_bool(0.05) {
                    return None;
                }
                store.commit(&page);
                last = page.conclusion;
                Event::Journalled { now: at(vendor) }
            }
            Effect::Finish => return last,
            Effect::Fail(_) => return None,
            Effect::Renew => unreachable!("nothing to renew"),
        };
    }
}

fn ways() -> impl Strategy<Value = Way> {
    let rows = |is_strict| Just(Way::Rows { is_strict });
    let polled = prop_oneof![Just(Way::Single), Just(Way::Token), Just(Way::LastFirst)];
    prop_oneof![3 => polled, 1 => rows(true), 1 => rows(false)]
}

/// Runs a dozen times against one vendor, with trouble, and a last time in quiet.
fn nothing_is_skipped(
    (seed, way): (u64, Way),
    skew: i64,
    window: &str,
) -> Result<(), TestCaseError> {
    let connector = polled(way, window);
    let random = ChaCha8Rng::seed_from_u64(seed);
    let mut vendor = Vendor::new(BEGIN, skew, SETTLE, random);
    vendor.is_strict = matches!(way, Way::Rows { is_strict: true });
    let mut store = Store::default();
    for _ in 0..12 {
        let most = [30, 400][vendor.random.random_range(0..2)];
        vendor.pass(most);
        let Some(conclusion) = run(&connector, &mut vendor, &mut store) else {
            continue;
        };
        let watermark = conclusion
            .watermark
            .expect("a complete run states a watermark");
        let complete = watermark.micros() / 1_000_000;
        for id in vendor.orders.keys() {
            let delivered = store.delivered.get(id).copied().unwrap_or(0);
            let newest = vendor.newest(*id);
            if newest.at <= complete {
                prop_assert_eq!(delivered, newest.version, "order {} at {}", id, complete);
            }
        }
    }
    // When all is quiet, the next complete run knows everything.
    vendor.is_sound = true;
    vendor.now += SETTLE + 1;
    prop_assert!(run(&connector, &mut vendor, &mut store).is_some());
    for id in vendor.orders.keys() {
        prop_assert_eq!(
            store.delivered.get(id).copied(),
            Some(vendor.newest(*id).version)
        );
    }
    Ok(())
}

/// The clock of the vendor is as far ahead as the overlap allows, and a window ends just there.
#[test]
fn what_happens_as_a_window_ends_is_not_claimed() {
    let way = Way::Rows { is_strict: false };
    nothing_is_skipped((10_408_121_637_270_707_206, way), OVERLAP, "window: 1m").unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_complete_is_delivered_and_no_checkpoint_skips(
        seed in any::<u64>(),
        way in ways(),
        skew in -OVERLAP..=OVERLAP,
        window in prop_oneof![Just(""), Just("window: 1m"), Just("window: 3m")],
    ) {
        nothing_is_skipped((seed, way), skew, window)?;
    }

    #[test]
    fn a_window_is_followed_by_one_that_overlaps_it(
        behind in 0_i64..100_000,
        window in 42_i64..10_000,
    ) {
        let connector = polled(Way::Single, &format!("window: {}s", window.max(60)));
        let installation = installation();
        let task = task(&connector, &installation);
        let now = Timestamp::from_seconds(BEGIN);
        let mut checkpoint = Checkpoint { through: now - Span::from_seconds(behind), number: None };
        for _ in 0..4 {
            let window = super::super::Window::after(task.range(), Some(&checkpoint), None, now);
            let conclusion = window.conclusion(task.range(), Some(&checkpoint), Default::default());
            prop_assert!(conclusion.checkpoint.through >= checkpoint.through);
            if conclusion.watermark.is_none() {
                prop_assert!(conclusion.checkpoint.through > checkpoint.through);
            }
            checkpoint = conclusion.checkpoint;
        }
    }
}
