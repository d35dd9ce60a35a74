//! Conditions that can never be true, or never be false.

use super::key::key;
use super::prover::{is_total, may_be_false, may_be_true};
use crate::Fault;
use crate::expression::{Act, Expression};
use crate::rule_set::{ResourceFault, Rule, RuleSet};
use order::Systems;
use std::collections::HashMap;

pub(super) fn warnings(rule_set: &RuleSet) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    let mut first_of: HashMap<String, &str> = HashMap::new();
    for rule in rule_set.rules() {
        let (_, condition) = rule.compiled();
        let place = Place::of(rule);
        warnings.extend(of_condition(&place, condition));
        match first_of.get(key(condition).as_str()) {
            Some(first) => {
                let message = format!("says the same as the rule `{first}`");
                warnings.push(super::warning(&place.resource, &place.path, message));
            }
            None => {
                first_of.insert(key(condition), rule.name());
            }
        }
    }
    warnings
}

/// Where a rule first reads each system that nothing feeds.
pub(super) fn unfed(rule: &Rule, fed: Systems) -> Vec<ResourceFault> {
    let place = Place::of(rule);
    let missing = rule.reads().missing(fed).into_iter();
    let told = missing.map(|(system, at)| {
        let system = system.as_str();
        let message = format!(
            "reads {system}, which no configured source feeds: the rule will wait, and then see \
             nothing"
        );
        place.tell_at(at, message)
    });
    told.collect()
}

/// Where a condition stands, with its text.
pub(super) struct Place<'p> {
    pub(super) resource: String,
    pub(super) path: String,
    pub(super) text: &'p str,
}

impl<'p> Place<'p> {
    fn of(rule: &'p Rule) -> Self {
        let path = match rule.visual() {
            Some(_) => "spec.visual",
            None => "spec.condition",
        };
        Self {
            resource: format!("Rule/{}", rule.name()),
            path: path.to_owned(),
            text: rule.condition(),
        }
    }

    fn tell(&self, at: &Expression, message: impl Into<String>) -> ResourceFault {
        self.tell_at(at.text.start, message)
    }

    fn tell_at(&self, at: usize, message: impl Into<String>) -> ResourceFault {
        let fault = Fault::at(self.text, at, message);
        ResourceFault {
            resource: self.resource.clone(),
            path: self.path.clone(),
            message: fault.to_string(),
            expression: Some(fault),
        }
    }

    fn quote(&self, part: &Expression) -> String {
        let written = self.text.get(part.text.clone()).unwrap_or_default();
        written.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// What is certain of a whole condition, or else of its parts.
pub(super) fn of_condition(place: &Place<'_>, condition: &Expression) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    if !may_be_true(&[condition]) {
        let (at, because) = culprit(place, condition);
        warnings.push(place.tell(at, format!("can never be true{because}")));
    } else if !may_be_false(condition) {
        let message = if is_total(condition) {
            "is always true"
        } else {
            "is never false: true of every order of which it knows what it reads"
        };
        warnings.push(place.tell(condition, message));
    } else {
        of_parts(place, condition, &mut warnings);
    }
    warnings
}

/// The parts that decide nothing, the outermost only.
fn of_parts(place: &Place<'_>, condition: &Expression, warnings: &mut Vec<ResourceFault>) {
    let parts: Vec<&Expression> = match &condition.act {
        Act::And(parts) | Act::Or(parts) => parts.iter().collect(),
        Act::Not(part) => vec![part],
        Act::If(parts) => vec![&parts[0]],
        Act::Quantify(_, each) => vec![&each.body],
        _ => Vec::new(),
    };
    for part in parts {
        if matches!(part.act, Act::Constant(_)) {
            continue;
        }
        let quoted = || place.quote(part);
        if !may_be_true(&[part]) {
            let (at, because) = culprit(place, part);
            warnings.push(place.tell(at, format!("`{}` can never be true{because}", quoted())));
        } else if !may_be_false(part) {
            warnings.push(place.tell(part, format!("`{}` is never false", quoted())));
        } else {
            of_parts(place, part, warnings);
        }
    }
}

/// Where a condition that cannot be true breaks, and with what.
fn culprit<'c>(place: &Place<'_>, condition: &'c Expression) -> (&'c Expression, String) {
    let Act::And(parts) = &condition.act else {
        return (condition, String::new());
    };
    let mut before: Vec<&Expression> = Vec::new();
    for part in parts {
        if !may_be_true(&[part]) {
            return culprit(place, part);
        }
        let other = before.iter().find(|other| !may_be_true(&[other, part]));
        if let Some(other) = other {
            return (part, format!(" together with `{}`", place.quote(other)));
        }
        before.push(part);
        if !may_be_true(&before) {
            return (part, " together with what stands before it".to_owned());
        }
    }
    (condition, String::new())
}
