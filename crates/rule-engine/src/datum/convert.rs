//! Conversions between types, as CEL has them.

use super::{Datum, is_instant};
use crate::check::parse_duration;
use crate::expression::Conversion;
use order::Timestamp;
use std::borrow::Cow;

impl Datum<'_> {
    /// Converts between types; unknown when a text does not spell the value or it has no place.
    pub(crate) fn convert(self, conversion: Conversion) -> Option<Self> {
        match conversion {
            Conversion::Bool => self.into_bool(),
            Conversion::Int => self.into_int(),
            Conversion::Double => self.into_double(),
            Conversion::Text => self.into_text(),
            Conversion::Timestamp => self.into_timestamp(),
            Conversion::Duration => self.into_duration(),
        }
    }

    fn into_bool(self) -> Option<Self> {
        Some(Self::Bool(match self {
            Self::Bool(value) => value,
            Self::Text(text) => match text.as_ref() {
                "1" | "t" | "true" | "TRUE" | "True" => true,
                "0" | "f" | "false" | "FALSE" | "False" => false,
                _ => return None,
            },
            _ => return None,
        }))
    }

    /// An instant becomes its seconds since 1970.
    fn into_int(self) -> Option<Self> {
        Some(Self::Int(match self {
            Self::Int(value) => value,
            Self::Double(value) => truncate(value)?,
            Self::Text(text) => text.parse().ok()?,
            Self::Timestamp(micros) => micros.div_euclid(1_000_000),
            _ => return None,
        }))
    }

    fn into_double(self) -> Option<Self> {
        Some(Self::Double(match self {
            Self::Double(value) => value,
            Self::Int(value) => value as f64,
            Self::Text(text) => text.parse().ok()?,
            _ => return None,
        }))
    }

    /// A span becomes its seconds, such as `5400s`.
    fn into_text(self) -> Option<Self> {
        Some(Self::Text(match self {
            Self::Text(text) => text,
            Self::Record(_) => return None,
            Self::Timestamp(micros) => Cow::Owned(spell_instant(micros)),
            Self::Duration(micros) => Cow::Owned(spell_span(micros)),
            value => Cow::Owned(value.to_string()),
        }))
    }

    fn into_timestamp(self) -> Option<Self> {
        match self {
            Self::Timestamp(micros) => Some(Self::Timestamp(micros)),
            Self::Int(seconds) => Self::instant(seconds.checked_mul(1_000_000)?),
            Self::Text(text) => Self::instant(parse_instant(&text)?.micros()),
            _ => None,
        }
    }

    fn into_duration(self) -> Option<Self> {
        match self {
            Self::Duration(micros) => Some(Self::Duration(micros)),
            Self::Text(text) => Some(Self::Duration(parse_duration(&text)?.micros())),
            _ => None,
        }
    }
}

/// Reads RFC 3339 with an offset; none outside the years 1 to 9999.
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    let instant = text.parse::<Timestamp>().ok()?;
    is_instant(instant.micros()).then_some(instant)
}

fn spell_instant(micros: i64) -> String {
    let whole = Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string();
    let seconds = whole.trim_end_matches('Z');
    format!(
        "{seconds}{}Z",
        fraction(micros.rem_euclid(1_000_000).unsigned_abs())
    )
}

fn spell_span(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!(
        "{sign}{}{}s",
        micros / 1_000_000,
        fraction(micros % 1_000_000)
    )
}

fn fraction(micros: u64) -> String {
    match micros {
        0 => String::new(),
        micros => format!(".{micros:06}").trim_end_matches('0').to_owned(),
    }
}

/// Drops the fraction; none beyond the whole numbers.
fn truncate(value: f64) -> Option<i64> {
    let limit = 9_223_372_036_854_775_808.0;
    (value > -limit && value < limit).then_some(value as i64)
}
