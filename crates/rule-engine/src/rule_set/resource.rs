//! The documents of a rule set as operators write them.

use super::Severity;
use super::fault::Faults;
use calendar::CalendarSpec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const API_VERSION: &str = "orderwatch/v1";

/// A document before its kind is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
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
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSpec {
    pub(super) scenario: String,
    pub(super) severity: Severity,
    pub(super) title: InTwoLanguages,
    pub(super) condition: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThresholdSpec {
    #[serde(rename = "type")]
    pub(super) value_type: ValueType,
    #[serde(default)]
    pub(super) rows: Vec<RowSpec>,
    pub(super) default: Scalar,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowSpec {
    pub(super) when: String,
    pub(super) value: Scalar,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ValueType {
    Duration,
    Int,
    Double,
    Bool,
    String,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogueSpec {
    pub(super) fields: Vec<FieldSpec>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldSpec {
    pub(super) entity: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) field_type: String,
    pub(super) system: String,
    pub(super) meaning: InTwoLanguages,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InTwoLanguages {
    pub(super) en: String,
    #[serde(default)]
    pub(super) zh: String,
}

impl Resources {
    /// Reads the documents of a text; what cannot be read is among the faults.
    pub(super) fn read(yaml: &str, faults: &mut Faults) -> Self {
        let mut resources = Self::default();
        for (index, document) in serde_norway::Deserializer::from_str(yaml).enumerate() {
            let place = format!("document {}", index + 1);
            let value = match serde_norway::Value::deserialize(document) {
                Ok(serde_norway::Value::Null) => continue,
                Ok(value) => value,
                Err(error) => {
                    faults.add(&place, "yaml", error);
                    break;
                }
            };
            match serde_norway::from_value::<Document>(value) {
                Ok(document) => resources.sort_in(document, faults),
                Err(error) => faults.add(&place, "document", error),
            }
        }
        resources
    }

    fn sort_in(&mut self, document: Document, faults: &mut Faults) {
        let Document {
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
            "Calendar" => insert(&mut self.calendars, name, spec, &resource, faults),
            "FieldCatalogue" => insert(&mut self.catalogues, name, spec, &resource, faults),
            _ => {
                let known = ["Rule", "Threshold", "Calendar", "FieldCatalogue"];
                let nearest = crate::fault::nearest(&kind, known.into_iter());
                let hint = nearest.map_or(String::new(), |nearest| {
                    format!("; did you mean {nearest}?")
                });
                let message = format!(
                    "not a kind of rule sets: expected {}{hint}",
                    known.join(", ")
                );
                faults.add(&resource, "kind", message);
            }
        }
    }
}

fn insert<T: for<'de> Deserialize<'de>>(
    into: &mut BTreeMap<String, T>,
    name: String,
    spec: serde_norway::Value,
    resource: &str,
    faults: &mut Faults,
) {
    match serde_norway::from_value(spec) {
        Ok(spec) => {
            if into.insert(name, spec).is_some() {
                faults.add(
                    resource,
                    "metadata.name",
                    "there are two documents of this kind and name",
                );
            }
        }
        Err(error) => faults.add(resource, "spec", error),
    }
}
