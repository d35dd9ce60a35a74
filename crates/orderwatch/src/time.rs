//! Instants and durations as the command line reads and writes them.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use prost_types::Timestamp;

/// Writes an instant in RFC 3339, UTC, with no more fraction digits than it
/// needs.
pub(crate) fn instant(timestamp: &Timestamp) -> String {
    let Some(instant) = u32::try_from(timestamp.nanos)
        .ok()
        .and_then(|nanos| DateTime::<Utc>::from_timestamp(timestamp.seconds, nanos))
    else {
        return format!("{}.{:09}s", timestamp.seconds, timestamp.nanos);
    };
    let precise = instant.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let (whole, fraction) = precise
        .trim_end_matches('Z')
        .split_once('.')
        .unwrap_or((&precise, ""));
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}Z"),
        digits => format!("{whole}.{digits}Z"),
    }
}

/// Writes an optional instant.
pub(crate) fn optional(timestamp: Option<&Timestamp>) -> Option<String> {
    timestamp.map(instant)
}

/// Reads an RFC 3339 instant, or `now`.
pub(crate) fn parse_instant(text: &str) -> Result<DateTime<Utc>, String> {
    if text == "now" {
        return Ok(Utc::now());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.with_timezone(&Utc))
        .map_err(|error| format!("{error}: write it like 2026-11-11T08:00:00+08:00, or now"))
}

/// Turns an instant into its wire form.
pub(crate) fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: instant.timestamp(),
        nanos: instant.timestamp_subsec_nanos().cast_signed(),
    }
}

/// Reads a duration such as `90s`, `30m` or `2h 15m`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text
        .parse()
        .map_err(|error| format!("{error}: write it like 90s, 30m or 2h"))?;
    Duration::try_from(parsed).map_err(|_| "a duration cannot be negative".to_owned())
}

/// Writes a wire duration such as `4h 30m`.
pub(crate) fn duration(value: &prost_types::Duration) -> String {
    spell(Duration::new(
        value.seconds.unsigned_abs(),
        value.nanos.unsigned_abs(),
    ))
}

/// Writes a duration with its two largest units.
pub(crate) fn spell(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let Some(first) = units.iter().position(|(count, _)| *count > 0) else {
        return format!("{}ms", duration.subsec_millis());
    };
    units[first..]
        .iter()
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_only_the_digits_it_needs() {
        let at = |seconds, nanos| instant(&Timestamp { seconds, nanos });
        assert_eq!(at(1_507_146_900, 0), "2017-10-04T19:55:00Z");
        assert_eq!(at(1_507_146_900, 500_000_000), "2017-10-04T19:55:00.5Z");
        assert_eq!(at(1_507_146_900, 1_000), "2017-10-04T19:55:00.000001Z");
        assert_eq!(at(-1, 0), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn durations_read_and_write_like_people_do() {
        assert_eq!(parse_duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(
            parse_duration("2h 15m").unwrap(),
            Duration::from_secs(8_100)
        );
        assert!(parse_duration("-1s").is_err());
        assert_eq!(spell(Duration::from_secs(8_100)), "2h 15m");
        assert_eq!(spell(Duration::from_millis(12)), "12ms");
    }
}
