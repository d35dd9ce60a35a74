//! Scenarios and publish gates.

use crate::rule_set::fault::Faults;
use crate::rule_set::resource::Resources;
use crate::rule_set::scenario::{PublishGate, Scenario, Text};
use crate::rule_set::spec::{InTwoLanguages, ScenarioSpec};
use std::collections::BTreeMap;

pub(super) fn scenarios(specs: BTreeMap<String, ScenarioSpec>) -> Vec<Scenario> {
    let scenario = |(name, spec): (String, ScenarioSpec)| {
        let (customer, internal) = spec
            .texts
            .map_or((None, None), |texts| (texts.customer, texts.internal));
        Scenario {
            name,
            title: text(spec.title),
            description: spec.description.map(text),
            department: spec.department,
            sop: spec.sop,
            customer_text: customer.map(text),
            internal_text: internal.map(text),
        }
    };
    specs.into_iter().map(scenario).collect()
}

fn text(spec: InTwoLanguages) -> Text {
    Text {
        en: spec.en,
        zh: spec.zh,
    }
}

pub(super) fn publish_gates(resources: &Resources, faults: &mut Faults) -> Vec<PublishGate> {
    let mut gates = Vec::with_capacity(resources.publish_gates.len());
    for (name, spec) in &resources.publish_gates {
        let resource = format!("Gate/{name}");
        if spec.sample.trim().is_empty() {
            faults.add(&resource, "spec.sample", "name the stored sample");
        }
        for (index, rule) in spec.rules.iter().enumerate() {
            if !resources.rules.contains_key(rule) {
                let path = format!("spec.rules[{index}]");
                faults.add_unknown(&resource, &path, "rule", rule, resources.rules.keys());
            }
        }
        gates.push(PublishGate {
            name: name.clone(),
            sample: spec.sample.clone(),
            max_missed: spec.max_missed,
            max_false: spec.max_false,
            rules: spec.rules.clone(),
        });
    }
    gates
}
