//! Asks a condition of a row.

use std::cmp::Ordering;

use crate::{
    condition::{Condition, Shape, Subject, Test},
    environment::Environment,
    row::{Row, Value},
    sql::Bind,
    syntax::Comparator,
};

pub(crate) fn holds(condition: &Condition, row: &impl Row, environment: &Environment<'_>) -> bool {
    let holds = |condition: &Condition| holds(condition, row, environment);
    match condition {
        Condition::All(parts) => parts.iter().all(holds),
        Condition::Any(parts) => parts.iter().any(holds),
        Condition::Not(part) => !holds(part),
        Condition::Test(subject, test) => {
            value(subject, row).is_some_and(|value| passes(value, test, environment))
        }
    }
}

/// The value of a field, or of the entry of a map.
fn value<'r>(subject: &Subject, row: &'r impl Row) -> Option<Value<'r>> {
    let value = row.value(subject.name)?;
    match (&subject.shape, value) {
        (Shape::Entry(key), Value::Map(entries)) => entries.entry(key).map(Value::Text),
        (Shape::Entry(_), _) => None,
        _ => Some(value),
    }
}

fn passes(value: Value<'_>, test: &Test, environment: &Environment<'_>) -> bool {
    match (test, value) {
        (Test::Present, Value::List(elements)) => !elements.is_empty(),
        (Test::Present, Value::Map(entries)) => !entries.is_empty(),
        (Test::Present, _) => true,
        (Test::Is(expected), Value::Boolean(found)) => *expected == found,
        (Test::Like { pattern, expected }, Value::Text(text)) => pattern.fits(text) == *expected,
        (Test::Contains(small), Value::Text(text)) => text.to_ascii_lowercase().contains(small),
        (Test::HasElement(pattern), Value::List(elements)) => {
            elements.iter().any(|element| pattern.fits(element))
        }
        (Test::Compares(comparator, operand), value) => operand
            .value(environment)
            .and_then(|operand| compare(value, &operand))
            .is_some_and(|ordering| admits(*comparator, ordering)),
        _ => false,
    }
}

/// How a value stands to an operand; absent when they are of different kinds.
fn compare(value: Value<'_>, operand: &Bind) -> Option<Ordering> {
    match (value, operand) {
        (Value::Text(a), Bind::Text(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Bind::Integer(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Bind::Float(b)) => Some(numbers(a as f64, *b)),
        (Value::Float(a), Bind::Integer(b)) => Some(numbers(a, *b as f64)),
        (Value::Float(a), Bind::Float(b)) => Some(numbers(a, *b)),
        (Value::Duration(a), Bind::Duration(b)) => Some(a.cmp(b)),
        (Value::Instant(a), Bind::Instant(b)) => Some(a.cmp(b)),
        (Value::Uuid(a), Bind::Uuid(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// As PostgreSQL orders them: what is not a number comes last.
fn numbers(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn admits(comparator: Comparator, ordering: Ordering) -> bool {
    match comparator {
        Comparator::Equal | Comparator::Has => ordering.is_eq(),
        Comparator::NotEqual => ordering.is_ne(),
        Comparator::Less => ordering.is_lt(),
        Comparator::LessOrEqual => ordering.is_le(),
        Comparator::Greater => ordering.is_gt(),
        Comparator::GreaterOrEqual => ordering.is_ge(),
    }
}
