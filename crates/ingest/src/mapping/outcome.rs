//! What an expression gave, as the value that a field takes.

use std::sync::Arc;

use cel::{ExecutionError, Value as Cel};
use order::{FieldType, Span, Timestamp, Value};

/// Turns a result into a value of the field's type; none means a shop's own field.
pub(super) fn value(result: Cel, expected: Option<FieldType>) -> Result<Value, String> {
    let value = match result {
        Cel::Null => return Ok(Value::Missing),
        Cel::String(text) if text.trim().is_empty() => return Ok(Value::Missing),
        Cel::Bool(truth) => Value::Bool(truth),
        Cel::Int(whole) => Value::Int(whole),
        Cel::UInt(whole) => Value::Int(i64::try_from(whole).map_err(|_| too_large(whole))?),
        Cel::Float(double) => Value::Double(double),
        Cel::String(text) => Value::text(text.trim()),
        Cel::Timestamp(instant) => {
            Value::Timestamp(Timestamp::from_micros(instant.timestamp_micros()))
        }
        Cel::Duration(span) => {
            let micros = span.num_microseconds().ok_or("the span is out of range")?;
            Value::Duration(Span::from_micros(micros))
        }
        Cel::List(items) if expected == Some(FieldType::EventList) => {
            return instants(&items).map(Value::instants);
        }
        Cel::List(items) => Value::TextList(texts(&items)?),
        other => return Err(format!("a {} cannot be a field", other.type_of())),
    };
    match expected {
        None => Ok(value),
        Some(expected) => fit(value, expected),
    }
}

/// Turns a result into an id.
pub(super) fn id(result: Cel) -> Result<Option<String>, String> {
    match result {
        Cel::Null => Ok(None),
        Cel::String(text) if text.trim().is_empty() => Ok(None),
        Cel::String(text) => Ok(Some(text.trim().to_owned())),
        Cel::Int(whole) => Ok(Some(whole.to_string())),
        Cel::UInt(whole) => Ok(Some(whole.to_string())),
        other => Err(format!("expected a text, found {}", other.type_of())),
    }
}

/// Turns a result into a revision: a whole number, or an instant in microseconds.
pub(super) fn revision(result: Cel) -> Result<i64, String> {
    match result {
        Cel::Int(whole) => Ok(whole),
        Cel::UInt(whole) => i64::try_from(whole).map_err(|_| too_large(whole)),
        Cel::Timestamp(instant) => Ok(instant.timestamp_micros()),
        Cel::Null => Err("is empty".to_owned()),
        other => Err(format!(
            "expected a whole number or an instant, found {}; wrap it in int(…) or wall(…)",
            other.type_of()
        )),
    }
}

/// Turns a result into a condition; absent is false.
pub(crate) fn condition(result: &Cel) -> Result<bool, String> {
    match result {
        Cel::Bool(truth) => Ok(*truth),
        Cel::Null => Ok(false),
        other => Err(format!("expected true or false, found {}", other.type_of())),
    }
}

/// Says why an expression could not be evaluated.
pub(crate) fn explain(error: ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no key `{key}`"),
        ExecutionError::FunctionError { message, .. } => message,
        ExecutionError::NoSuchOverload(overload) => format!(
            "{} does not take ({})",
            operator(overload.function()),
            overload.argument_types().join(", ")
        ),
        other => other.to_string(),
    }
}

fn operator(name: &str) -> String {
    let plain = name.trim_matches(['_', '@']).replace('_', "");
    format!("`{}`", if plain.is_empty() { name } else { &plain })
}

fn fit(value: Value, expected: FieldType) -> Result<Value, String> {
    let hint = match (expected, &value) {
        (FieldType::Amount, Value::Int(whole)) => return Ok(Value::Double(*whole as f64)),
        (FieldType::Bool, Value::Bool(_))
        | (FieldType::Int, Value::Int(_))
        | (FieldType::Amount, Value::Double(_))
        | (FieldType::Text, Value::Text(_))
        | (FieldType::TextList, Value::TextList(_))
        | (FieldType::Duration, Value::Duration(_))
        | (FieldType::Event | FieldType::Plan, Value::Timestamp(_)) => return Ok(value),
        (FieldType::Event | FieldType::Plan, Value::Text(_)) => {
            "; wrap it in wall(…) or instant(…)"
        }
        (FieldType::Event | FieldType::Plan, Value::Int(_)) => "; wrap it in epoch_ms(…)",
        (FieldType::Amount, Value::Text(_)) => "; wrap it in number(…)",
        (FieldType::Int, Value::Text(_) | Value::Double(_)) => "; wrap it in int(…)",
        (FieldType::Bool, Value::Text(_)) => "; compare it, as in row.x == \"yes\"",
        (FieldType::Text, _) => "; wrap it in text(…)",
        _ => "",
    };
    let name = match expected {
        FieldType::Event | FieldType::Plan => "an instant",
        FieldType::Amount => "an amount",
        FieldType::Int => "a whole number",
        FieldType::Bool => "true or false",
        FieldType::Text => "a text",
        FieldType::TextList => "a list of texts",
        FieldType::EventList => "a list of instants",
        FieldType::Duration => "a span of time",
    };
    let found = super::mask_text(&value.to_string());
    Err(format!(
        "expected {name}, found {} {found}{hint}",
        value.type_name()
    ))
}

fn texts(items: &[Cel]) -> Result<Arc<[Arc<str>]>, String> {
    items
        .iter()
        .filter(|item| !matches!(item, Cel::Null))
        .map(|item| match item {
            Cel::String(text) => Ok(Arc::from(text.as_str())),
            other => Err(format!(
                "expected a list of texts, found {} in it",
                other.type_of()
            )),
        })
        .collect()
}

fn instants(items: &[Cel]) -> Result<Vec<Timestamp>, String> {
    let found = items.iter().filter(|item| !matches!(item, Cel::Null));
    found
        .map(|item| match item {
            Cel::Timestamp(instant) => Ok(Timestamp::from_micros(instant.timestamp_micros())),
            other => Err(format!(
                "expected a list of instants, found {} in it; wrap each in wall(…) or instant(…)",
                other.type_of()
            )),
        })
        .collect()
}

fn too_large(whole: u64) -> String {
    format!("{whole} is larger than {}", i64::MAX)
}
