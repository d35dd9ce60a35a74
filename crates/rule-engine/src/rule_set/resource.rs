//! The documents of a rule set, sorted by kind and name.

use super::fault::Faults;
use super::spec::{
    CatalogueSpec, ExemptionSpec, PublishGateSpec, RuleSpec, ScenarioSpec, ThresholdSpec,
};
use crate::documents::{self, API_VERSION};
use calendar::CalendarSpec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Kinds of documents that make up a rule set.
pub(crate) const KINDS: [&str; 7] = [
    "Rule",
    "Threshold",
    "Exemption",
    "Scenario",
    "Gate",
    "Calendar",
    "FieldCatalogue",
];

/// A document before its kind is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: serde_norway::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

/// Every document by kind and name.
#[derive(Default, Serialize)]
pub(super) struct Resources {
    pub(super) catalogues: BTreeMap<String, CatalogueSpec>,
    pub(super) calendars: BTreeMap<String, CalendarSpec>,
    pub(super) thresholds: BTreeMap<String, ThresholdSpec>,
    pub(super) rules: BTreeMap<String, RuleSpec>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) exemptions: BTreeMap<String, ExemptionSpec>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) scenarios: BTreeMap<String, ScenarioSpec>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) publish_gates: BTreeMap<String, PublishGateSpec>,
}

impl Resources {
    /// Reads the documents of a text; what cannot be read is among the faults.
    pub(super) fn read(text: &str, faults: &mut Faults) -> Self {
        let mut resources = Self::default();
        for content in documents::contents(text) {
            let place = format!("document {}", content.number);
            match content.value.map(serde_norway::from_value::<Envelope>) {
                Ok(Ok(document)) => resources.sort_in(document, faults),
                Ok(Err(error)) => faults.add(&place, "document", error),
                Err(fault) => faults.add(&place, "yaml", fault.told()),
            }
        }
        resources
    }

    fn sort_in(&mut self, document: Envelope, faults: &mut Faults) {
        let Envelope {
            api_version,
            kind,
            metadata: Metadata { name },
            spec,
        } = document;
        let resource = format!("{kind}/{name}");
        if api_version != API_VERSION {
            let message = format!("unknown version `{api_version}`: expected {API_VERSION}");
            faults.add(&resource, "apiVersion", message);
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(plain) {
            faults.add(
                &resource,
                "metadata.name",
                "must have only a-z, 0-9 and -, and not be empty",
            );
        }
        match kind.as_str() {
            "Rule" => insert(&mut self.rules, name, spec, &resource, faults),
            "Threshold" => insert(&mut self.thresholds, name, spec, &resource, faults),
            "Exemption" => insert(&mut self.exemptions, name, spec, &resource, faults),
            "Scenario" => insert(&mut self.scenarios, name, spec, &resource, faults),
            "Gate" => insert(&mut self.publish_gates, name, spec, &resource, faults),
            "Calendar" => insert(&mut self.calendars, name, spec, &resource, faults),
            "FieldCatalogue" => insert(&mut self.catalogues, name, spec, &resource, faults),
            _ => {
                let nearest = crate::fault::nearest(&kind, KINDS.into_iter());
                let hint = nearest.map_or(String::new(), |nearest| {
                    format!("; did you mean {nearest}?")
                });
                let message = format!(
                    "not a kind of rule sets: expected {}{hint}",
                    KINDS.join(", ")
                );
                faults.add(&resource, "kind", message);
            }
        }
    }
}

fn insert<T: DeserializeOwned>(
    into: &mut BTreeMap<String, T>,
    name: String,
    spec: serde_norway::Value,
    resource: &str,
    faults: &mut Faults,
) {
    match serde_path_to_error::deserialize(spec) {
        Ok(spec) => {
            if into.insert(name, spec).is_some() {
                faults.add(
                    resource,
                    "metadata.name",
                    "there are two documents of this kind and name",
                );
            }
        }
        Err(error) => {
            let path = match error.path().to_string().as_str() {
                "." => "spec".to_owned(),
                inner => format!("spec.{inner}"),
            };
            faults.add(resource, &path, error.into_inner());
        }
    }
}
