//! Rules, checked and compiled.

use crate::check::{self, World};
use crate::rule_set::Rule;
use crate::rule_set::fault::Faults;
use crate::rule_set::spec::RuleSpec;
use crate::visual;
use std::collections::BTreeMap;

pub(super) fn rules(
    specs: &BTreeMap<String, RuleSpec>,
    world: &World<'_>,
    faults: &mut Faults,
) -> Vec<Rule> {
    let mut rules = Vec::with_capacity(specs.len());
    for (name, spec) in specs {
        let resource = format!("Rule/{name}");
        let Some((path, text)) = condition(&resource, spec, world, faults) else {
            continue;
        };
        match check::condition(world, &text) {
            Ok(condition) => rules.push(Rule {
                name: name.clone(),
                scenario: spec.scenario.clone(),
                severity: spec.severity,
                mode: spec.mode,
                title_en: spec.title.en.clone(),
                title_zh: spec.title.zh.clone(),
                text,
                visual: spec.visual.clone(),
                gate: condition.reads.systems(),
                reads: condition.reads,
                condition: condition.expression,
            }),
            Err(errors) => faults.add_expression(&resource, path, errors),
        }
    }
    rules
}

/// The text of a rule's condition, and the path that it comes from.
fn condition(
    resource: &str,
    spec: &RuleSpec,
    world: &World<'_>,
    faults: &mut Faults,
) -> Option<(&'static str, String)> {
    let message = match (&spec.condition, &spec.visual) {
        (Some(condition), None) => return Some(("spec.condition", condition.clone())),
        (None, Some(tree)) => match visual::compile(tree, world.catalogue) {
            Ok(text) => return Some(("spec.visual", text)),
            Err(errors) => {
                for error in errors {
                    let path = match error.path.as_str() {
                        "" => "spec.visual".to_owned(),
                        inner => format!("spec.visual.{inner}"),
                    };
                    let told = error.to_string();
                    let message = told
                        .split_once(": ")
                        .map_or(told.as_str(), |(_, clause)| clause);
                    faults.add(resource, &path, message);
                }
                return None;
            }
        },
        (Some(_), Some(_)) => "has a condition and a visual tree: keep one",
        (None, None) => "has no condition: write condition or visual",
    };
    faults.add(resource, "spec", message);
    None
}
