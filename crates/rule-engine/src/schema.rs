//! The JSON Schema of every kind of document that a rule set has, for editors and other tools.

use crate::documents::API_VERSION;
use crate::rule_set::resource::KINDS;
use crate::rule_set::spec::{
    CatalogueSpec, ExemptionSpec, PublishGateSpec, RuleSpec, ScenarioSpec, ThresholdSpec,
};
use calendar::CalendarSpec;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Stands for an instant in schemas.
pub(crate) struct Instant;

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 with an offset, such as 2026-11-11T00:00:00+08:00.",
        })
    }
}

/// The JSON Schema (draft 2020-12) of a document, by its kind.
///
/// What it accepts has the right shape; what expressions say, and whether names lead anywhere,
/// is for [`RuleSet::parse`](crate::RuleSet::parse) to judge.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let documents = KINDS.map(|kind| {
        let spec = spec(kind, &mut generator);
        json!({
            "title": kind,
            "type": "object",
            "properties": {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": kind},
                "metadata": {"$ref": "#/$defs/Metadata"},
                "spec": spec,
            },
            "required": ["apiVersion", "kind", "metadata", "spec"],
            "additionalProperties": false,
        })
    });
    let mut definitions = generator.take_definitions(true);
    let metadata = json!({
        "description": "How a document is told from others of its kind.",
        "type": "object",
        "properties": {
            "name": {
                "description": "Name, unique among the documents of a kind.",
                "type": "string",
                "pattern": "^[a-z0-9-]+$",
            },
        },
        "required": ["name"],
        "additionalProperties": false,
    });
    definitions.insert("Metadata".to_owned(), metadata);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document of an Orderwatch rule set",
        "oneOf": documents,
        "$defs": definitions,
    })
}

fn spec(kind: &str, generator: &mut SchemaGenerator) -> Schema {
    match kind {
        "Rule" => generator.subschema_for::<RuleSpec>(),
        "Threshold" => generator.subschema_for::<ThresholdSpec>(),
        "Exemption" => generator.subschema_for::<ExemptionSpec>(),
        "Scenario" => generator.subschema_for::<ScenarioSpec>(),
        "Gate" => generator.subschema_for::<PublishGateSpec>(),
        "Calendar" => generator.subschema_for::<CalendarSpec>(),
        _ => generator.subschema_for::<CatalogueSpec>(),
    }
}
