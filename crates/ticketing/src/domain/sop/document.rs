//! Procedures as operations people write them: YAML documents of kind `Sop`.

use std::{collections::HashSet, fmt::Display};

use serde::Deserialize;
use thiserror::Error;

use super::{DEFAULT, Sop, Step, Text};
use crate::domain::{holder::Holder, span::Span};

const API_VERSION: &str = "orderwatch/v1";
const KIND: &str = "Sop";

/// The procedure that a fresh installation starts with.
pub const BUILT_IN: &str = include_str!("default.yaml");

/// Everything wrong with the documents, each fault by its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Faults(pub Vec<Fault>);

/// One fault in a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// Path to the value, such as `sop shipping-delay: spec.steps[1].expected`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    scenarios: Vec<String>,
    steps: Vec<StepSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepSpec {
    name: String,
    title: Text,
    #[serde(default)]
    instructions: Text,
    department: String,
    #[serde(default)]
    assignee: String,
    expected: String,
    #[serde(default = "mandatory_unless_said_otherwise")]
    mandatory: bool,
}

fn mandatory_unless_said_otherwise() -> bool {
    true
}

/// Reads a stream of YAML documents into procedures of version 0.
///
/// # Errors
/// [`Faults`] names everything that is wrong in any of them.
pub fn parse(yaml: &str) -> Result<Vec<Sop>, Faults> {
    let mut faults = Vec::new();
    let mut sops = Vec::new();
    for (index, document) in serde_norway::Deserializer::from_str(yaml).enumerate() {
        let value = serde_norway::Value::deserialize(document);
        match value {
            Ok(serde_norway::Value::Null) => {}
            Ok(value) => match serde_norway::from_value::<Document>(value) {
                Ok(document) => sops.push(validate(document, &mut faults)),
                Err(error) => faults.push(fault(format!("document {}", index + 1), error)),
            },
            Err(error) => {
                faults.push(fault(format!("document {}", index + 1), error));
                break;
            }
        }
    }
    if sops.is_empty() && faults.is_empty() {
        faults.push(fault("resources", "there is no document of kind Sop"));
    }
    unique(sops.iter().map(|sop| sop.name.as_str()), "sop", &mut faults);
    if faults.is_empty() {
        Ok(sops)
    } else {
        Err(Faults(faults))
    }
}

/// Finds scenarios that two of the procedures claim.
///
/// # Errors
/// [`Faults`] names each such scenario and its claimants.
pub fn without_rivals<'a>(sops: impl Iterator<Item = &'a Sop> + Clone) -> Result<(), Faults> {
    let mut faults = Vec::new();
    let claims = sops.flat_map(|sop| sop.scenarios.iter().map(move |scenario| (scenario, sop)));
    let mut claimed = std::collections::BTreeMap::<&str, &str>::new();
    for (scenario, sop) in claims {
        if let Some(rival) = claimed.insert(scenario, &sop.name) {
            let what = format!("scenario `{scenario}` already belongs to sop `{rival}`");
            faults.push(fault(format!("sop {}: spec.scenarios", sop.name), what));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(faults))
    }
}

fn validate(document: Document, faults: &mut Vec<Fault>) -> Sop {
    let name = document.metadata.name;
    let place = |rest: &str| format!("sop {name}: {rest}");
    if document.api_version != API_VERSION {
        faults.push(fault(place("apiVersion"), format!("must be {API_VERSION}")));
    }
    if document.kind != KIND {
        faults.push(fault(
            place("kind"),
            format!("must be {KIND}, not {}", document.kind),
        ));
    }
    if !is_name(&name) {
        faults.push(fault(place("metadata.name"), NAME));
    }
    if document.spec.steps.is_empty() {
        faults.push(fault(place("spec.steps"), "must hold at least one step"));
    }
    if name == DEFAULT && !document.spec.scenarios.is_empty() {
        let what = "must be empty: this sop is for every scenario without its own";
        faults.push(fault(place("spec.scenarios"), what));
    }
    unique(
        document.spec.scenarios.iter().map(String::as_str),
        &place("spec.scenarios"),
        faults,
    );
    let steps: Vec<Step> = document
        .spec
        .steps
        .into_iter()
        .enumerate()
        .filter_map(|(index, step)| {
            validate_step(step, &place(&format!("spec.steps[{index}]")), faults)
        })
        .collect();
    unique(
        steps.iter().map(|step| step.name.as_str()),
        &place("spec.steps"),
        faults,
    );
    Sop {
        name,
        version: 0,
        scenarios: document.spec.scenarios,
        steps,
    }
}

fn validate_step(step: StepSpec, place: &str, faults: &mut Vec<Fault>) -> Option<Step> {
    if !is_name(&step.name) {
        faults.push(fault(format!("{place}.name"), NAME));
    }
    if step.title.en.trim().is_empty() && step.title.zh.trim().is_empty() {
        faults.push(fault(
            format!("{place}.title"),
            "must be said in English (en) or Chinese (zh)",
        ));
    }
    let holder = Holder::new(&step.department, &step.assignee)
        .map_err(|error| faults.push(fault(format!("{place}.department"), error)));
    let expected = step
        .expected
        .parse::<Span>()
        .map_err(|error| faults.push(fault(format!("{place}.expected"), error)));
    Some(Step {
        name: step.name,
        title: step.title,
        instructions: step.instructions,
        holder: holder.ok()?,
        expected: expected.ok()?,
        mandatory: step.mandatory,
    })
}

const NAME: &str = "must be lower-case letters, digits and hyphens, at most 63";

fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn unique<'a>(names: impl Iterator<Item = &'a str>, place: &str, faults: &mut Vec<Fault>) {
    let mut seen = HashSet::new();
    for name in names.filter(|name| !seen.insert(*name)) {
        faults.push(fault(place, format!("`{name}` is there twice")));
    }
}

fn fault(place: impl Into<String>, what: impl Display) -> Fault {
    Fault {
        place: place.into(),
        what: what.to_string(),
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
