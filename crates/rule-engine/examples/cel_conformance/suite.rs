//! The cases of a file, and how each comes out.

use super::applicability::{Reason, reason};
use super::textproto::{self, Message, TextProtoError, Value};
use order::{Span, Timestamp};
use rule_engine::{ConstantValue, evaluate_constant};
use std::collections::BTreeMap;

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Section and name.
    pub(crate) name: String,
    pub(crate) expression: String,
    /// Whether the case is run without type checking.
    pub(crate) unchecked: bool,
    pub(crate) bindings: Vec<(String, Message)>,
    pub(crate) expectation: Expectation,
}

/// What a case should come to.
#[derive(Debug)]
pub(crate) enum Expectation {
    Value(Message),
    Error,
}

/// How a case came out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    Passed,
    /// An error was expected, and the text was refused before it could come to one.
    Refused,
    Failed(String),
    NotApplicable(Reason),
}

/// Reads the cases of a file.
pub(crate) fn read(text: &str) -> Result<Vec<Case>, TextProtoError> {
    let file = textproto::parse(text)?;
    let mut cases = Vec::new();
    for section in file.messages("section") {
        let section_name = section.text("name").unwrap_or_default();
        for test in section.messages("test") {
            cases.push(case(&section_name, test));
        }
    }
    Ok(cases)
}

fn case(section: &str, test: &Message) -> Case {
    let name = test.text("name").unwrap_or_default();
    let is_error = ["eval_error", "any_eval_errors"]
        .iter()
        .any(|kind| test.message(kind).is_some());
    let expectation = match (is_error, test.message("value")) {
        (true, _) => Expectation::Error,
        (false, Some(value)) => Expectation::Value(value.clone()),
        (false, None) => Expectation::Value(truth()),
    };
    let bindings = test.messages("bindings").filter_map(|binding| {
        let value = binding.message("value")?.message("value")?;
        Some((binding.text("key")?, value.clone()))
    });
    Case {
        name: format!("{section}/{name}"),
        expression: test.text("expr").unwrap_or_default(),
        unchecked: test.word("disable_check") == Some("true"),
        bindings: bindings.collect(),
        expectation,
    }
}

/// A case that names no value expects true.
fn truth() -> Message {
    textproto::parse("bool_value: true").unwrap_or_default()
}

/// Runs a case, when it is applicable.
pub(crate) fn run(case: &Case) -> Verdict {
    if let Some(reason) = reason(case) {
        return Verdict::NotApplicable(reason);
    }
    let mut bindings = BTreeMap::new();
    for (name, value) in &case.bindings {
        match constant(value) {
            Some(value) => drop(bindings.insert(name.clone(), value)),
            None => return Verdict::Failed(format!("binding {name} cannot be read")),
        }
    }
    let outcome = evaluate_constant(&case.expression, &bindings);
    match (&case.expectation, outcome) {
        (Expectation::Error, Ok(None)) => Verdict::Passed,
        (Expectation::Error, Err(_)) => Verdict::Refused,
        (Expectation::Error, Ok(Some(found))) => {
            Verdict::Failed(format!("expected an error, found {found:?}"))
        }
        (Expectation::Value(_), Err(faults)) => Verdict::Failed(
            faults
                .first()
                .map_or("refused".to_owned(), ToString::to_string),
        ),
        (Expectation::Value(value), Ok(found)) => compare(constant(value), found),
    }
}

fn compare(expected: Option<ConstantValue>, found: Option<ConstantValue>) -> Verdict {
    match (expected, found) {
        (Some(expected), Some(found)) if same(&expected, &found) => Verdict::Passed,
        (expected, found) => Verdict::Failed(format!("expected {expected:?}, found {found:?}")),
    }
}

/// Equal, where not-a-number is one thing.
fn same(expected: &ConstantValue, found: &ConstantValue) -> bool {
    match (expected, found) {
        (ConstantValue::Double(expected), ConstantValue::Double(found)) => {
            expected == found || (expected.is_nan() && found.is_nan())
        }
        (ConstantValue::List(expected), ConstantValue::List(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(a, b)| same(a, b))
        }
        (expected, found) => expected == found,
    }
}

/// A value as the cases write it down; none when the language has no such values.
fn constant(value: &Message) -> Option<ConstantValue> {
    let (kind, held) = value.first()?;
    Some(match (kind, held) {
        ("bool_value", Value::Word(word)) => ConstantValue::Bool(word.parse().ok()?),
        ("int64_value", Value::Word(word)) => ConstantValue::Int(word.parse().ok()?),
        ("double_value", Value::Word(word)) => ConstantValue::Double(word.parse().ok()?),
        ("string_value", Value::Text(text)) => {
            ConstantValue::Text(String::from_utf8(text.clone()).ok()?)
        }
        ("list_value", Value::Message(list)) => ConstantValue::List(
            list.messages("values")
                .map(constant)
                .collect::<Option<_>>()?,
        ),
        ("object_value", Value::Message(object)) => time(object)?,
        _ => return None,
    })
}

fn time(object: &Message) -> Option<ConstantValue> {
    let (name, Value::Message(message)) = object.first()? else {
        return None;
    };
    let number = |field| {
        message
            .word(field)
            .map_or(Some(0), |word| word.parse().ok())
    };
    let (seconds, nanos): (i64, i64) = (number("seconds")?, number("nanos")?);
    let micros = seconds.checked_mul(1_000_000)?.checked_add(nanos / 1_000)?;
    Some(match name.rsplit('.').next()? {
        "Duration" => ConstantValue::Duration(Span::from_micros(micros)),
        "Timestamp" => ConstantValue::Timestamp(Timestamp::from_micros(micros)),
        _ => return None,
    })
}
