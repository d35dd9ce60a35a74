//! Values of conditions, typed by their field.

use super::cel;
use super::fault::Fault;
use super::operator::Arity;
use super::tree::{join, shown};
use super::{MAX_TEXT_BYTES, MAX_VALUES};
use crate::check::parse_duration;
use order::{FieldType, Span, Timestamp};
use serde_json::Value;
use std::cmp::Ordering;

/// A value that a condition gives for a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Bool(bool),
    Int(i64),
    Amount(f64),
    Text(String),
    Duration(Span, String),
    Instant(Timestamp, String),
    /// What a decision table says.
    Threshold(String),
}

impl Literal {
    pub(super) fn to_cel(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Amount(value) => format!("{value:?}"),
            Self::Text(value) => cel::text(value),
            Self::Duration(_, text) => format!("duration({})", cel::text(text)),
            Self::Instant(_, text) => format!("timestamp({})", cel::text(text)),
            Self::Threshold(name) => format!("threshold({})", cel::text(name)),
        }
    }

    /// Whether the other one comes first, when both are known.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        let order = match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Amount(a), Self::Amount(b)) => a.partial_cmp(b),
            (Self::Duration(a, _), Self::Duration(b, _)) => Some(a.cmp(b)),
            (Self::Instant(a, _), Self::Instant(b, _)) => Some(a.cmp(b)),
            _ => None,
        };
        order == Some(Ordering::Greater)
    }
}

/// A span with the calendar that counts it.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) span: Literal,
    pub(super) calendar: Option<String>,
}

/// The single values of a condition with their places: a list, or one text with commas, in which
/// `\,` stands for a comma.
pub(super) fn parts(
    value: &Value,
    arity: Arity,
    path: &str,
) -> Result<Vec<(Value, String)>, Vec<Fault>> {
    let parts: Vec<(Value, String)> = match (arity, value) {
        (Arity::None, _) => return Ok(Vec::new()),
        (Arity::One | Arity::Span, value) => return Ok(vec![(value.clone(), path.to_owned())]),
        (_, Value::Array(values)) => {
            let place =
                |(index, value): (usize, &Value)| (value.clone(), format!("{path}[{index}]"));
            values.iter().enumerate().map(place).collect()
        }
        (_, Value::String(text)) => split(text)
            .into_iter()
            .map(|part| (Value::String(part), path.to_owned()))
            .collect(),
        (_, Value::Null) => Vec::new(),
        (_, single) => vec![(single.clone(), path.to_owned())],
    };
    let (expected, fits) = match arity {
        Arity::Pair => ("two values".to_owned(), parts.len() == 2),
        _ => (
            format!("1 to {MAX_VALUES} values"),
            (1..=MAX_VALUES).contains(&parts.len()),
        ),
    };
    if fits {
        return Ok(parts);
    }
    let fault = Fault::at(path, "wrong number of values").expected(expected, parts.len());
    Err(vec![fault.help(
        "write a list, or one text with commas; `\\,` is a comma within a value",
    )])
}

fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let last = parts.last_mut();
        match (character, last) {
            ('\\', Some(last)) if characters.next_if_eq(&',').is_some() => last.push(','),
            (',', _) => parts.push(String::new()),
            (character, Some(last)) => last.push(character),
            (_, None) => {}
        }
    }
    let trimmed = parts.iter().map(|part| part.trim().to_owned());
    trimmed.filter(|part| !part.is_empty()).collect()
}

/// One value for a field of that type.
pub(super) fn literal(
    field_type: FieldType,
    value: &Value,
    path: &str,
) -> Result<Literal, Vec<Fault>> {
    if let Value::Object(object) = value
        && let Some(Value::String(name)) = object.get("threshold")
        && object.len() == 1
    {
        return Ok(Literal::Threshold(name.clone()));
    }
    let text = value.as_str();
    let trimmed = text.map(str::trim);
    let (read, expected) = match field_type {
        FieldType::Bool => (
            value
                .as_bool()
                .or(trimmed.and_then(|text| text.parse().ok()))
                .map(Literal::Bool),
            "true or false",
        ),
        FieldType::Int => (
            value
                .as_i64()
                .or(trimmed.and_then(|text| text.parse().ok()))
                .map(Literal::Int),
            "a whole number",
        ),
        FieldType::Amount => (
            value
                .as_f64()
                .or(trimmed.and_then(decimal))
                .filter(|n| n.is_finite())
                .map(Literal::Amount),
            "a number",
        ),
        FieldType::Text | FieldType::TextList => {
            (text.map(|text| Literal::Text(text.to_owned())), "a text")
        }
        FieldType::Duration => (
            trimmed.and_then(span),
            "a span with units, such as 36h, 2d or 1h30m",
        ),
        FieldType::Event | FieldType::EventList | FieldType::Plan => (
            trimmed.and_then(instant),
            "an instant with its offset, such as 2026-11-11T00:00:00+08:00",
        ),
    };
    if let Some(text) = text.filter(|text| text.len() > MAX_TEXT_BYTES) {
        let fault = Fault::at(path, "the value is too long");
        return Err(vec![
            fault.expected(format!("at most {MAX_TEXT_BYTES} bytes"), text.len()),
        ]);
    }
    read.ok_or_else(|| vec![Fault::at(path, "wrong type").expected(expected, shown(value))])
}

/// A span, or an object with `duration` or `threshold`, and perhaps a `calendar`.
pub(super) fn limit(value: &Value, path: &str) -> Result<Limit, Vec<Fault>> {
    let Value::Object(object) = value else {
        let span = literal(FieldType::Duration, value, path)?;
        return Ok(Limit {
            span,
            calendar: None,
        });
    };
    let known = ["duration", "threshold", "calendar"];
    if let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) {
        let fault = Fault::at(join(path, key), format!("unknown key {key:?}"));
        return Err(vec![fault.nearest(key, known.into_iter())]);
    }
    let name = |key| match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.clone())),
        Some(other) => Err(vec![
            Fault::at(join(path, key), "wrong type").expected("a name", shown(other)),
        ]),
    };
    let span = match (object.get("duration"), name("threshold")?) {
        (Some(span), None) => literal(FieldType::Duration, span, &join(path, "duration"))?,
        (None, Some(name)) => Literal::Threshold(name),
        _ => {
            let fault = Fault::at(path, "not a limit");
            return Err(vec![
                fault.expected("either a duration or a threshold", shown(value)),
            ]);
        }
    };
    Ok(Limit {
        span,
        calendar: name("calendar")?,
    })
}

/// A decimal number; not what else floating-point readers take, such as `inf` and `nan`.
fn decimal(text: &str) -> Option<f64> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    text.chars().all(plain).then(|| text.parse().ok())?
}

fn span(text: &str) -> Option<Literal> {
    let text: String = text.split_whitespace().collect();
    let span = parse_duration(&text)?;
    let text = if text == "0" || text == "-0" {
        "0s".to_owned()
    } else {
        text
    };
    Some(Literal::Duration(span, text))
}

fn instant(text: &str) -> Option<Literal> {
    let instant = text.parse().ok()?;
    Some(Literal::Instant(instant, text.to_owned()))
}
