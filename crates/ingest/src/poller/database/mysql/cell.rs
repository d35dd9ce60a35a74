//! Values of MySQL and MariaDB as JSON, without loss.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde_json::Value as Json;
use sqlx::mysql::MySqlTypeInfo;
use sqlx::{MySql, Type, TypeInfo as _};

use super::super::civil::{Date, Time};

/// How the values of a column are read from their binary form.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Kind {
    Signed,
    Unsigned,
    Float,
    Double,
    /// A decimal, or anything else that comes as a text.
    Text,
    Bits,
    Date,
    /// A span, which may be negative and longer than a day.
    Time,
    /// A wall clock.
    Datetime,
    /// An instant, which comes as the session's wall clock shows it.
    Timestamp(TimeZone),
    Json,
    /// Bytes, which JSON has only as base64.
    Bytes,
    Null,
}

/// A value, and why it is not what it should be.
pub(super) type Read = (Json, Option<String>);

impl Kind {
    pub(super) fn of(info: &MySqlTypeInfo, zone: &TimeZone) -> Option<Self> {
        Some(match info.name() {
            name if is_integer(name) => match <u64 as Type<MySql>>::compatible(info) {
                true => Self::Unsigned,
                false => Self::Signed,
            },
            "YEAR" => Self::Unsigned,
            "FLOAT" => Self::Float,
            "DOUBLE" => Self::Double,
            "DECIMAL" | "ENUM" | "SET" => Self::Text,
            "BIT" => Self::Bits,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "DATETIME" => Self::Datetime,
            "TIMESTAMP" => Self::Timestamp(zone.clone()),
            "JSON" => Self::Json,
            "NULL" => Self::Null,
            // What is a text, the collation says: `utf8mb4_bin` looks like bytes otherwise.
            name if is_string(name) => match <str as Type<MySql>>::compatible(info) {
                true => Self::Text,
                false => Self::Bytes,
            },
            _ => return None,
        })
    }

    /// Reads a value; none when its bytes are not such as the type has.
    pub(super) fn read(&self, bytes: &[u8]) -> Option<Read> {
        let value = match self {
            Self::Signed => Json::from(signed(bytes)?),
            Self::Unsigned => Json::from(unsigned(bytes.iter().rev())?),
            Self::Float => {
                let float = f32::from_le_bytes(bytes.try_into().ok()?);
                // By its shortest text: 0.1 stays 0.1.
                number(float.to_string().parse().ok()?)
            }
            Self::Double => number(f64::from_le_bytes(bytes.try_into().ok()?)),
            Self::Text => Json::from(std::str::from_utf8(bytes).ok()?),
            Self::Bits => Json::from(unsigned(bytes.iter())?),
            Self::Date => Json::from(date(bytes)?.to_string()),
            Self::Time => Json::from(span(bytes)?),
            Self::Datetime => {
                let (date, time) = datetime(bytes)?;
                Json::from(format!("{date} {time}"))
            }
            Self::Timestamp(zone) => return instant(bytes, zone),
            Self::Json => serde_json::from_slice(bytes).ok()?,
            Self::Bytes => Json::from(STANDARD.encode(bytes)),
            Self::Null => Json::Null,
        };
        Some((value, None))
    }
}

fn is_integer(name: &str) -> bool {
    // BOOLEAN is TINYINT(1), in which shops keep other numbers than 0 and 1.
    name.contains("INT") && !name.contains("POINT") || name == "BOOLEAN"
}

fn is_string(name: &str) -> bool {
    ["CHAR", "TEXT", "BLOB", "BINARY"]
        .iter()
        .any(|family| name.ends_with(family))
}

fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match bytes.len() {
        1 => i64::from(i8::from_le_bytes(bytes.try_into().ok()?)),
        2 => i64::from(i16::from_le_bytes(bytes.try_into().ok()?)),
        4 => i64::from(i32::from_le_bytes(bytes.try_into().ok()?)),
        _ => i64::from_le_bytes(bytes.try_into().ok()?),
    })
}

/// Reads bytes from the most significant to the least.
fn unsigned<'b>(bytes: impl ExactSizeIterator<Item = &'b u8>) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.fold(0, |whole, byte| whole << 8 | u64::from(*byte)))
}

fn number(double: f64) -> Json {
    serde_json::Number::from_f64(double).map_or(Json::Null, Json::Number)
}

/// Reads a date, which stands behind its length: year, month, day.
fn date(bytes: &[u8]) -> Option<Date> {
    Some(Date {
        year: i32::from(u16::from_le_bytes([*bytes.get(1)?, *bytes.get(2)?])),
        month: u32::from(*bytes.get(3)?),
        day: u32::from(*bytes.get(4)?),
    })
}

/// Reads a date and a time, which may be left out, as may its fraction.
fn datetime(bytes: &[u8]) -> Option<(Date, Time)> {
    let time = match bytes.get(5..) {
        None | Some([]) => Time::default(),
        Some(clock) => time(clock)?,
    };
    Some((date(bytes)?, time))
}

fn time(clock: &[u8]) -> Option<Time> {
    Some(Time {
        hour: u64::from(*clock.first()?),
        minute: u64::from(*clock.get(1)?),
        second: u64::from(*clock.get(2)?),
        micros: match clock.get(3..) {
            None | Some([]) => 0,
            Some(fraction) => u64::from(u32::from_le_bytes(fraction.try_into().ok()?)),
        },
    })
}

/// Reads a span: its length, whether it is negative, days, and a time.
fn span(bytes: &[u8]) -> Option<String> {
    let Some((sign, rest)) = bytes.get(1..)?.split_first() else {
        return Some(Time::default().to_string());
    };
    let (days, clock) = rest.split_first_chunk::<4>()?;
    let mut time = time(clock)?;
    time.hour += u64::from(u32::from_le_bytes(*days)) * 24;
    let minus = if *sign == 1 { "-" } else { "" };
    Some(format!("{minus}{time}"))
}

/// Writes an instant as RFC 3339. Of a clock that was set back, nobody knows which of two
/// instants is meant.
fn instant(bytes: &[u8], zone: &TimeZone) -> Option<Read> {
    let (date, time) = datetime(bytes)?;
    let text = format!("{date} {time}");
    let shown: civil::DateTime = text.parse().ok()?;
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    if let AmbiguousOffset::Fold { .. } = ambiguous.offset() {
        let fault = format!(
            "{text} came twice, as clocks were set back: select UNIX_TIMESTAMP of the column, or \
             let `timezone` be UTC"
        );
        return Some((Json::from(text), Some(fault)));
    }
    let at = ambiguous.compatible().ok()?;
    Some((Json::from(at.to_string()), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &Kind, bytes: &[u8]) -> Json {
        kind.read(bytes).unwrap().0
    }

    #[test]
    fn clocks_are_read_as_they_come() {
        let day = [4, 0xEA, 0x07, 11, 1];
        assert_eq!(read(&Kind::Date, &day), "2026-11-01");
        assert_eq!(read(&Kind::Datetime, &day), "2026-11-01 00:00:00");
        let whole = [11, 0xEA, 0x07, 11, 1, 1, 30, 5, 0x40, 0xE2, 0x01, 0];
        assert_eq!(read(&Kind::Datetime, &whole), "2026-11-01 01:30:05.123456");
        assert_eq!(read(&Kind::Time, &[0]), "00:00:00");
        assert_eq!(
            read(&Kind::Time, &[8, 1, 34, 0, 0, 0, 22, 59, 59]),
            "-838:59:59"
        );
    }

    #[test]
    fn an_instant_that_a_clock_showed_twice_is_not_guessed() {
        let bytes = [7, 0xEA, 0x07, 11, 1, 1, 30, 5];
        let zone = |name| Kind::Timestamp(TimeZone::get(name).unwrap());
        assert_eq!(read(&zone("Asia/Shanghai"), &bytes), "2026-10-31T17:30:05Z");
        let (value, fault) = zone("America/New_York").read(&bytes).unwrap();
        assert_eq!(value, "2026-11-01 01:30:05");
        assert!(fault.unwrap().contains("came twice"));
    }

    #[test]
    fn whole_numbers_keep_their_sign_and_digits() {
        assert_eq!(read(&Kind::Signed, &[0xFF]), -1);
        assert_eq!(read(&Kind::Unsigned, &[0xFF]), 255);
        assert_eq!(read(&Kind::Unsigned, &[0xFF; 8]), u64::MAX);
        assert_eq!(read(&Kind::Bits, &[1, 0]), 256);
    }
}
