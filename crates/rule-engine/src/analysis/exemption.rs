//! Exemptions that exempt everything, or nothing.

use super::prover::{may_be_false, may_be_true};
use super::warning;
use crate::exemption::Subject;
use crate::rule_set::{ResourceFault, RuleSet};

pub(super) fn warnings(rule_set: &RuleSet) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    for list in rule_set.exemptions() {
        let resource = format!("Exemption/{}", list.name);
        for (index, entry) in list.entries.iter().enumerate() {
            let Subject::Condition(condition) = &entry.subject else {
                continue;
            };
            let path = format!("spec.entries[{index}].when");
            if !may_be_true(&[&condition.expression]) {
                warnings.push(warning(
                    &resource,
                    &path,
                    "can never be true: exempts nothing",
                ));
            } else if !may_be_false(&condition.expression) {
                let everything =
                    entry.scope.rules().is_empty() && entry.scope.scenarios().is_empty();
                let of = if everything {
                    "from every rule"
                } else {
                    "in its scope"
                };
                let message = format!("is never false: exempts every order {of}");
                warnings.push(warning(&resource, &path, message));
            }
        }
    }
    warnings
}
