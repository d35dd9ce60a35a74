//! Rules against what people know: every order of a history judged through an instant with
//! everything complete, and what the rules said held against labels.
//!
//! [`Backtest`] is made of a rule set and labels and never changes; a [`Tally`] takes the orders
//! in, one view after another, in any order and on any thread; tallies add up, and a report is
//! made of the sum. [`History`] keeps facts for those who have them in files.

mod history;
mod label;
mod listed;
mod measure;
mod report;
mod sweep;
mod tally;
mod targets;
mod truth;

use crate::judge::{Effective, judge_in};
use crate::{Interval, Language, RuleSet, Scratch};
use order::{OrderView, Timestamp};
use std::collections::BTreeSet;

pub use history::History;
pub use label::{Conflict, Label, Target};
pub use listed::Listed;
pub use measure::{Bucket, Confusion, Delays};
pub use report::{Case, Explained, Labelling, Report, Score, UnknownTarget};
pub use sweep::{Best, Curve, Place, Point, Sweep, SweepError, Swept};
pub use tally::Tally;

use tally::Counts;
use targets::Targets;
use truth::{Truth, Verdicts};

/// How a backtest is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Through which instant everything is taken as known.
    pub until: Timestamp,
    /// Language of the explanations.
    pub language: Language,
    /// Most missed and most false orders of a rule that are explained; the first by order id.
    pub explained: usize,
    /// Whether the labels are all that there is to know: an order without a label for a rule
    /// that other labels name is known to be sound.
    pub complete: bool,
    /// The rules that are reported; every rule when none.
    pub rules: Option<BTreeSet<String>>,
}

impl Options {
    /// Everything is reported and explained in English.
    #[must_use]
    pub const fn through(until: Timestamp) -> Self {
        Self {
            until,
            language: Language::English,
            explained: usize::MAX,
            complete: false,
            rules: None,
        }
    }
}

/// A rule set, labels, and variants of the rule set to compare it with.
#[derive(Debug)]
pub struct Backtest<'b> {
    rule_set: &'b RuleSet,
    targets: Targets,
    truth: Truth<'b>,
    sweeps: Vec<Sweep>,
    options: Options,
    complete: Effective,
}

impl<'b> Backtest<'b> {
    /// Holds a rule set against labels, of which there may be none.
    ///
    /// # Errors
    ///
    /// Every pair of labels of which one repeats or contradicts the other.
    pub fn new(
        rule_set: &'b RuleSet,
        labels: &'b [Label],
        options: Options,
    ) -> Result<Self, Vec<Conflict>> {
        let targets = Targets::of(rule_set, options.rules.as_ref());
        let truth = Truth::of(&targets, labels, &options)?;
        let complete = Effective {
            at: options.until,
            late: Vec::new(),
        };
        Ok(Self {
            rule_set,
            targets,
            truth,
            sweeps: Vec::new(),
            options,
            complete,
        })
    }

    /// Judges the orders by variants of the rule set as well.
    #[must_use]
    pub fn sweeping(mut self, sweeps: Vec<Sweep>) -> Self {
        self.sweeps = sweeps;
        self
    }

    /// Makes a tally without orders.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::new(self.targets.len(), &self.sweeps, self.options.explained)
    }

    /// Judges one order. Its view is joined by the catalogue of the rule set; no order may be
    /// judged twice.
    pub fn judge(&self, tally: &mut Tally, view: &OrderView) {
        let said = self.truth.of_order(view.order_id());
        let verdicts = self.truth.verdicts(&self.targets, said);
        let found = self.found(&mut tally.scratch, self.rule_set, view);
        tally.orders += 1;
        if !said.is_empty() {
            tally.labelled.insert(view.order_id().clone());
        }
        for target in self.targets.reported() {
            let counts = &mut tally.counts[target];
            self.count(counts, view, target, verdicts.of(target), &found);
        }
        self.count_labels(tally, said, &found);
        for (sweep, points) in self.sweeps.iter().zip(&mut tally.sweeps) {
            for (variant, point) in sweep.variants().iter().zip(points) {
                let found = self.found(&mut tally.scratch, &variant.rule_set, view);
                self.compare(variant, point, &found, &verdicts);
            }
        }
    }

    /// Says what came of the orders taken in.
    #[must_use]
    pub fn report(&self, tally: Tally) -> Report {
        report::report(self, tally)
    }

    /// What each rule of a rule set says, by the rule's index there.
    fn found(&self, scratch: &mut Scratch, rule_set: &RuleSet, view: &OrderView) -> Found {
        let mut found = Found {
            told: vec![Vec::new(); rule_set.rules().len()],
            exempt: Vec::new(),
        };
        let (complete, until) = (&self.complete, self.options.until);
        let judgement = judge_in(scratch, rule_set, view, |_| complete, &[], until);
        for said in judgement.spoken {
            let index = rule_set
                .rules()
                .binary_search_by(|rule| rule.name().cmp(&said.rule));
            let Ok(index) = index else { continue };
            match said.exempt {
                Some(exemption) => found.exempt.push((index, exemption)),
                None => found.told[index].push(Interval {
                    opened_at: said.opened_at,
                    cleared_at: said.cleared_at,
                }),
            }
        }
        found
    }

    fn count(
        &self,
        counts: &mut Counts,
        view: &OrderView,
        target: usize,
        verdict: Option<Verdict<'_>>,
        found: &Found,
    ) {
        let intervals = &self.targets.intervals(target, &found.told);
        let rules = self.targets.rules_of(target);
        let mut exempt = found.exempt.iter().filter(|(rule, _)| rules.contains(rule));
        counts.exempt += exempt.clone().count() as u64;
        counts.take(verdict.map(|verdict| verdict.is_exception), intervals);
        let Some(verdict) = verdict else { return };
        let label = verdict.label;
        match (verdict.is_exception, intervals.first()) {
            (true, Some(_)) => counts.delays.extend(delay(label, intervals)),
            (true, None) => {
                let at = label.and_then(|label| label.at);
                let explain = || self.explain(target, view, at.unwrap_or(self.options.until));
                let mut case = Case::missed(view.order_id(), label);
                case.exempt_by = exempt.next().map(|(_, exemption)| exemption.clone());
                counts.missed.add(case, self.options.explained, explain);
            }
            (false, Some(first)) => {
                let explain = || self.explain(target, view, first.opened_at);
                let case = Case::false_alarm(view.order_id(), label, *first);
                counts
                    .false_alarms
                    .add(case, self.options.explained, explain);
            }
            (false, None) => {}
        }
    }

    /// Counts each label once, by what it names itself.
    fn count_labels(&self, tally: &mut Tally, said: &[truth::Said<'_>], found: &Found) {
        for said in said {
            let intervals = self.targets.intervals(said.target, &found.told);
            tally.total.take(Some(said.label.is_exception), &intervals);
            if said.label.is_exception && !intervals.is_empty() {
                tally
                    .total
                    .delays
                    .extend(delay(Some(said.label), &intervals));
            }
        }
        if self.options.complete {
            let sound = self.truth.named().filter(|named| {
                let named = *named;
                said.iter().all(|said| said.target != named)
            });
            for target in sound {
                let intervals = self.targets.intervals(target, &found.told);
                tally.total.take(Some(false), &intervals);
            }
        }
    }

    fn compare(
        &self,
        variant: &sweep::Variant,
        point: &mut [Counts],
        found: &Found,
        verdicts: &Verdicts<'_>,
    ) {
        let rules = variant.rule_set.rules();
        for ((rule, intervals), counts) in rules.iter().zip(&found.told).zip(point) {
            let verdict = self
                .targets
                .rule(rule.name())
                .and_then(|target| verdicts.of(target));
            counts.take(verdict.map(|verdict| verdict.is_exception), intervals);
        }
    }

    fn explain(&self, target: usize, view: &OrderView, at: Timestamp) -> Vec<Explained> {
        let at = at.min(self.options.until);
        let rules = self.targets.rules_of(target).iter();
        rules
            .map(|index| {
                let rule = &self.rule_set.rules()[*index];
                Explained {
                    rule: rule.name().to_owned(),
                    at,
                    tree: self.rule_set.explain(rule, view, at, self.options.language),
                }
            })
            .collect()
    }
}

/// What the rules of a rule set say of an order.
struct Found {
    /// Exceptions that disturb somebody, by rule.
    told: Vec<Vec<Interval>>,
    /// Rules with an exception that is exempt, and the exemption.
    exempt: Vec<(usize, String)>,
}

/// What is known of an order and a target.
#[derive(Debug, Clone, Copy)]
struct Verdict<'b> {
    is_exception: bool,
    /// The label that says so; none where only the lack of labels does.
    label: Option<&'b Label>,
}

/// From the instant that a label names to the exception that belongs to it: the first that is
/// not over by then, else the last.
fn delay(label: Option<&Label>, intervals: &[Interval]) -> Option<order::Span> {
    let at = label?.at?;
    let lasts = |interval: &&Interval| interval.cleared_at.is_none_or(|cleared| cleared > at);
    let interval = intervals.iter().find(lasts).or(intervals.last())?;
    Some(interval.opened_at.since(at))
}
