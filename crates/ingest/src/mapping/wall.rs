//! Instants from what a wall clock showed.

use chrono::{DateTime, FixedOffset};
use jiff::civil;
use jiff::tz::TimeZone;

/// Why a text is no wall-clock time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WallError {
    /// It is not written as such times are.
    #[error("{0:?} is not a wall-clock time: expected such as 2017-10-02 10:56:33 or 2017/10/2")]
    Form(String),
    /// It is an instant, whatever the zone.
    #[error("{0:?} names its own zone or offset: read it with instant()")]
    Zoned(String),
    /// No clock ever shows it.
    #[error("{text:?} does not exist: {reason}")]
    Range {
        /// The text.
        text: String,
        /// Why not.
        reason: String,
    },
    /// Nobody knows the zone.
    #[error("`{0}` is not a time zone: expected an IANA name such as Asia/Shanghai")]
    Zone(String),
    /// Too many microseconds since 1970.
    #[error("{0} is out of range")]
    Epoch(i64),
}

/// A clock on the wall of some zone.
#[derive(Debug, Clone)]
pub struct WallClock(TimeZone);

impl WallClock {
    /// Hangs a clock up in the zone of an IANA name.
    ///
    /// # Errors
    ///
    /// When nobody knows the zone.
    pub fn of_zone(name: &str) -> Result<Self, WallError> {
        zone(name).map(Self)
    }

    /// Returns the instant at which it showed that time, as `wall()` of mappings does.
    ///
    /// # Errors
    ///
    /// When it never does.
    pub fn instant(&self, text: &str) -> Result<DateTime<FixedOffset>, WallError> {
        wall(text, &self.0)
    }
}

/// Reads a wall clock: a date with `-` or `/`, then optionally, after a blank or a `T`,
/// hours and minutes, seconds and a fraction. Where a clock was set back, the first of the
/// two instants is meant; where it was set forward, the gap is added ("compatible").
pub(super) fn wall(text: &str, zone: &TimeZone) -> Result<DateTime<FixedOffset>, WallError> {
    let civil = civil(text.trim())?;
    let range = |error: jiff::Error| WallError::Range {
        text: text.trim().to_owned(),
        reason: error.to_string(),
    };
    let zoned = zone.to_ambiguous_zoned(civil).compatible().map_err(range)?;
    epoch_micros(zoned.timestamp().as_microsecond())
}

/// Writes an instant as a clock on the wall of a zone shows it, in whole seconds.
pub(super) fn wall_text(instant: DateTime<FixedOffset>, zone: &TimeZone) -> String {
    let shown = jiff::Timestamp::from_microsecond(instant.timestamp_micros());
    let shown = shown.map(|shown| shown.to_zoned(zone.clone()));
    shown.map_or_else(
        |_| rfc3339(instant),
        |shown| shown.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// Writes an instant as RFC 3339, in UTC, with a fraction only where there is one.
pub(super) fn rfc3339(instant: DateTime<FixedOffset>) -> String {
    let utc = instant.with_timezone(&chrono::Utc);
    utc.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Returns the instant that many microseconds after 1970 began.
pub(super) fn epoch_micros(micros: i64) -> Result<DateTime<FixedOffset>, WallError> {
    DateTime::from_timestamp_micros(micros)
        .map(|instant| instant.fixed_offset())
        .ok_or(WallError::Epoch(micros))
}

/// Returns the zone of that IANA name.
pub(super) fn zone(name: &str) -> Result<TimeZone, WallError> {
    TimeZone::get(name).map_err(|_| WallError::Zone(name.to_owned()))
}

fn civil(text: &str) -> Result<civil::DateTime, WallError> {
    let form = || WallError::Form(text.to_owned());
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time.trim_start())),
        None => (text, None),
    };
    if time.is_some_and(|time| time.contains(['Z', 'z', '+', '-'])) {
        return Err(WallError::Zoned(text.to_owned()));
    }
    let separator = if date.contains('/') { '/' } else { '-' };
    let [year, month, day] = parts(date, separator).ok_or_else(form)?;
    if year.len() != 4 {
        return Err(form());
    }
    let (clock, nanos) = match time {
        None => (["0", "0", "0"], 0),
        Some(time) => clock(time).ok_or_else(form)?,
    };
    let number = |digits: &str| digits.parse::<i16>().map_err(|_| form());
    let small = |digits: &str| digits.parse::<i8>().map_err(|_| form());
    civil::DateTime::new(
        number(year)?,
        small(month)?,
        small(day)?,
        small(clock[0])?,
        small(clock[1])?,
        small(clock[2])?,
        nanos,
    )
    .map_err(|error| WallError::Range {
        text: text.to_owned(),
        reason: error.to_string(),
    })
}

/// Cuts `h:m`, `h:m:s` or `h:m:s.fraction`.
fn clock(time: &str) -> Option<([&str; 3], i32)> {
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let nanos = match fraction {
        None => 0,
        Some(digits) if (1..=9).contains(&digits.len()) && is_digits(digits) => {
            format!("{digits:0<9}").parse().ok()?
        }
        Some(_) => return None,
    };
    match parts(time, ':') {
        Some(clock) => Some((clock, nanos)),
        None if fraction.is_none() => {
            let [hour, minute] = parts(time, ':')?;
            Some(([hour, minute, "0"], 0))
        }
        None => None,
    }
}

/// Cuts a text into exactly so many runs of one to four digits.
fn parts<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let sound = |part: &&str| (1..=4).contains(&part.len()) && is_digits(part);
    parts.iter().all(sound).then_some(parts)?.try_into().ok()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_zone(text: &str, name: &str) -> Result<String, WallError> {
        wall(text, &zone(name).unwrap()).map(|instant| instant.to_utc().to_rfc3339())
    }

    #[test]
    fn wall_clocks_are_read_in_the_forms_that_systems_export() {
        for text in [
            "2017-10-02 10:56:33",
            "2017-10-02T10:56:33",
            "2017/10/2 10:56:33",
            " 2017-10-02 10:56:33.000 ",
        ] {
            let instant = in_zone(text, "America/Sao_Paulo");
            assert_eq!(
                instant.as_deref(),
                Ok("2017-10-02T13:56:33+00:00"),
                "{text}"
            );
        }
        assert_eq!(
            in_zone("2026/6/1", "Asia/Shanghai").as_deref(),
            Ok("2026-05-31T16:00:00+00:00")
        );
        assert_eq!(
            in_zone("2026-06-01 9:05", "Asia/Shanghai").as_deref(),
            Ok("2026-06-01T01:05:00+00:00")
        );
    }

    #[test]
    fn clocks_set_forward_and_back_have_one_answer() {
        // Brazil skipped 00:00 to 01:00 on 2017-10-15 and repeated 23:00 to 24:00 on 2018-02-17.
        assert_eq!(
            in_zone("2017-10-15 00:30:00", "America/Sao_Paulo").as_deref(),
            Ok("2017-10-15T03:30:00+00:00")
        );
        assert_eq!(
            in_zone("2018-02-17 23:30:00", "America/Sao_Paulo").as_deref(),
            Ok("2018-02-18T01:30:00+00:00")
        );
    }

    #[test]
    fn broken_times_are_refused() {
        for text in [
            "",
            "2017-10",
            "2017-10-02 10",
            "02-10-2017 10:00:00",
            "2017-10-02 10:5a",
            "yesterday",
            "2017-10-02 10:56:33.",
            "2017-10/02",
            "17-10-02",
            "2017-10-02 ",
            "20171002",
        ] {
            let refused = in_zone(text, "Asia/Shanghai");
            let fine = matches!(refused, Err(WallError::Form(_)))
                || text == "2017-10-02 " && refused.is_ok();
            assert!(fine, "{text}: {refused:?}");
        }
        for text in [
            "2017-02-30 10:00:00",
            "2017-13-01",
            "2017-10-02 24:00:00",
            "2017-10-02 10:60",
        ] {
            let refused = in_zone(text, "Asia/Shanghai");
            assert!(
                matches!(refused, Err(WallError::Range { .. })),
                "{text}: {refused:?}"
            );
        }
        let zoned = in_zone("2017-10-02T10:56:33Z", "Asia/Shanghai");
        assert!(matches!(zoned, Err(WallError::Zoned(_))), "{zoned:?}");
    }
}
