//! What can be told of a rule set without any order: whatever is said here is certain.

use crate::rule_set::spec::ThresholdSpec;
use crate::rule_set::{ResourceFault, RuleSet};
use order::{Systems, Timestamp};
use std::collections::BTreeMap;

mod clock;
mod cube;
mod domain;
mod exemption;
mod key;
mod outdated;
mod prover;
mod reference;
mod rule;
mod table;
mod usage;

/// Everything worth knowing that does not depend on the time.
pub(crate) fn warnings(
    rule_set: &RuleSet,
    thresholds: &BTreeMap<String, ThresholdSpec>,
) -> Vec<ResourceFault> {
    let mut warnings = rule::warnings(rule_set);
    warnings.extend(table::warnings(rule_set, thresholds));
    warnings.extend(exemption::warnings(rule_set));
    warnings.extend(reference::warnings(rule_set));
    warnings.extend(usage::warnings(rule_set));
    warnings
}

/// Where rules read a system that nothing feeds.
pub(crate) fn unfed(rule_set: &RuleSet, fed: Systems) -> Vec<ResourceFault> {
    let rules = rule_set.rules().iter();
    rules.flat_map(|rule| rule::unfed(rule, fed)).collect()
}

pub(crate) fn outdated(rule_set: &RuleSet, now: Timestamp) -> Vec<ResourceFault> {
    outdated::warnings(rule_set, now)
}

fn warning(resource: &str, path: &str, message: impl Into<String>) -> ResourceFault {
    ResourceFault {
        resource: resource.to_owned(),
        path: path.to_owned(),
        message: message.into(),
        expression: None,
    }
}
