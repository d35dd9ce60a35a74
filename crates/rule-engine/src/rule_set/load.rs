//! From documents to a rule set, or to every fault in them.

mod catalogue;
mod exemption;
mod rule;
mod scenario;
mod threshold;

use super::fault::Faults;
use super::resource::Resources;
use super::{Events, RuleSet};
use crate::check::World;
use crate::exemption::Exemptions;
use crate::program::Program;
use calendar::Calendar;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

impl RuleSet {
    /// Reads documents, in YAML or JSON, of the kinds Rule, Threshold, Exemption, Scenario, Gate,
    /// Calendar and FieldCatalogue as one whole rule set.
    ///
    /// # Errors
    ///
    /// Every fault of every document, with its path, and its place in an expression.
    pub fn parse(number: i64, text: &str) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let resources = Resources::read(text, &mut faults);
        let catalogue = catalogue::catalogue(&resources.catalogues, &mut faults);
        let calendars = calendars(&resources, &mut faults);
        let plain = World {
            catalogue: &catalogue,
            calendars: &calendars,
            thresholds: None,
            patterns: Cell::new(0),
        };
        let thresholds = threshold::declare_all(&resources.thresholds, &plain, &mut faults);
        let world = World {
            thresholds: Some(&thresholds),
            ..plain
        };
        let rules = rule::rules(&resources.rules, &world, &mut faults);
        let listed = exemption::exemptions(&resources, &world, &mut faults);
        let publish_gates = scenario::publish_gates(&resources, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let content = serde_json::to_vec(&resources).unwrap_or_default();
        let digest = hex::encode(Sha256::digest(content));
        let events = Events::of(&catalogue);
        let program = Program::new(rules.iter().map(|rule| &rule.condition));
        let exemptions = Exemptions::new(listed, &catalogue);
        let mut rule_set = Self {
            number,
            digest,
            rules,
            program,
            events,
            thresholds: threshold::listed(&resources.thresholds),
            tables: thresholds,
            exemptions,
            scenarios: scenario::scenarios(resources.scenarios),
            publish_gates,
            calendars,
            catalogue,
            warnings: Vec::new(),
        };
        rule_set.warnings = crate::analysis::warnings(&rule_set, &resources.thresholds);
        Ok(rule_set)
    }
}

fn calendars(resources: &Resources, faults: &mut Faults) -> BTreeMap<String, Arc<Calendar>> {
    let mut calendars = BTreeMap::new();
    for (name, spec) in &resources.calendars {
        match spec.build() {
            Ok(calendar) => {
                calendars.insert(name.clone(), Arc::new(calendar));
            }
            Err(errors) => {
                for error in errors {
                    faults.add(&format!("Calendar/{name}"), "spec", error);
                }
            }
        }
    }
    calendars
}
