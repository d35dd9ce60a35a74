//! Instants and spans, in microseconds: what the databases of this field keep.

use std::fmt;
use std::ops::{Add, Neg, Sub};
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// An instant, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A span of time in microseconds; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

/// A text that is not an RFC 3339 instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instant: expected RFC 3339, such as 2026-11-11T00:00:00+08:00")]
pub struct TimestampError(String);

impl Timestamp {
    /// Before every instant: "always was".
    pub const MIN: Self = Self(i64::MIN);
    /// After every instant: "never will be".
    pub const MAX: Self = Self(i64::MAX);

    /// Makes an instant from microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Makes an instant from seconds since 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Returns microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns whether it is a real instant, neither [`Self::MIN`] nor [`Self::MAX`].
    #[must_use]
    pub const fn is_finite(self) -> bool {
        self.0 != i64::MIN && self.0 != i64::MAX
    }

    /// Returns the span since `earlier`, saturating at the ends of time.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Returns it as a `chrono` instant; the ends of time become chrono's own.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        let end = if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        };
        DateTime::from_timestamp_micros(self.0).unwrap_or(end)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Makes a span from microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Makes a span from seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Makes a span from hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_seconds(hours.saturating_mul(3_600))
    }

    /// Returns the span in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        self.since(earlier)
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Span {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_micros())
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(instant: Timestamp) -> Self {
        instant.to_chrono()
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        DateTime::parse_from_rfc3339(text)
            .map(|instant| Self(instant.timestamp_micros()))
            .map_err(|_| TimestampError(text.to_owned()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MIN => formatter.write_str("-infinity"),
            Self::MAX => formatter.write_str("infinity"),
            instant => formatter.write_str(
                &instant
                    .to_chrono()
                    .to_rfc3339_opts(SecondsFormat::AutoSi, true),
            ),
        }
    }
}

impl fmt::Display for Span {
    /// Writes days, hours, minutes and seconds, leaving out what is zero: `1d 2h`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return formatter.write_str("0s");
        }
        if self.0 < 0 {
            formatter.write_str("-")?;
        }
        let micros = self.0.unsigned_abs();
        let seconds = micros / 1_000_000;
        let whole = [
            (seconds / 86_400, 'd'),
            (seconds / 3_600 % 24, 'h'),
            (seconds / 60 % 60, 'm'),
        ];
        let mut gap = "";
        for (count, unit) in whole.into_iter().filter(|(count, _)| *count > 0) {
            write!(formatter, "{gap}{count}{unit}")?;
            gap = " ";
        }
        match (seconds % 60, micros % 1_000_000) {
            (0, 0) => Ok(()),
            (rest, 0) => write!(formatter, "{gap}{rest}s"),
            (rest, fraction) => {
                let digits = format!("{fraction:06}");
                write!(formatter, "{gap}{rest}.{}s", digits.trim_end_matches('0'))
            }
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_keeps_its_microseconds_through_text() {
        let instant: Timestamp = "2018-05-01T12:30:00.000001-03:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2018-05-01T15:30:00.000001Z");
        assert_eq!(instant.to_string().parse(), Ok(instant));
    }

    #[test]
    fn a_wall_clock_without_a_zone_is_refused() {
        let error = "2018-05-01 12:30:00".parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().contains("RFC 3339"));
    }

    #[test]
    fn spans_are_written_as_people_say_them() {
        assert_eq!(Span::from_hours(50).to_string(), "2d 2h");
        assert_eq!(Span::from_micros(-1_500_000).to_string(), "-1.5s");
        assert_eq!(
            Span::from_micros(i64::MIN).to_string().chars().next(),
            Some('-')
        );
    }

    #[test]
    fn the_ends_of_time_do_not_wrap() {
        assert_eq!(Timestamp::MAX + Span::from_hours(1), Timestamp::MAX);
        assert_eq!(Timestamp::MIN - Span::from_hours(1), Timestamp::MIN);
    }
}
