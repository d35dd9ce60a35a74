//! The rules in the language of this project.

use rule_engine::{Faults, RuleSet};

use crate::condition::{Number, Part, element, joined, quoted};
use crate::rule::Rule;

/// Compiles every rule into one rule set; its rules are in the same order.
///
/// # Errors
/// Every fault.
pub fn rule_set(rules: &[Rule]) -> Result<RuleSet, Faults> {
    let documents = rules.iter().map(|rule| {
        let condition = joined(&rule.parts(), spelt, " && ");
        format!(
            "---\napiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: {}}}\n\
             spec: {{scenario: shop, severity: low, title: {{en: Rule}}, condition: '{condition}'}}\n",
            rule.name
        )
    });
    RuleSet::parse(1, &documents.collect::<String>())
}

fn spelt(part: &Part) -> String {
    match part {
        Part::Among(path, texts) => match texts.as_slice() {
            [text] => format!("{path} == \"{text}\""),
            texts => format!("{path} in [{}]", quoted(texts)),
        },
        Part::AtLeast(path, Number::Count(count)) => format!("{path} >= {count}"),
        Part::AtLeast(path, Number::Amount(amount)) => format!("{path} >= {amount}.0"),
        Part::Passed(path, limit) => {
            format!("elapsed({path}) >= duration(\"{}s\")", limit / 1_000_000)
        }
        Part::Lacks(path) => format!("!has({path})"),
        Part::Has(path) => format!("has({path})"),
        Part::Exists(list, parts) => {
            let parts = joined(parts, spelt, " && ");
            format!("{list}.exists({}, {parts})", element(list))
        }
        Part::Nowhere(list, parts) => {
            let parts = joined(parts, spelt, " && ");
            format!("!{list}.exists({}, {parts})", element(list))
        }
    }
}
