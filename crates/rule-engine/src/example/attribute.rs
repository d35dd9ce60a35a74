//! Values of an example's facts, typed by the catalogue.

use crate::check::parse_duration;
use crate::fault::nearest;
use order::{Catalogue, EntityKind, FieldType, Timestamp, Value};
use serde_norway::Value as Yaml;
use std::sync::Arc;

/// Reads one attribute; null is the lack of a value.
///
/// # Errors
///
/// What was expected and what was found.
pub(super) fn read(
    catalogue: &Catalogue,
    kind: EntityKind,
    name: &str,
    value: &Yaml,
) -> Result<Value, String> {
    let Some(field) = catalogue.field(kind, name) else {
        let known = catalogue.fields(kind).iter();
        let hint = nearest(name, known.map(|field| field.name.as_str()))
            .map_or(String::new(), |nearest| {
                format!("; did you mean `{nearest}`?")
            });
        return Err(format!("there is no such field of {kind}{hint}"));
    };
    if value.is_null() {
        return Ok(Value::Missing);
    }
    typed(field.field_type, value).ok_or_else(|| {
        let found = serde_json::to_string(value).unwrap_or_else(|_| "something else".to_owned());
        format!("expected {}, found {found}", expected(field.field_type))
    })
}

fn typed(field_type: FieldType, value: &Yaml) -> Option<Value> {
    let text = value.as_str();
    match field_type {
        FieldType::Bool => value.as_bool().map(Value::Bool),
        FieldType::Int => value.as_i64().map(Value::Int),
        FieldType::Amount => value.as_f64().map(Value::Double),
        FieldType::Text => text.map(Value::text),
        FieldType::Duration => text.and_then(parse_duration).map(Value::Duration),
        FieldType::Event | FieldType::Plan => instant(value).map(Value::Timestamp),
        FieldType::TextList => {
            let texts = value.as_sequence()?.iter();
            let texts: Option<_> = texts.map(|text| text.as_str().map(Arc::from)).collect();
            texts.map(Value::TextList)
        }
        FieldType::EventList => {
            let instants = value.as_sequence()?.iter().map(instant);
            instants.collect::<Option<Vec<_>>>().map(Value::instants)
        }
    }
}

fn instant(value: &Yaml) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn expected(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Bool => "true or false",
        FieldType::Int => "a whole number",
        FieldType::Amount => "an amount such as 199.5",
        FieldType::Text => "a text; put numbers in quotes",
        FieldType::TextList => "a list of texts",
        FieldType::Duration => "a span such as 2d, 36h or 1h30m",
        FieldType::Event | FieldType::Plan => {
            "an instant with its offset, such as 2026-11-11T10:00:00+08:00"
        }
        FieldType::EventList => {
            "a list of instants with their offsets, such as [2026-11-11T10:00:00+08:00]"
        }
    }
}
