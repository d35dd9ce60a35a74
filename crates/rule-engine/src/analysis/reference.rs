//! Names that lead nowhere.

use super::warning;
use crate::rule_set::{ResourceFault, RuleSet};

pub(super) fn warnings(rule_set: &RuleSet) -> Vec<ResourceFault> {
    let mut warnings = scenarios(rule_set);
    warnings.extend(scopes(rule_set));
    warnings
}

fn scenarios(rule_set: &RuleSet) -> Vec<ResourceFault> {
    let declared = |name: &str| rule_set.scenarios().iter().any(|known| known.name == name);
    let undeclared = rule_set
        .rules()
        .iter()
        .filter(|rule| !declared(rule.scenario()));
    let warn = |rule: &crate::Rule| {
        let message = format!("there is no Scenario `{}`", rule.scenario());
        warning(&format!("Rule/{}", rule.name()), "spec.scenario", message)
    };
    undeclared.map(warn).collect()
}

/// Scopes of exemptions that name what is not there, each scope once.
fn scopes(rule_set: &RuleSet) -> Vec<ResourceFault> {
    let is_rule = |name: &str| rule_set.rule(name).is_some();
    let is_scenario = |name: &str| rule_set.rules().iter().any(|rule| rule.scenario() == name);
    let mut warnings = Vec::new();
    for exemption in rule_set.exemptions() {
        let mut seen: Vec<*const crate::Scope> = Vec::new();
        for (index, entry) in exemption.entries.iter().enumerate() {
            let scope = std::sync::Arc::as_ptr(&entry.scope);
            if seen.contains(&scope) {
                continue;
            }
            seen.push(scope);
            let mut tell = |what: &str, name: &String| {
                let resource = format!("Exemption/{}", exemption.name);
                let path = format!("spec.entries[{index}]");
                let message = format!("its scope names the {what} `{name}`, which is not there");
                warnings.push(warning(&resource, &path, message));
            };
            let rules = entry.scope.rules().iter();
            rules
                .filter(|name| !is_rule(name))
                .for_each(|name| tell("rule", name));
            let scenarios = entry.scope.scenarios().iter();
            scenarios
                .filter(|name| !is_scenario(name))
                .for_each(|name| tell("scenario", name));
        }
    }
    warnings
}
