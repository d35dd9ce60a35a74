//! Facts of many orders, for those who have them in files.

use super::{Backtest, Report};
use order::{Catalogue, EntityId, EntityKind, Fact, OrderFacts, OrderId, OrderView, Record};
use std::collections::{BTreeSet, HashMap};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Orders that one thread takes at a time.
const SHARE: usize = 256;

/// Facts by order, and those of the customers and the stock that orders share.
#[derive(Debug, Default)]
pub struct History {
    orders: HashMap<OrderId, OrderFacts>,
    shared: HashMap<(EntityKind, EntityId), OrderFacts>,
    facts: u64,
}

impl History {
    /// Makes a history without facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a fact in; facts may come in any order.
    pub fn merge(&mut self, fact: Fact) {
        let known = match fact.order_id() {
            Some(order_id) => self.orders.entry(order_id.clone()).or_default(),
            None => {
                let entity = (fact.kind(), fact.entity_id().clone());
                self.shared.entry(entity).or_default()
            }
        };
        let before = known.len();
        known.merge(fact);
        self.facts += (known.len() - before) as u64;
    }

    /// How many orders there are.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// The orders, in no particular order.
    pub fn order_ids(&self) -> impl Iterator<Item = &OrderId> {
        self.orders.keys()
    }

    /// How many facts there are, the latest version of each counted once.
    #[must_use]
    pub const fn facts(&self) -> u64 {
        self.facts
    }

    /// An order joined with the customer and the stock that it names; none of which nothing is
    /// known.
    #[must_use]
    pub fn view(&self, catalogue: &Catalogue, order_id: &OrderId) -> Option<OrderView> {
        let facts = self.orders.get(order_id)?;
        let mut view = OrderView::join(catalogue, order_id.clone(), facts);
        if !self.shared.is_empty() {
            let shared: Vec<_> = links(&view, catalogue)
                .iter()
                .filter_map(|link| self.shared.get(link))
                .flatten()
                .collect();
            view.add(catalogue, shared);
        }
        Some(view)
    }
}

/// The customer and the stock that an order names.
fn links(view: &OrderView, catalogue: &Catalogue) -> BTreeSet<(EntityKind, EntityId)> {
    let named = |kind, record: &Record, of, field| {
        let slot = catalogue.slot(of, field)?;
        // A text that cannot be an id names no entity.
        Some((kind, record.get(slot).as_text()?.parse().ok()?))
    };
    let customer = named(
        EntityKind::Customer,
        view.order(),
        EntityKind::Order,
        "customer_id",
    );
    let lines = view.list(EntityKind::Line).iter();
    let stock = lines.filter_map(|line| named(EntityKind::Stock, line, EntityKind::Line, "sku"));
    stock.chain(customer).collect()
}

impl Backtest<'_> {
    /// Judges every order of a history, on as many threads as there are processors, and says
    /// what came of it. `progress` hears how many orders were judged since it was last called,
    /// from any thread.
    #[must_use]
    pub fn run(&self, history: &History, progress: &(dyn Fn(usize) + Sync)) -> Report {
        let orders: Vec<&OrderId> = history.orders.keys().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut tally = self.tally();
            loop {
                let begin = next.fetch_add(SHARE, Ordering::Relaxed);
                let Some(rest) = orders.get(begin..).filter(|rest| !rest.is_empty()) else {
                    return tally;
                };
                let share = &rest[..rest.len().min(SHARE)];
                for order_id in share {
                    if let Some(view) = history.view(self.rule_set.catalogue(), order_id) {
                        self.judge(&mut tally, &view);
                    }
                }
                progress(share.len());
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let tallies = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined
                .map(|tally| tally.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect::<Vec<_>>()
        });
        let mut sum = self.tally();
        for tally in tallies {
            sum.merge(tally);
        }
        self.report(sum)
    }
}
