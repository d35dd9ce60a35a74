//! The values of a sweep: a range with a step, or a list.

use super::{MAX_VALUES, Place, SweepError};
use crate::check::parse_duration;
use order::Span;
use serde_norway::Value;

/// One value that a threshold takes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::backtest) struct SweepValue {
    /// As a rule set writes it.
    pub(in crate::backtest) text: String,
    /// As a place on an axis.
    pub(in crate::backtest) number: f64,
    /// As it stands in the document.
    pub(super) literal: Value,
}

/// Reads `from..to/step` or `a,b,c` as values of a threshold's type.
pub(super) fn values(
    text: &str,
    value_type: &str,
    place: &Place,
) -> Result<Vec<SweepValue>, SweepError> {
    let values = match (text.split_once(".."), value_type) {
        (Some((from, rest)), "duration" | "int" | "double") => {
            let (to, step) = rest
                .split_once('/')
                .ok_or_else(|| SweepError::Form(text.to_owned()))?;
            range([from, to, step], value_type, place)?
        }
        _ => text
            .split(',')
            .enumerate()
            .map(|(index, one)| value(one.trim(), index, value_type, place))
            .collect::<Result<_, _>>()?,
    };
    if values.len() > MAX_VALUES {
        return Err(SweepError::TooMany {
            place: place.clone(),
        });
    }
    Ok(values)
}

fn value(
    text: &str,
    index: usize,
    value_type: &str,
    place: &Place,
) -> Result<SweepValue, SweepError> {
    let wrong = |expected| SweepError::Value {
        value: text.to_owned(),
        place: place.clone(),
        expected,
    };
    let text_literal = Value::String(text.to_owned());
    let (number, literal) = match value_type {
        "duration" => {
            let span = parse_duration(text).ok_or_else(|| wrong("a duration such as 36h"))?;
            (span.micros() as f64 / 1e6, text_literal)
        }
        "int" => {
            let whole: i64 = text.parse().map_err(|_| wrong("a whole number"))?;
            (whole as f64, Value::from(whole))
        }
        "double" => {
            let number: f64 = text.parse().map_err(|_| wrong("a number"))?;
            (number, Value::from(number))
        }
        "bool" => {
            let truth: bool = text.parse().map_err(|_| wrong("true or false"))?;
            (f64::from(u8::from(truth)), Value::Bool(truth))
        }
        _ => (index as f64, text_literal),
    };
    Ok(SweepValue {
        text: text.to_owned(),
        number,
        literal,
    })
}

/// Counts in whole microseconds or units where it can, so that no step is lost to rounding.
fn range(
    [from, to, step]: [&str; 3],
    value_type: &str,
    place: &Place,
) -> Result<Vec<SweepValue>, SweepError> {
    let number = |text: &str| value(text.trim(), 0, value_type, place).map(|value| value.number);
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    let count = ((to - from) / step + 1e-9).floor();
    if !(step > 0.0 && count >= 0.0) {
        return Err(SweepError::Form(format!("{from}..{to}/{step}")));
    }
    if count >= MAX_VALUES as f64 {
        return Err(SweepError::TooMany {
            place: place.clone(),
        });
    }
    (0..=count as usize)
        .map(|index| {
            let number = from + step * index as f64;
            let text = match value_type {
                "duration" => spelt(Span::from_micros((number * 1e6).round() as i64), step),
                "int" => format!("{}", number as i64),
                _ => format!("{}", (number * 1e9).round() / 1e9),
            };
            value(&text, index, value_type, place)
        })
        .collect()
}

/// Writes a span in the largest unit that divides it and the steps, as people compare them.
fn spelt(span: Span, step: f64) -> String {
    let step = (step * 1e6).round() as i64;
    let units = [
        (3_600_000_000, "h"),
        (60_000_000, "m"),
        (1_000_000, "s"),
        (1_000, "ms"),
    ];
    for (length, unit) in units {
        if span.micros() % length == 0 && step % length == 0 {
            return format!("{}{unit}", span.micros() / length);
        }
    }
    format!("{}us", span.micros())
}
