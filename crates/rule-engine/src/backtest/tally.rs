//! Counts of the orders taken in so far.

use super::measure::Confusion;
use super::report::{Case, Explained};
use super::sweep::Sweep;
use crate::{Interval, Scratch};
use order::{OrderId, Span};
use std::collections::{BTreeMap, HashSet};

/// What came of some orders. Tallies of disjoint orders add up to the tally of all.
#[derive(Debug)]
pub struct Tally {
    pub(super) orders: u64,
    /// One a target.
    pub(super) counts: Vec<Counts>,
    /// By labels, each by what it names itself.
    pub(super) total: Counts,
    /// Orders with labels that were judged.
    pub(super) labelled: HashSet<OrderId>,
    /// One a sweep, a value and a rule.
    pub(super) sweeps: Vec<Vec<Vec<Counts>>>,
    explained: usize,
    /// Memory that judging reuses.
    pub(super) scratch: Scratch,
}

/// What came of one target.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) confusion: Confusion,
    pub(super) exceptions: u64,
    /// Exceptions that an exemption silences.
    pub(super) exempt: u64,
    pub(super) orders_with: u64,
    /// Orders with an exception and without a label.
    pub(super) unlabelled: u64,
    pub(super) delays: Vec<Span>,
    pub(super) missed: Cases,
    pub(super) false_alarms: Cases,
}

/// Orders to look at, of which only the first by id are explained: which they are does not
/// depend on the order in which orders are taken in.
#[derive(Debug, Clone, Default)]
pub(super) struct Cases {
    cases: Vec<Case>,
    explained: BTreeMap<String, Vec<Explained>>,
}

impl Tally {
    pub(super) fn new(targets: usize, sweeps: &[Sweep], explained: usize) -> Self {
        let points = |sweep: &Sweep| {
            let rules = |variant: &super::sweep::Variant| variant.rule_set.rules().len();
            let variants = sweep.variants().iter();
            variants
                .map(|variant| vec![Counts::default(); rules(variant)])
                .collect()
        };
        Self {
            orders: 0,
            counts: vec![Counts::default(); targets],
            total: Counts::default(),
            labelled: HashSet::new(),
            sweeps: sweeps.iter().map(points).collect(),
            explained,
            scratch: Scratch::default(),
        }
    }

    /// How many orders were taken in.
    #[must_use]
    pub const fn orders(&self) -> u64 {
        self.orders
    }

    /// Adds a tally of other orders, made by the same backtest.
    pub fn merge(&mut self, other: Self) {
        let explained = self.explained;
        self.orders += other.orders;
        self.labelled.extend(other.labelled);
        self.total.merge(other.total, explained);
        for (own, others) in self.counts.iter_mut().zip(other.counts) {
            own.merge(others, explained);
        }
        let own = self.sweeps.iter_mut().flatten().flatten();
        let others = other.sweeps.into_iter().flatten().flatten();
        for (own, others) in own.zip(others) {
            own.merge(others, explained);
        }
    }
}

impl Counts {
    pub(super) fn take(&mut self, is_exception: Option<bool>, intervals: &[Interval]) {
        let is_found = !intervals.is_empty();
        self.exceptions += intervals.len() as u64;
        self.orders_with += u64::from(is_found);
        match is_exception {
            Some(is_exception) => self.confusion.take(is_exception, is_found),
            None => self.unlabelled += u64::from(is_found),
        }
    }

    fn merge(&mut self, other: Self, explained: usize) {
        self.confusion.add(other.confusion);
        self.exceptions += other.exceptions;
        self.exempt += other.exempt;
        self.orders_with += other.orders_with;
        self.unlabelled += other.unlabelled;
        self.delays.extend(other.delays);
        self.missed.merge(other.missed, explained);
        self.false_alarms.merge(other.false_alarms, explained);
    }
}

impl Cases {
    pub(super) fn add(
        &mut self,
        case: Case,
        limit: usize,
        explain: impl FnOnce() -> Vec<Explained>,
    ) {
        let last = self.explained.last_key_value().map(|(id, _)| id);
        if self.explained.len() < limit || last.is_some_and(|last| case.order_id < *last) {
            self.explained.insert(case.order_id.clone(), explain());
            self.shrink(limit);
        }
        self.cases.push(case);
    }

    fn merge(&mut self, other: Self, limit: usize) {
        self.cases.extend(other.cases);
        self.explained.extend(other.explained);
        self.shrink(limit);
    }

    fn shrink(&mut self, limit: usize) {
        while self.explained.len() > limit {
            self.explained.pop_last();
        }
    }

    /// The cases by order id, with what there is of explanations.
    pub(super) fn into_sorted(mut self) -> Vec<Case> {
        self.cases.sort_by(|a, b| a.order_id.cmp(&b.order_id));
        for case in &mut self.cases {
            case.explanations = self.explained.remove(&case.order_id).unwrap_or_default();
        }
        self.cases
    }
}
