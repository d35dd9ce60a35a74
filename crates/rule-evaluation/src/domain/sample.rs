//! Labelled orders, and how a rule set scores on them.

mod outcome;

use std::collections::BTreeMap;

use rule_engine::{Rule, RuleSet, Spoken, State};

pub use outcome::{Case, Outcome, Wrong};

/// What a label speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One rule.
    Rule(String),
    /// Any rule of a scenario.
    Scenario(String),
}

/// What somebody says of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The order.
    pub order_id: String,
    /// Rule or scenario.
    pub subject: Subject,
    /// Whether there is something to find.
    pub is_exception: bool,
    /// What to remember beside it.
    pub note: String,
}

/// How often what was found was right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Found, and there.
    pub true_positives: i32,
    /// Found, and not there.
    pub false_positives: i32,
    /// Not found, and there.
    pub false_negatives: i32,
    /// Not found, and not there.
    pub true_negatives: i32,
}

/// Scores by what the labels speak of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scores {
    /// Over all labels.
    pub total: Score,
    /// By rule and scenario.
    pub by_subject: BTreeMap<Subject, Score>,
}

impl Subject {
    /// Takes the one of rule and scenario that is not empty; none if not exactly one is.
    #[must_use]
    pub fn of(rule: &str, scenario: &str) -> Option<Self> {
        match (rule, scenario) {
            ("", "") => None,
            (rule, "") => Some(Self::Rule(rule.to_owned())),
            ("", scenario) => Some(Self::Scenario(scenario.to_owned())),
            _ => None,
        }
    }

    /// Returns the rule, or an empty text.
    #[must_use]
    pub fn rule(&self) -> &str {
        match self {
            Self::Rule(rule) => rule,
            Self::Scenario(_) => "",
        }
    }

    /// Returns the scenario, or an empty text.
    #[must_use]
    pub fn scenario(&self) -> &str {
        match self {
            Self::Rule(_) => "",
            Self::Scenario(scenario) => scenario,
        }
    }

    /// Returns whether it speaks of a rule.
    #[must_use]
    pub fn covers(&self, rule: &Rule) -> bool {
        match self {
            Self::Rule(name) => rule.name() == name,
            Self::Scenario(scenario) => rule.scenario() == scenario,
        }
    }

    /// Returns whether it counts where only some rules do: when it speaks of one of them,
    /// or of a scenario that one of them belongs to. Without any, all do.
    #[must_use]
    pub fn counts(&self, rule_set: &RuleSet, rules: &[String]) -> bool {
        let mut known = rules.iter().filter_map(|rule| rule_set.rule(rule));
        rules.is_empty() || known.any(|rule| self.covers(rule))
    }

    /// Returns whether exceptions that an order has are what the subject looks for, among
    /// those of some rules, or of all. One that is exempt tickets nobody and so is not
    /// found; one of a rule in shadow is found when the rule itself is asked for.
    #[must_use]
    pub fn is_found(&self, rule_set: &RuleSet, spoken: &[Spoken], rules: &[String]) -> bool {
        spoken
            .iter()
            .filter(|said| said.state != State::Retracted && said.exempt.is_none())
            .filter(|said| !said.shadow || self.rule() == said.rule)
            .filter(|said| rules.is_empty() || rules.contains(&said.rule))
            .filter_map(|said| rule_set.rule(&said.rule))
            .any(|rule| self.covers(rule))
    }
}

impl Score {
    /// Counts one label.
    pub const fn count(&mut self, is_exception: bool, is_found: bool) {
        match (is_exception, is_found) {
            (true, true) => self.true_positives += 1,
            (false, true) => self.false_positives += 1,
            (true, false) => self.false_negatives += 1,
            (false, false) => self.true_negatives += 1,
        }
    }

    /// The share of what is there among what was found.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.false_positives)
    }

    /// The share of what was found among what is there.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.false_negatives)
    }
}

impl Scores {
    /// Counts one label.
    pub fn count(&mut self, label: &Label, is_found: bool) {
        self.total.count(label.is_exception, is_found);
        self.by_subject
            .entry(label.subject.clone())
            .or_default()
            .count(label.is_exception, is_found);
    }
}

fn share(right: i32, wrong: i32) -> Option<f64> {
    (right + wrong > 0).then(|| f64::from(right) / f64::from(right + wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_by_what_they_speak_of() {
        let mut scores = Scores::default();
        for (is_exception, is_found) in [(true, true), (true, true), (true, false), (false, true)] {
            let label = Label {
                order_id: "o-1".to_owned(),
                subject: Subject::Rule("late".to_owned()),
                is_exception,
                note: String::new(),
            };
            scores.count(&label, is_found);
        }
        assert_eq!(scores.total.precision(), Some(2.0 / 3.0));
        assert_eq!(scores.total.recall(), Some(2.0 / 3.0));
        assert_eq!(
            scores.by_subject[&Subject::Rule("late".to_owned())],
            scores.total
        );
        assert_eq!(Score::default().precision(), None);
    }

    #[test]
    fn a_label_speaks_of_a_rule_or_of_a_scenario() {
        assert_eq!(Subject::of("a", ""), Some(Subject::Rule("a".to_owned())));
        assert_eq!(
            Subject::of("", "b"),
            Some(Subject::Scenario("b".to_owned()))
        );
        assert_eq!(Subject::of("a", "b"), None);
        assert_eq!(Subject::of("", ""), None);
    }
}
