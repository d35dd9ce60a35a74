//! Instants in requests, and how far they may be from now.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::name::UnknownName;
use super::refused::Refused;

/// Unit in which instants are counted since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// How far from now a request may have been sent, back or ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance(TimeDelta);

impl Unit {
    const NAMES: &'static [&'static str] = &["s", "ms"];

    /// Reads digits, and nothing but digits.
    pub(super) fn read(self, text: &[u8]) -> Option<DateTime<Utc>> {
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let count = std::str::from_utf8(text).ok()?.parse().ok()?;
        match self {
            Self::Seconds => DateTime::from_timestamp(count, 0),
            Self::Milliseconds => DateTime::from_timestamp_millis(count),
        }
    }

    pub(super) fn count(self, instant: DateTime<Utc>) -> i64 {
        match self {
            Self::Seconds => instant.timestamp(),
            Self::Milliseconds => instant.timestamp_millis(),
        }
    }
}

impl FromStr for Unit {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "s" => Ok(Self::Seconds),
            "ms" => Ok(Self::Milliseconds),
            _ => Err(UnknownName::new("unit", name, Self::NAMES)),
        }
    }
}

impl Tolerance {
    /// Five minutes: what HubSpot's documentation asks for, and what the libraries of Standard
    /// Webhooks use.
    pub const FIVE_MINUTES: Self = Self(TimeDelta::minutes(5));

    /// A tolerance; `None` unless it is positive.
    #[must_use]
    pub fn new(tolerance: TimeDelta) -> Option<Self> {
        (tolerance > TimeDelta::zero()).then_some(Self(tolerance))
    }

    /// The tolerance as a span of time.
    #[must_use]
    pub fn as_delta(self) -> TimeDelta {
        self.0
    }

    /// Checks that a request was sent near enough to now; the edges still pass.
    pub(super) fn check(self, sent: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refused> {
        let age = now - sent;
        let tolerance = self.0;
        if age > tolerance {
            return Err(Refused::TooOld { age, tolerance });
        }
        if -age > tolerance {
            let ahead = -age;
            return Err(Refused::FromTheFuture { ahead, tolerance });
        }
        Ok(())
    }
}
