//! Worked examples: facts about one order, and every exception that the rules must find in them.
//!
//! An operator who writes a scenario writes beside it what it must say of this order and of that.
//! [`read`] takes the documents of kind `Example` out of a text and [`Example::differences`] holds
//! a rule set against one of them, with every source complete through the example's instant.

mod attribute;
mod coverage;
mod document;

use crate::judge::{Effective, State, judge};
use crate::{ResourceFault, RuleSet};
use order::{Fact, OrderFacts, OrderId, OrderView, Span, Timestamp};
use std::fmt;

pub use coverage::{Gap, gaps};
pub use document::read;

/// What the rules must say of one order.
#[derive(Debug, Clone)]
pub struct Example {
    /// Name, unique among the examples of a scenario.
    pub name: String,
    /// What it shows, in English.
    pub description_en: String,
    /// What it shows, in Chinese.
    pub description_zh: String,
    /// The order that it is about.
    pub order_id: OrderId,
    /// Judged through this instant.
    pub until: Timestamp,
    /// All that is known.
    pub facts: Vec<Fact>,
    /// Every exception, by beginning and rule.
    pub expected: Vec<Finding>,
}

/// An exception as an example tells of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where it begins.
    pub opened_at: Timestamp,
    /// Name of the rule.
    pub rule: String,
    /// Where it ends; none while it lasts.
    pub cleared_at: Option<Timestamp>,
    /// Exemption that it falls under.
    pub exempt: Option<String>,
}

/// Where what was found differs from what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Expected, and not found.
    Missed(Finding),
    /// Found, and not expected.
    Unexpected(Finding),
    /// Found with other instants or another exemption.
    Other {
        /// What was expected.
        expected: Finding,
        /// What was found.
        found: Finding,
    },
}

impl Example {
    /// Everything in which the rule set judges the example otherwise than expected.
    ///
    /// The facts must have been read by the catalogue of the same rule set.
    #[must_use]
    pub fn differences(&self, rule_set: &RuleSet) -> Vec<Difference> {
        compare(&self.expected, &self.found(rule_set))
    }

    /// Every exception that the rule set finds, by beginning and rule.
    #[must_use]
    pub fn found(&self, rule_set: &RuleSet) -> Vec<Finding> {
        let facts: OrderFacts = self.facts.iter().cloned().collect();
        let view = OrderView::join(rule_set.catalogue(), self.order_id.clone(), &facts);
        let complete = Effective {
            at: self.until,
            late: Vec::new(),
        };
        let judgement = judge(rule_set, &view, |_| &complete, &[], self.until);
        let said = judgement.spoken.into_iter();
        let mut found: Vec<_> = said
            .filter(|said| said.state != State::Retracted)
            .map(|said| Finding {
                opened_at: said.opened_at,
                rule: said.rule,
                cleared_at: said.cleared_at,
                exempt: said.exempt,
            })
            .collect();
        found.sort_unstable();
        found
    }
}

/// Pairs what is equal, then what is of one rule in the order of time; the rest stands alone.
fn compare(expected: &[Finding], found: &[Finding]) -> Vec<Difference> {
    let mut expected: Vec<_> = expected.to_vec();
    let mut rest = Vec::new();
    for finding in found {
        match expected.iter().position(|wanted| wanted == finding) {
            Some(index) => {
                expected.remove(index);
            }
            None => rest.push(finding.clone()),
        }
    }
    let mut differences = Vec::new();
    for wanted in expected {
        match rest.iter().position(|finding| finding.rule == wanted.rule) {
            Some(index) => differences.push(Difference::Other {
                expected: wanted,
                found: rest.remove(index),
            }),
            None => differences.push(Difference::Missed(wanted)),
        }
    }
    differences.extend(rest.into_iter().map(Difference::Unexpected));
    differences
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} opened {}", self.rule, self.opened_at)?;
        match self.cleared_at {
            Some(cleared_at) => write!(formatter, ", cleared {cleared_at}")?,
            None => formatter.write_str(", open")?,
        }
        match &self.exempt {
            Some(exemption) => write!(formatter, ", exempt by {exemption}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missed(finding) => write!(formatter, "not found: {finding}"),
            Self::Unexpected(finding) => write!(formatter, "not expected: {finding}"),
            Self::Other { expected, found } => {
                write!(formatter, "expected {expected}; found {found}")?;
                let late = found.opened_at.since(expected.opened_at);
                if late > Span::ZERO {
                    write!(formatter, " ({late} later)")?;
                } else if late < Span::ZERO {
                    write!(formatter, " ({} earlier)", -late)?;
                }
                Ok(())
            }
        }
    }
}

/// A fault of an example as written.
fn fault(resource: &str, path: impl Into<String>, message: impl fmt::Display) -> ResourceFault {
    ResourceFault {
        resource: resource.to_owned(),
        path: path.into(),
        message: message.to_string(),
        expression: None,
    }
}
