//! From documents to a rule set, or to every fault in them.

use super::fault::Faults;
use super::resource::{FieldSpec, Resources, Scalar, ThresholdSpec, ValueType};
use super::{Events, Rule, RuleSet};
use crate::check::{self, Declared, Type, World, parse_duration};
use crate::expression::{Row, Threshold};
use calendar::Calendar;
use order::catalogue::FieldType;
use order::{Catalogue, Field, Systems, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

impl RuleSet {
    /// Reads YAML documents of the kinds Rule, Threshold, Calendar and FieldCatalogue as one whole
    /// rule set.
    ///
    /// # Errors
    ///
    /// Every fault of every document, with its path, and its place in an expression.
    pub fn parse(number: i64, yaml: &str) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let resources = Resources::read(yaml, &mut faults);
        let catalogue = catalogue(&resources, &mut faults);
        let calendars = calendars(&resources, &mut faults);
        let thresholds = thresholds(&resources, &catalogue, &calendars, &mut faults);
        let world = World {
            catalogue: &catalogue,
            calendars: &calendars,
            thresholds: Some(&thresholds),
        };
        let rules = rules(&resources, &world, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let content = serde_json::to_vec(&resources).unwrap_or_default();
        let digest = hex::encode(Sha256::digest(content));
        let events = Events::of(&catalogue);
        Ok(Self {
            number,
            digest,
            catalogue,
            rules,
            events,
        })
    }
}

fn catalogue(resources: &Resources, faults: &mut Faults) -> Catalogue {
    let mut catalogue = Catalogue::standard();
    for (name, spec) in &resources.catalogues {
        let resource = format!("FieldCatalogue/{name}");
        for (index, spec) in spec.fields.iter().enumerate() {
            let path = format!("spec.fields[{index}]");
            let declared = field(spec)
                .and_then(|field| catalogue.declare(field).map_err(|error| error.to_string()));
            if let Err(message) = declared {
                faults.add(&resource, &path, message);
            }
        }
    }
    catalogue
}

fn field(spec: &FieldSpec) -> Result<Field, String> {
    let names = || FieldType::ALL.map(FieldType::as_str).join(", ");
    Ok(Field {
        kind: spec
            .entity
            .parse()
            .map_err(|error: order::fact::EntityKindError| error.to_string())?,
        name: spec.name.clone(),
        field_type: FieldType::named(&spec.field_type)
            .ok_or_else(|| format!("`{}` is not a type: expected {}", spec.field_type, names()))?,
        system: spec
            .system
            .parse()
            .map_err(|error: order::source::SystemError| error.to_string())?,
        meaning_en: spec.meaning.en.clone(),
        meaning_zh: spec.meaning.zh.clone(),
    })
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

fn thresholds(
    resources: &Resources,
    catalogue: &Catalogue,
    calendars: &BTreeMap<String, Arc<Calendar>>,
    faults: &mut Faults,
) -> BTreeMap<String, Declared> {
    let world = World {
        catalogue,
        calendars,
        thresholds: None,
    };
    let declare = |(name, spec): (&String, &ThresholdSpec)| {
        (
            name.clone(),
            threshold(&format!("Threshold/{name}"), spec, &world, faults),
        )
    };
    resources.thresholds.iter().map(declare).collect()
}

/// A table with faults is declared all the same, so that rules which name it are not blamed.
fn threshold(
    resource: &str,
    spec: &ThresholdSpec,
    world: &World<'_>,
    faults: &mut Faults,
) -> Declared {
    let mut systems = Systems::NONE;
    let mut rows = Vec::with_capacity(spec.rows.len());
    for (index, row) in spec.rows.iter().enumerate() {
        let path = format!("spec.rows[{index}]");
        let value = value(
            spec.value_type,
            &row.value,
            resource,
            &format!("{path}.value"),
            faults,
        );
        match check::condition(world, &row.when) {
            Ok(condition) => {
                systems = systems.union(condition.systems);
                rows.push(Row {
                    source: row.when.clone(),
                    when: condition.expression,
                    value,
                });
            }
            Err(errors) => faults.add_expression(resource, &format!("{path}.when"), errors),
        }
    }
    let default = value(
        spec.value_type,
        &spec.default,
        resource,
        "spec.default",
        faults,
    );
    let value_type = match spec.value_type {
        ValueType::Duration => Type::Duration,
        ValueType::Int => Type::Int,
        ValueType::Double => Type::Double,
        ValueType::Bool => Type::Bool,
        ValueType::String => Type::Text,
    };
    Declared {
        value_type,
        systems,
        threshold: Arc::new(Threshold { rows, default }),
    }
}

fn value(
    expected: ValueType,
    scalar: &Scalar,
    resource: &str,
    path: &str,
    faults: &mut Faults,
) -> Value {
    let (value, expected) = match (expected, scalar) {
        (ValueType::Duration, Scalar::Text(text)) => (
            parse_duration(text).map(Value::Duration),
            "a duration such as 2d, 36h or 1h30m",
        ),
        (ValueType::Int, Scalar::Int(number)) => (Some(Value::Int(*number)), ""),
        (ValueType::Double, Scalar::Double(number)) => (Some(Value::Double(*number)), ""),
        (ValueType::Double, Scalar::Int(number)) => (Some(Value::Double(*number as f64)), ""),
        (ValueType::Bool, Scalar::Bool(truth)) => (Some(Value::Bool(*truth)), ""),
        (ValueType::String, Scalar::Text(text)) => (Some(Value::text(text)), ""),
        (ValueType::Duration, _) => (None, "a duration such as 2d, 36h or 1h30m"),
        (ValueType::Int, _) => (None, "an int"),
        (ValueType::Double, _) => (None, "a number"),
        (ValueType::Bool, _) => (None, "true or false"),
        (ValueType::String, _) => (None, "a text; put it in quotes"),
    };
    value.unwrap_or_else(|| {
        let found = serde_json::to_string(scalar).unwrap_or_default();
        faults.add(
            resource,
            path,
            format!("expected {expected}, found {found}"),
        );
        Value::Missing
    })
}

fn rules(resources: &Resources, world: &World<'_>, faults: &mut Faults) -> Vec<Rule> {
    let mut rules = Vec::with_capacity(resources.rules.len());
    for (name, spec) in &resources.rules {
        match check::condition(world, &spec.condition) {
            Ok(condition) => rules.push(Rule {
                name: name.clone(),
                scenario: spec.scenario.clone(),
                severity: spec.severity,
                title_en: spec.title.en.clone(),
                title_zh: spec.title.zh.clone(),
                text: spec.condition.clone(),
                gate: condition.systems,
                condition: condition.expression,
            }),
            Err(errors) => faults.add_expression(&format!("Rule/{name}"), "spec.condition", errors),
        }
    }
    rules
}
