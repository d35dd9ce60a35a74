//! How long a step may take, in the words of a procedure: `30m`, `4h`, `1d12h`.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// Ten years: longer than any step, short enough that no instant overflows.
const LONGEST: i64 = 3_650 * 86_400;

/// A positive duration of whole seconds, at most 3,650 days; a day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(i64);

/// The text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a duration between 1s and 3650d; write for example 30m, 4h or 1d12h")]
pub struct NotASpan(String);

impl Span {
    /// One second.
    pub const SHORTEST: Self = Self(1);

    /// So many seconds, where that is a duration.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Option<Self> {
        (1..=LONGEST).contains(&seconds).then_some(Self(seconds))
    }

    /// The duration as the clock counts.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        TimeDelta::seconds(self.0)
    }

    /// The duration in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim())
            .filter(|seconds| (1..=LONGEST).contains(seconds))
            .map(Self)
            .ok_or_else(|| NotASpan(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<i64> {
    let mut units = UNITS.iter();
    let mut rest = text;
    let mut seconds: i64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..end].parse().ok()?;
        let letter = rest[end..].chars().next()?;
        let (_, size) = units.find(|(unit, _)| *unit == letter)?;
        seconds = seconds.checked_add(number.checked_mul(*size)?)?;
        rest = &rest[end + letter.len_utf8()..];
    }
    Some(seconds)
}

impl TryFrom<String> for Span {
    type Error = NotASpan;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (unit, size) in UNITS {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_same_words() {
        for text in ["30m", "4h", "1d12h", "90s", "2d3h4m5s"] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
        assert_eq!("1d12h".parse::<Span>().unwrap().seconds(), 129_600);
        assert_eq!("90s".parse::<Span>().unwrap().to_string(), "1m30s");
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in [
            "",
            "h",
            "0h",
            "4",
            "4 h",
            "-1h",
            "1h1d",
            "1h1h",
            "4000d",
            "99999999999999999999d",
            "4時",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
