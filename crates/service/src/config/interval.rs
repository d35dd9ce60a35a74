//! Stretches of time as people write them: `30s`, `15m`, `4h`, `7d`, `250ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A stretch of time in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(Duration);

/// A text that is no stretch of time.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is no duration; expected a number and a unit, such as 250ms, 30s, 15m, 4h or 7d")]
pub struct MalformedInterval {
    text: String,
}

impl Interval {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The stretch as the standard library has it.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Interval {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl FromStr for Interval {
    type Err = MalformedInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedInterval {
            text: text.to_owned(),
        };
        let written = text.trim();
        let digits = written.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = written.split_at(digits);
        let number: u64 = number.parse().map_err(|_| malformed())?;
        let millis = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(malformed()),
        };
        number
            .checked_mul(millis)
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(malformed)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let units = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
        ];
        match units
            .into_iter()
            .find(|(size, _)| millis > 0 && millis.is_multiple_of(*size))
        {
            Some((size, unit)) => write!(formatter, "{}{unit}", millis / size),
            None => write!(formatter, "{millis}ms"),
        }
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_reads_back_as_it_was_written() {
        for text in ["250ms", "30s", "15m", "4h", "7d"] {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_number_without_unit_is_refused_with_what_was_expected() {
        let error = "30".parse::<Interval>().unwrap_err();
        assert!(error.to_string().contains("30s"), "{error}");
    }
}
