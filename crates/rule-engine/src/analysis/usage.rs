//! Tables and calendars that nothing reads.

use super::warning;
use crate::exemption::Subject;
use crate::rule_set::{ResourceFault, RuleSet};

pub(super) fn warnings(rule_set: &RuleSet) -> Vec<ResourceFault> {
    let texts = texts(rule_set);
    // Both are named by literal texts only, so what stands nowhere in quotes is not named.
    let is_named = |name: &str| {
        let quoted = [format!("\"{name}\""), format!("'{name}'")];
        texts
            .iter()
            .any(|text| quoted.iter().any(|quoted| text.contains(quoted)))
    };
    let mut warnings = Vec::new();
    for threshold in rule_set.thresholds() {
        if !is_named(&threshold.name) {
            let resource = format!("Threshold/{}", threshold.name);
            warnings.push(warning(&resource, "metadata.name", "no rule reads it"));
        }
    }
    for (name, _) in rule_set.calendars() {
        if !is_named(name) {
            let message = "no rule or threshold counts by it";
            warnings.push(warning(
                &format!("Calendar/{name}"),
                "metadata.name",
                message,
            ));
        }
    }
    warnings
}

/// Every text in CEL.
fn texts(rule_set: &RuleSet) -> Vec<&str> {
    let mut texts: Vec<&str> = rule_set
        .rules()
        .iter()
        .map(|rule| rule.condition())
        .collect();
    for list in rule_set.exemptions() {
        for entry in &list.entries {
            if let Subject::Condition(condition) = &entry.subject {
                texts.push(condition.text());
            }
        }
    }
    for declared in rule_set.tables().values() {
        for row in &declared.threshold.rows {
            texts.extend(row.sources.iter().map(String::as_str));
            texts.push(&row.value_source);
        }
    }
    texts
}
