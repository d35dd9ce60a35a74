//! Whether examples show what a rule must be seen to do.

use super::Example;
use crate::RuleSet;
use std::fmt;

/// Fewest examples that show a rule set at work.
const FEWEST: usize = 4;

/// What no example shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// There are fewer than four examples.
    TooFew(usize),
    /// None expects an exception of the rule.
    NeverOpens(String),
    /// None expects an exception of the rule that ends.
    NeverClears(String),
    /// None ends at the very instant at which the rule opens in another, and expects none yet.
    NotJustBefore(String),
    /// None expects nothing at all.
    NeverSilent,
    /// An example expects a rule that is not there.
    NoSuchRule {
        /// The example.
        example: String,
        /// The rule.
        rule: String,
    },
}

/// Everything that the examples of a rule set leave unseen.
#[must_use]
pub fn gaps(rule_set: &RuleSet, examples: &[Example]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if examples.len() < FEWEST {
        gaps.push(Gap::TooFew(examples.len()));
    }
    for rule in rule_set.rules() {
        let name = rule.name();
        let findings: Vec<_> = examples
            .iter()
            .flat_map(|example| &example.expected)
            .filter(|finding| finding.rule == name)
            .collect();
        if findings.is_empty() {
            gaps.push(Gap::NeverOpens(name.to_owned()));
            continue;
        }
        if findings.iter().all(|finding| finding.cleared_at.is_none()) {
            gaps.push(Gap::NeverClears(name.to_owned()));
        }
        let just_before = |example: &&Example| {
            let opens = findings.iter().any(|f| f.opened_at == example.until);
            opens && example.expected.iter().all(|f| f.rule != name)
        };
        if examples.iter().find(just_before).is_none() {
            gaps.push(Gap::NotJustBefore(name.to_owned()));
        }
    }
    if examples.iter().all(|example| !example.expected.is_empty()) {
        gaps.push(Gap::NeverSilent);
    }
    for example in examples {
        let unknown = example
            .expected
            .iter()
            .filter(|finding| rule_set.rule(&finding.rule).is_none());
        gaps.extend(unknown.map(|finding| Gap::NoSuchRule {
            example: example.name.clone(),
            rule: finding.rule.clone(),
        }));
    }
    gaps
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew(count) => {
                write!(
                    formatter,
                    "there are {count} examples, at least {FEWEST} are needed"
                )
            }
            Self::NeverOpens(rule) => {
                write!(formatter, "no example expects an exception of {rule}")
            }
            Self::NeverClears(rule) => {
                write!(
                    formatter,
                    "no example expects an exception of {rule} that is cleared"
                )
            }
            Self::NotJustBefore(rule) => write!(
                formatter,
                "no example has `until` at the very instant at which {rule} opens in another, \
                 and does not expect it yet"
            ),
            Self::NeverSilent => formatter.write_str("no example expects nothing at all"),
            Self::NoSuchRule { example, rule } => {
                write!(
                    formatter,
                    "example {example} expects {rule}, which is no rule of the scenario"
                )
            }
        }
    }
}
