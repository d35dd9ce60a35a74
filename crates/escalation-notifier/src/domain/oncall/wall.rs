//! A wall clock, read as a scale that never goes back.

use chrono::{DateTime, Utc};
use jiff::{
    SignedDuration, Timestamp, ToSpan, civil,
    tz::{AmbiguousOffset, TimeZone},
};

/// What a wall clock shows.
pub type Reading = civil::DateTime;

/// The wall clock of a time zone.
///
/// While the clock is set back the latest reading stands still, and what the clock leaves out
/// when it is set forward is shown in that very instant. So [`WallClock::latest_reading`] never
/// decreases, and an instant is no earlier than [`WallClock::first_showing`] of a reading exactly
/// when its latest reading is no less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallClock {
    name: String,
    zone: TimeZone,
}

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the IANA name of a time zone, such as Asia/Shanghai")]
pub struct UnknownZone;

impl WallClock {
    /// IANA name of its zone.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        &self.name
    }

    /// The latest that the clock has shown up to an instant.
    #[must_use]
    pub fn latest_reading(&self, at: DateTime<Utc>) -> Reading {
        let at = timestamp(at);
        let shown = self.zone.to_datetime(at);
        match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Fold { before, after } if self.zone.to_offset(at) == after => {
                let just_before = self
                    .last_change(at)
                    .saturating_sub(SignedDuration::from_nanos(1));
                just_before.map_or(shown, |instant| before.to_datetime(instant))
            }
            _ => shown,
        }
    }

    /// The first instant at which the clock shows a reading, or more.
    #[must_use]
    pub fn first_showing(&self, reading: Reading) -> DateTime<Utc> {
        let instant = match self.zone.to_ambiguous_timestamp(reading).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(reading).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(reading).ok(),
            AmbiguousOffset::Gap { before, .. } => before
                .to_timestamp(reading)
                .ok()
                .map(|later| self.last_change(later)),
        };
        let end = if reading.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        date_time(instant.unwrap_or(end))
    }

    /// When the clock was set last, up to and with an instant.
    fn last_change(&self, at: Timestamp) -> Timestamp {
        let just_after = at.saturating_add(1.nanosecond()).unwrap_or(at);
        self.zone
            .preceding(just_after)
            .next()
            .map_or(at, |change| change.timestamp())
    }
}

impl std::str::FromStr for WallClock {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZone::get(name).map_err(|_| UnknownZone)?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, zone })
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let beyond = if at.timestamp() > 0 {
        Timestamp::MAX
    } else {
        Timestamp::MIN
    };
    Timestamp::from_microsecond(at.timestamp_micros()).unwrap_or(beyond)
}

fn date_time(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.as_microsecond()).unwrap_or_default()
}
