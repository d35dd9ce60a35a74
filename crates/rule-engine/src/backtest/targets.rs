//! What is scored: every rule, then every scenario, each by its index.

use super::label::Target;
use crate::{Interval, RuleSet};
use std::collections::{BTreeMap, BTreeSet};

/// The rules and scenarios of a rule set.
#[derive(Debug)]
pub(super) struct Targets {
    /// Names of the rules, sorted.
    rules: Vec<String>,
    /// Scenarios with the indices of their rules, sorted by name.
    scenarios: Vec<(String, Vec<usize>)>,
    /// Each rule by itself, as the rules of its target.
    alone: Vec<[usize; 1]>,
    /// Each rule's scenario, as a target.
    scenario_of: Vec<usize>,
    reported: Vec<bool>,
}

impl Targets {
    pub(super) fn of(rule_set: &RuleSet, only: Option<&BTreeSet<String>>) -> Self {
        let mut scenarios: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, rule) in rule_set.rules().iter().enumerate() {
            scenarios.entry(rule.scenario()).or_default().push(index);
        }
        let count = rule_set.rules().len();
        let mut scenario_of = vec![0; count];
        let wanted =
            |index: &usize| only.is_none_or(|only| only.contains(rule_set.rules()[*index].name()));
        let mut reported: Vec<bool> = (0..count).map(|index| wanted(&index)).collect();
        for (place, rules) in scenarios.values().enumerate() {
            reported.push(rules.iter().any(wanted));
            for rule in rules {
                scenario_of[*rule] = count + place;
            }
        }
        Self {
            rules: rule_set
                .rules()
                .iter()
                .map(|rule| rule.name().to_owned())
                .collect(),
            scenarios: scenarios
                .into_iter()
                .map(|(name, rules)| (name.to_owned(), rules))
                .collect(),
            alone: (0..count).map(|index| [index]).collect(),
            scenario_of,
            reported,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.reported.len()
    }

    /// The targets that are reported, rules first.
    pub(super) fn reported(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|target| self.reported[*target])
    }

    pub(super) fn is_reported(&self, target: usize) -> bool {
        self.reported[target]
    }

    pub(super) fn find(&self, target: &Target) -> Option<usize> {
        match target {
            Target::Rule(name) => self.rule(name),
            Target::Scenario(name) => self
                .scenarios
                .binary_search_by(|(known, _)| known.cmp(name))
                .ok()
                .map(|place| self.rules.len() + place),
        }
    }

    pub(super) fn rule(&self, name: &str) -> Option<usize> {
        self.rules
            .binary_search_by(|known| known.as_str().cmp(name))
            .ok()
    }

    /// Name of the scenario, when the target is one.
    pub(super) fn scenario_name(&self, target: usize) -> Option<&str> {
        let place = target.checked_sub(self.rules.len())?;
        self.scenarios.get(place).map(|(name, _)| name.as_str())
    }

    /// Every name that a label could use.
    pub(super) fn names<'t>(&'t self, like: &Target) -> Box<dyn Iterator<Item = &'t str> + 't> {
        match like {
            Target::Rule(_) => Box::new(self.rules.iter().map(String::as_str)),
            Target::Scenario(_) => Box::new(self.scenarios.iter().map(|(name, _)| name.as_str())),
        }
    }

    /// The rules that a target stands for, by index.
    pub(super) fn rules_of(&self, target: usize) -> &[usize] {
        match target.checked_sub(self.rules.len()) {
            None => &self.alone[target],
            Some(place) => &self.scenarios[place].1,
        }
    }

    /// The scenario of a rule, as a target; none for a scenario itself.
    pub(super) fn scenario_of(&self, target: usize) -> Option<usize> {
        self.scenario_of.get(target).copied()
    }

    /// The intervals of a target by their beginnings, from those of each rule.
    pub(super) fn intervals(&self, target: usize, found: &[Vec<Interval>]) -> Vec<Interval> {
        let rules = self.rules_of(target).iter();
        let mut intervals: Vec<Interval> = rules.flat_map(|rule| found[*rule].clone()).collect();
        intervals.sort_unstable();
        intervals
    }
}
