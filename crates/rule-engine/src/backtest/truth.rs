//! From labels to what is known of each order: a scenario is true when one of its rules is, so
//! that what is said of the one says something of the other.

use super::label::{Conflict, Label, Target};
use super::targets::Targets;
use super::{Options, Verdict};
use order::OrderId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The labels by order.
#[derive(Debug)]
pub(super) struct Truth<'b> {
    said: HashMap<&'b OrderId, Vec<Said<'b>>>,
    /// Targets that labels name.
    named: BTreeSet<usize>,
    /// Targets of which the lack of labels says something, when labels are complete.
    covered: BTreeSet<usize>,
    pub(super) given: u64,
    /// Labels of problems that had not begun by the end.
    pub(super) later: u64,
    /// Labels of rules and scenarios that the rule set does not have: all, and exceptions.
    pub(super) unknown: BTreeMap<&'b Target, (u64, u64)>,
    /// Labels of rules that are not reported.
    pub(super) unwanted: u64,
}

/// One label with its target found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'b> {
    pub(super) target: usize,
    pub(super) label: &'b Label,
    index: usize,
}

/// What is known of one order, by target.
pub(super) struct Verdicts<'b>(Vec<Option<Verdict<'b>>>);

impl<'b> Verdicts<'b> {
    pub(super) fn of(&self, target: usize) -> Option<Verdict<'b>> {
        self.0.get(target).copied().flatten()
    }
}

impl<'b> Truth<'b> {
    pub(super) fn of(
        targets: &Targets,
        labels: &'b [Label],
        options: &Options,
    ) -> Result<Self, Vec<Conflict>> {
        let mut truth = Self {
            said: HashMap::new(),
            named: BTreeSet::new(),
            covered: BTreeSet::new(),
            given: labels.len() as u64,
            later: 0,
            unknown: BTreeMap::new(),
            unwanted: 0,
        };
        for (index, label) in labels.iter().enumerate() {
            let Some(target) = targets.find(&label.target) else {
                let counts = truth.unknown.entry(&label.target).or_default();
                counts.0 += 1;
                counts.1 += u64::from(label.is_exception);
                continue;
            };
            if !targets.is_reported(target) {
                truth.unwanted += 1;
            } else if label.is_exception && label.at.is_some_and(|at| at >= options.until) {
                truth.later += 1;
            } else {
                truth.named.insert(target);
                let said = truth.said.entry(&label.order_id).or_default();
                said.push(Said {
                    target,
                    label,
                    index,
                });
            }
        }
        let mut conflicts: Vec<Conflict> = truth
            .said
            .values()
            .flat_map(|said| conflicts(targets, said))
            .collect();
        conflicts.sort_by_key(|conflict| (conflict.second, conflict.first));
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        if options.complete {
            truth.covered = covered(targets, &truth.named);
        }
        Ok(truth)
    }

    /// The labels of an order.
    pub(super) fn of_order(&self, order_id: &OrderId) -> &[Said<'b>] {
        self.said.get(order_id).map_or(&[], Vec::as_slice)
    }

    /// Orders with labels.
    pub(super) fn orders(&self) -> impl Iterator<Item = &'b OrderId> + '_ {
        self.said.keys().copied()
    }

    /// How many labels an order has.
    pub(super) fn count(&self, order_id: &OrderId) -> u64 {
        self.of_order(order_id).len() as u64
    }

    /// Targets that labels name.
    pub(super) fn named(&self) -> impl Iterator<Item = usize> + '_ {
        self.named.iter().copied()
    }

    pub(super) fn verdicts(&self, targets: &Targets, said: &[Said<'b>]) -> Verdicts<'b> {
        if said.is_empty() && self.covered.is_empty() {
            return Verdicts(Vec::new());
        }
        let mut verdicts = vec![None; targets.len()];
        for target in targets.reported() {
            verdicts[target] = known(targets, said, target).or_else(|| {
                let sound = self.covered.contains(&target) && !is_open(targets, said, target);
                sound.then_some(Verdict {
                    is_exception: false,
                    label: None,
                })
            });
        }
        Verdicts(verdicts)
    }
}

fn verdict<'b>(said: &Said<'b>) -> Verdict<'b> {
    Verdict {
        is_exception: said.label.is_exception,
        label: Some(said.label),
    }
}

/// What labels say of a target: its own, else what follows from others.
fn known<'b>(targets: &Targets, said: &[Said<'b>], target: usize) -> Option<Verdict<'b>> {
    if let Some(own) = said.iter().find(|said| said.target == target) {
        return Some(verdict(own));
    }
    match targets.scenario_of(target) {
        Some(scenario) => {
            let of_scenario = said.iter().find(|said| said.target == scenario)?;
            let alone = targets.rules_of(scenario).len() == 1;
            (alone || !of_scenario.label.is_exception).then(|| verdict(of_scenario))
        }
        None => of_rules(said, targets.rules_of(target)),
    }
}

/// One rule that is true makes a scenario true; only all that are not make it false.
fn of_rules<'b>(said: &[Said<'b>], rules: &[usize]) -> Option<Verdict<'b>> {
    let of_rules = || said.iter().filter(|said| rules.contains(&said.target));
    let true_ones = of_rules().filter(|said| said.label.is_exception);
    let first = true_ones.min_by_key(|said| (said.label.at.is_none(), said.label.at, said.index));
    if let Some(first) = first {
        return Some(verdict(first));
    }
    let all = rules
        .iter()
        .all(|rule| said.iter().any(|said| said.target == *rule));
    all.then(|| of_rules().next().map(verdict)).flatten()
}

/// Whether a rule may be the one for which its scenario is an exception.
fn is_open(targets: &Targets, said: &[Said<'_>], target: usize) -> bool {
    let scenario = targets.scenario_of(target);
    said.iter()
        .any(|said| Some(said.target) == scenario && said.label.is_exception)
}

/// What complete labels cover: what they name, and what follows from it.
fn covered(targets: &Targets, named: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut covered = named.clone();
    let scenarios = (0..targets.len()).filter(|target| targets.scenario_of(*target).is_none());
    for scenario in scenarios {
        let rules = targets.rules_of(scenario);
        if named.contains(&scenario) {
            covered.extend(rules);
        } else if rules.iter().all(|rule| named.contains(rule)) {
            covered.insert(scenario);
        }
    }
    covered
}

/// Pairs of labels of one order that cannot both stand.
fn conflicts(targets: &Targets, said: &[Said<'_>]) -> Vec<Conflict> {
    let conflict = |first: &Said<'_>, second: &Said<'_>| Conflict {
        first: first.index.min(second.index),
        second: first.index.max(second.index),
        order_id: second.label.order_id.clone(),
        target: second.label.target.clone(),
        contradicts: first.label.is_exception != second.label.is_exception,
    };
    let mut found = Vec::new();
    for (place, second) in said.iter().enumerate() {
        let mut earlier = said[..place].iter();
        if let Some(first) = earlier.find(|first| first.target == second.target) {
            found.push(conflict(first, second));
        }
        // A scenario that is no exception has no rule that is one, and one that is has one.
        if targets.scenario_of(second.target).is_some() {
            continue;
        }
        let rules = targets.rules_of(second.target);
        match of_rules(said, rules) {
            Some(of_rules) if of_rules.is_exception != second.label.is_exception => {
                let label = of_rules.label.map(std::ptr::from_ref);
                let first = said
                    .iter()
                    .find(|said| Some(std::ptr::from_ref(said.label)) == label);
                found.extend(first.map(|first| conflict(first, second)));
            }
            _ => {}
        }
    }
    found
}
