//! Values while a rule is evaluated, borrowed from the view wherever they can be.

mod convert;
mod range;
mod reading;

use crate::expression::{Arithmetic, Comparison};
use order::{Record, Span, Timestamp, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

pub(crate) use convert::parse_instant;
pub(crate) use range::{is_instant, is_span};

/// Longest text that an expression may make.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A value at hand. Unknown is the lack of one: `Option<Datum>`.
#[derive(Debug, Clone)]
pub(crate) enum Datum<'e> {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'e, str>),
    /// Microseconds since 1970.
    Timestamp(i64),
    /// Microseconds.
    Duration(i64),
    Record(&'e Record),
}

impl<'e> Datum<'e> {
    /// A value of a record; missing values and lists give none.
    pub(crate) fn of(value: &'e Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Double(value) => Self::Double(*value),
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            Value::Timestamp(instant) => Self::Timestamp(instant.micros()),
            Value::Duration(span) => Self::Duration(span.micros()),
            Value::Missing | Value::TextList(_) | Value::InstantList(_) => return None,
        })
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Microseconds of an instant or a span.
    pub(crate) fn as_micros(&self) -> Option<i64> {
        match self {
            Self::Timestamp(micros) | Self::Duration(micros) => Some(*micros),
            _ => None,
        }
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Double(b)) => compare_mixed(*a, *b),
            (Self::Double(a), Self::Int(b)) => compare_mixed(*b, *a).map(Ordering::reverse),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) | (Self::Duration(a), Self::Duration(b)) => {
                Some(a.cmp(b))
            }
            _ => None,
        }
    }

    fn is_nan(&self) -> bool {
        matches!(self, Self::Double(value) if value.is_nan())
    }

    /// Compares two values; what is not a number differs from everything and has no order.
    /// Unknown when they are of two types.
    pub(crate) fn compare(&self, comparison: Comparison, other: &Self) -> Option<bool> {
        let Some(order) = self.order(other) else {
            let incomparable = self.is_nan() || other.is_nan();
            return incomparable.then_some(comparison == Comparison::NotEqual);
        };
        Some(comparison.holds(order))
    }

    /// Calculates; unknown on overflow, on division of a whole number by zero, and beyond the
    /// instants and spans that there are.
    pub(crate) fn calculate(self, arithmetic: Arithmetic, other: Self) -> Option<Self> {
        use Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
        Some(match (arithmetic, self, other) {
            (Add, Self::Int(a), Self::Int(b)) => Self::Int(a.checked_add(b)?),
            (Subtract, Self::Int(a), Self::Int(b)) => Self::Int(a.checked_sub(b)?),
            (Multiply, Self::Int(a), Self::Int(b)) => Self::Int(a.checked_mul(b)?),
            (Divide, Self::Int(a), Self::Int(b)) => Self::Int(a.checked_div(b)?),
            (Modulo, Self::Int(a), Self::Int(b)) => Self::Int(a.checked_rem(b)?),
            (Add, Self::Double(a), Self::Double(b)) => Self::Double(a + b),
            (Subtract, Self::Double(a), Self::Double(b)) => Self::Double(a - b),
            (Multiply, Self::Double(a), Self::Double(b)) => Self::Double(a * b),
            (Divide, Self::Double(a), Self::Double(b)) => Self::Double(a / b),
            (Add, Self::Duration(a), Self::Duration(b)) => Self::span(a.checked_add(b)?)?,
            (Subtract, Self::Duration(a), Self::Duration(b)) => Self::span(a.checked_sub(b)?)?,
            (Add, Self::Timestamp(a), Self::Duration(b))
            | (Add, Self::Duration(a), Self::Timestamp(b)) => Self::instant(a.checked_add(b)?)?,
            (Subtract, Self::Timestamp(a), Self::Duration(b)) => Self::instant(a.checked_sub(b)?)?,
            (Subtract, Self::Timestamp(a), Self::Timestamp(b)) => Self::span(a.checked_sub(b)?)?,
            _ => return None,
        })
    }

    /// One text after the other; unknown when that is longer than texts may be.
    pub(crate) fn concatenate(self, other: &Self) -> Option<Self> {
        let (Self::Text(first), Self::Text(second)) = (self, other) else {
            return None;
        };
        let fits = first.len() + second.len() <= MAX_TEXT_BYTES;
        fits.then(|| Self::Text(Cow::Owned(first.into_owned() + second)))
    }

    pub(crate) fn negate(self) -> Option<Self> {
        Some(match self {
            Self::Int(value) => Self::Int(value.checked_neg()?),
            Self::Double(value) => Self::Double(-value),
            _ => return None,
        })
    }
}

impl std::fmt::Display for Datum<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Double(value) => write!(formatter, "{value}"),
            Self::Text(text) => formatter.write_str(text),
            Self::Timestamp(micros) => write!(formatter, "{}", Timestamp::from_micros(*micros)),
            Self::Duration(micros) => write!(formatter, "{}", Span::from_micros(*micros)),
            Self::Record(record) => match record.values().next() {
                Some(Value::Text(id)) => formatter.write_str(id),
                _ => formatter.write_str("record"),
            },
        }
    }
}

/// A whole number against a floating one, exactly: not through a rounded conversion.
fn compare_mixed(whole: i64, number: f64) -> Option<Ordering> {
    if number.is_nan() {
        return None;
    }
    if number >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if number < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let floor = number.floor();
    let order = whole.cmp(&(floor as i64));
    Some(if order.is_eq() && number > floor {
        Ordering::Less
    } else {
        order
    })
}
