//! The thread that judges: of low priority, and aside while live orders are judged.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use contracts::facts::SealedFact;
use order::{OrderFacts, OrderView};
use rule_engine::{Scratch, Spoken};
use service::database::Database;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{Plan, Progress, TOLD_EVERY};
use crate::domain::circumstances::Circumstances;
use crate::domain::impact::{Impact, Judged, Sides};
use crate::domain::order_state::{Link, OrderState};
use crate::error::Error;
use crate::judgement;
use crate::live::Live;
use crate::store::{encoding, states};

/// How much less of the processors it gets than others who want them, as by `nice`.
const NICE: i32 = 10;
/// How long a chunk waits for live judgements to end, and then goes on all the same.
const ASIDE: Duration = Duration::from_millis(20);
/// How often it looks whether they have ended.
const LOOK: Duration = Duration::from_micros(500);
/// Shared entities kept for the orders to come.
const MOST_SHARED: usize = 100_000;

/// All that judging needs.
pub(super) struct Judging {
    pub(super) plan: Plan,
    pub(super) circumstances: Circumstances,
    pub(super) database: Database,
    pub(super) live: Live,
    pub(super) examples: usize,
}

type Shared = HashMap<Link, Option<OrderFacts<SealedFact>>>;

/// What is kept from order to order.
#[derive(Default)]
struct Ahead {
    shared: Shared,
    scratch: Scratch,
}

impl Judging {
    /// Starts the thread; it ends when no more states come, or nobody listens.
    pub(super) fn start(
        self,
        states: mpsc::Receiver<Vec<states::Row>>,
        of_orders: i64,
        told: mpsc::Sender<Progress>,
    ) -> oneshot::Receiver<Result<Impact, Error>> {
        let (done, judged) = oneshot::channel();
        let runtime = Handle::current();
        std::thread::spawn(move || {
            // Where the system does not allow it, it goes on as everybody.
            let _ = rustix::process::nice(NICE);
            let _ = done.send(self.judge(states, of_orders, &told, &runtime));
        });
        judged
    }

    fn judge(
        &self,
        mut states: mpsc::Receiver<Vec<states::Row>>,
        of_orders: i64,
        told: &mpsc::Sender<Progress>,
        runtime: &Handle,
    ) -> Result<Impact, Error> {
        let mut impact = Impact::default();
        let mut ahead = Ahead::default();
        let mut last = Instant::now();
        while let Some(rows) = states.blocking_recv() {
            if told.is_closed() {
                break;
            }
            self.step_aside();
            self.judge_chunk(rows, &mut ahead, &mut impact, runtime)?;
            if last.elapsed() >= TOLD_EVERY {
                last = Instant::now();
                // Whoever is slow to listen hears less often.
                let _ = told.try_send(Progress {
                    of_orders: of_orders.max(impact.orders),
                    impact: impact.clone(),
                });
            }
        }
        Ok(impact)
    }

    /// Waits while live orders are judged, but not for long.
    fn step_aside(&self) {
        let since = Instant::now();
        while self.live.is_busy() && since.elapsed() < ASIDE {
            std::thread::sleep(LOOK);
        }
    }

    fn judge_chunk(
        &self,
        rows: Vec<states::Row>,
        ahead: &mut Ahead,
        impact: &mut Impact,
        runtime: &Handle,
    ) -> Result<(), Error> {
        let catalogue = self.circumstances.rule_set().catalogue();
        let mut orders: Vec<(OrderState, OrderView)> = Vec::with_capacity(rows.len());
        for row in rows {
            let Ok(mut order) = encoding::decode_state(row) else {
                impact.unreadable += 1;
                continue;
            };
            let view = order.view(catalogue);
            order.take_new_links(&view, catalogue, |kind| self.circumstances.reads(kind));
            orders.push((order, view));
        }
        self.fetch(&orders, &mut ahead.shared, runtime)?;
        for (order, mut view) in orders {
            let linked = order
                .links()
                .iter()
                .filter_map(|link| ahead.shared.get(link)?.as_ref());
            view.add(catalogue, linked.flatten());
            self.judge_order(&order, &view, &mut ahead.scratch, impact);
        }
        Ok(())
    }

    /// Fetches what orders share with others and is not here yet.
    fn fetch(
        &self,
        orders: &[(OrderState, OrderView)],
        shared: &mut Shared,
        runtime: &Handle,
    ) -> Result<(), Error> {
        if shared.len() > MOST_SHARED {
            shared.clear();
        }
        let links = orders.iter().flat_map(|(order, _)| order.links());
        let missing: Vec<Link> = links
            .filter(|link| !shared.contains_key(link))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut found = runtime.block_on(async {
            let mut conn = self.database.pool().acquire().await?;
            judgement::shared_facts(&mut conn, missing.iter()).await
        })?;
        for link in missing {
            let facts = found.remove(&link);
            shared.entry(link).or_insert(facts);
        }
        Ok(())
    }

    fn judge_order(
        &self,
        order: &OrderState,
        view: &OrderView,
        scratch: &mut Scratch,
        impact: &mut Impact,
    ) {
        let rule_set = self.circumstances.rule_set();
        let is_judged = |rule: &str| self.plan.judges(rule);
        let said: Vec<Spoken>;
        let concerned = if order.spoken().iter().all(|said| is_judged(&said.rule)) {
            order.spoken()
        } else {
            let concerned = order.spoken().iter().filter(|said| is_judged(&said.rule));
            said = concerned.cloned().collect();
            &said
        };
        let now = self.circumstances.now();
        let judgement = rule_engine::judge_in(
            scratch,
            rule_set,
            view,
            |gate| self.circumstances.effective(gate),
            concerned,
            now,
        );
        let sides = Sides {
            in_force: &self.plan.in_force,
            candidate: &self.plan.candidate.rule_set,
            is_judged: &is_judged,
            examples: self.examples,
        };
        let judged = Judged {
            view,
            spoken: order.spoken(),
            waits: order.has_timers(),
            judgement: &judgement,
        };
        impact.add(&sides, &judged, now);
    }
}
