//! Documents of kind `Example`.

use super::{Example, Finding, attribute, fault};
use crate::ResourceFault;
use crate::documents::{self, API_VERSION};
use order::{Catalogue, EntityKind, Fact, OrderId, Revision, SourceId, System, Timestamp};
use serde::Deserialize;
use serde_norway::Value as Yaml;
use std::collections::BTreeMap;
use std::sync::Arc;

const KIND: &str = "Example";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    #[expect(
        dead_code,
        reason = "told apart before, and refused were it not known here"
    )]
    kind: String,
    metadata: Metadata,
    spec: Yaml,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleSpec {
    #[serde(default)]
    description: Description,
    until: String,
    facts: Vec<FactSpec>,
    #[serde(default)]
    expect: Vec<FindingSpec>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(default)]
    en: String,
    #[serde(default)]
    zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactSpec {
    kind: String,
    id: String,
    #[serde(default)]
    order: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Yaml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingSpec {
    rule: String,
    opened: String,
    #[serde(default)]
    cleared: Option<String>,
    #[serde(default)]
    exempt: Option<String>,
}

/// Reads the documents of kind `Example` of a text and passes over all others.
///
/// A fact's source is the kind of system that its kind usually comes from, unless it is named; of
/// two facts of one entity and source the later is the newer version; the order of a line,
/// shipment, refund or declaration is the example's order unless it is named.
///
/// # Errors
///
/// Every fault of every example, with its path.
pub fn read(yaml: &str, catalogue: &Catalogue) -> Result<Vec<Example>, Vec<ResourceFault>> {
    let mut faults = Vec::new();
    let mut examples: Vec<Example> = Vec::new();
    for content in documents::contents(yaml) {
        let place = format!("document {}", content.number);
        let value = match content.value {
            Ok(value) => value,
            Err(error) => {
                faults.push(fault(&place, "yaml", error.told()));
                continue;
            }
        };
        if value.get("kind").and_then(Yaml::as_str) != Some(KIND) {
            continue;
        }
        let read = serde_norway::from_value::<Document>(value)
            .map_err(|error| vec![fault(&place, "document", error)])
            .and_then(|document| example(document, catalogue));
        match read {
            Ok(example) if examples.iter().any(|known| known.name == example.name) => {
                let resource = format!("{KIND}/{}", example.name);
                let message = "there are two examples of this name";
                faults.push(fault(&resource, "metadata.name", message));
            }
            Ok(example) => examples.push(example),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() {
        Ok(examples)
    } else {
        Err(faults)
    }
}

fn example(document: Document, catalogue: &Catalogue) -> Result<Example, Vec<ResourceFault>> {
    let name = document.metadata.name;
    let mut reader = Reader {
        resource: format!("{KIND}/{name}"),
        catalogue,
        faults: Vec::new(),
    };
    if document.api_version != API_VERSION {
        let message = format!(
            "unknown version `{}`: expected {API_VERSION}",
            document.api_version
        );
        reader.fault("apiVersion", message);
    }
    let spec: ExampleSpec = match serde_norway::from_value(document.spec) {
        Ok(spec) => spec,
        Err(error) => {
            reader.fault("spec", error);
            return Err(reader.faults);
        }
    };
    let until = reader.instant("spec.until", &spec.until);
    let order_id = reader.order_id(&spec.facts);
    let facts = reader.facts(&spec.facts, order_id.as_ref());
    let expected = reader.findings(&spec.expect, until);
    match (order_id, until) {
        (Some(order_id), Some(until)) if reader.faults.is_empty() => Ok(Example {
            name,
            description_en: spec.description.en,
            description_zh: spec.description.zh,
            order_id,
            until,
            facts,
            expected,
        }),
        _ => Err(reader.faults),
    }
}

/// Collects what is wrong with one example.
struct Reader<'r> {
    resource: String,
    catalogue: &'r Catalogue,
    faults: Vec<ResourceFault>,
}

impl Reader<'_> {
    fn fault(&mut self, path: impl Into<String>, message: impl std::fmt::Display) {
        self.faults.push(fault(&self.resource, path, message));
    }

    fn instant(&mut self, path: &str, text: &str) -> Option<Timestamp> {
        text.parse().map_err(|error| self.fault(path, error)).ok()
    }

    /// The order that the facts are about: the only one that they name.
    fn order_id(&mut self, facts: &[FactSpec]) -> Option<OrderId> {
        let named = facts.iter().filter_map(|fact| match fact.kind.as_str() {
            "order" => Some(&fact.id),
            _ => fact.order.as_ref(),
        });
        let mut names: Vec<&str> = named.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [name] => match name.parse() {
                Ok(order_id) => return Some(order_id),
                Err(error) => self.fault("spec.facts", error),
            },
            [] => self.fault("spec.facts", "no fact names the order"),
            [first, second, ..] => {
                let message =
                    format!("an example is about one order, found `{first}` and `{second}`");
                self.fault("spec.facts", message);
            }
        }
        None
    }

    fn facts(&mut self, specs: &[FactSpec], order_id: Option<&OrderId>) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(specs.len());
        for (index, spec) in specs.iter().enumerate() {
            let path = format!("spec.facts[{index}]");
            let Some(fact) = self.fact(&path, spec, order_id, index) else {
                continue;
            };
            for found in self.catalogue.check(&fact) {
                self.fault(
                    format!("{path}.attributes.{}", found.attribute),
                    found.message,
                );
            }
            facts.push(fact);
        }
        self.join(&facts);
        facts
    }

    fn fact(
        &mut self,
        path: &str,
        spec: &FactSpec,
        order_id: Option<&OrderId>,
        index: usize,
    ) -> Option<Fact> {
        let kind: EntityKind = match spec.kind.parse() {
            Ok(kind) => kind,
            Err(error) => {
                self.fault(format!("{path}.kind"), error);
                return None;
            }
        };
        let mut attributes = Vec::with_capacity(spec.attributes.len());
        for (name, value) in &spec.attributes {
            match attribute::read(self.catalogue, kind, name, value) {
                Ok(value) => attributes.push((Arc::from(name.as_str()), value)),
                Err(message) => self.fault(format!("{path}.attributes.{name}"), message),
            }
        }
        let source = match &spec.source {
            Some(name) => name.parse(),
            None => self.usual_source(kind),
        };
        let source = source.map_err(|error| self.fault(format!("{path}.source"), error));
        let id = spec.id.parse();
        let id = id.map_err(|error| self.fault(format!("{path}.id"), error));
        let revision = Revision(i64::try_from(index).unwrap_or(i64::MAX));
        let order = order_id.filter(|_| !kind.is_shared()).cloned();
        let fact = Fact::new(source.ok()?, kind, id.ok()?, order, revision, attributes);
        fact.map_err(|error| self.fault(path, error)).ok()
    }

    fn usual_source(&self, kind: EntityKind) -> Result<SourceId, order::fact::IdError> {
        let id = self.catalogue.fields(kind).first();
        id.map_or(System::Erp, |field| field.system)
            .as_str()
            .parse()
    }

    /// Customers and stock are joined only when the order names them.
    fn join(&mut self, facts: &[Fact]) {
        let named = |kind, field: &str, id: &str| {
            let of_kind = facts.iter().filter(|fact| fact.kind() == kind);
            let mut names = of_kind.filter_map(|fact| fact.attribute(field).as_text());
            names.any(|name| name == id)
        };
        for fact in facts {
            let id = fact.entity_id().as_str();
            let message = match fact.kind() {
                EntityKind::Customer if !named(EntityKind::Order, "customer_id", id) => {
                    format!(
                        "the order's `customer_id` is not `{id}`, so this customer is not joined"
                    )
                }
                EntityKind::Stock if !named(EntityKind::Line, "sku", id) => {
                    format!("no line has the `sku` `{id}`, so this stock is not joined")
                }
                _ => continue,
            };
            self.fault("spec.facts", message);
        }
    }

    fn findings(&mut self, specs: &[FindingSpec], until: Option<Timestamp>) -> Vec<Finding> {
        let mut findings = Vec::with_capacity(specs.len());
        for (index, spec) in specs.iter().enumerate() {
            let path = format!("spec.expect[{index}]");
            let opened = self.instant(&format!("{path}.opened"), &spec.opened);
            let cleared_at = spec
                .cleared
                .as_ref()
                .and_then(|text| self.instant(&format!("{path}.cleared"), text));
            let Some(opened_at) = opened else { continue };
            if until.is_some_and(|until| opened_at >= until) {
                let message = "an exception is found only past the instant at which it opens; \
                               move `until` further";
                self.fault(format!("{path}.opened"), message);
            }
            findings.push(Finding {
                opened_at,
                rule: spec.rule.clone(),
                cleared_at,
                exempt: spec.exempt.clone(),
            });
        }
        findings.sort_unstable();
        findings
    }
}
