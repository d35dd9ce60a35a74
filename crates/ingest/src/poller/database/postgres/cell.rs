//! PostgreSQL's values as JSON, without loss.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _};
use serde_json::Value as Json;
use sqlx::TypeInfo as _;
use sqlx::postgres::{PgTypeInfo, PgTypeKind};
use uuid::Uuid;

use super::super::civil::{Date, Time};
use super::numeric;

/// Seconds from 1970 to 2000, from when PostgreSQL counts.
const EPOCH: i64 = 946_684_800;

/// How the values of a column are read from their binary form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    Uuid,
    Date,
    Time,
    /// A wall clock.
    Timestamp,
    /// An instant.
    TimestampTz,
    Json,
    Jsonb,
    /// Bytes, which JSON has only as base64.
    Bytes,
    Array(Box<Self>),
}

impl Kind {
    pub(super) fn of(info: &PgTypeInfo) -> Option<Self> {
        Some(match info.kind() {
            PgTypeKind::Enum(_) => Self::Text,
            PgTypeKind::Domain(inner) => Self::of(inner)?,
            PgTypeKind::Array(inner) => Self::Array(Box::new(Self::of(inner)?)),
            PgTypeKind::Simple => match info.name().to_ascii_uppercase().as_str() {
                "BOOL" => Self::Bool,
                "INT2" => Self::Int2,
                "INT4" => Self::Int4,
                "INT8" => Self::Int8,
                "OID" => Self::Oid,
                "FLOAT4" => Self::Float4,
                "FLOAT8" => Self::Float8,
                "NUMERIC" => Self::Numeric,
                "TEXT" | "VARCHAR" | "CHAR" | "\"CHAR\"" | "NAME" | "UNKNOWN" | "CITEXT"
                | "XML" => Self::Text,
                "UUID" => Self::Uuid,
                "DATE" => Self::Date,
                "TIME" => Self::Time,
                "TIMESTAMP" => Self::Timestamp,
                "TIMESTAMPTZ" => Self::TimestampTz,
                "JSON" => Self::Json,
                "JSONB" => Self::Jsonb,
                "BYTEA" => Self::Bytes,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Reads a value; none when its bytes are not such as the type has.
    pub(super) fn read(&self, bytes: &[u8]) -> Option<Json> {
        Some(match self {
            Self::Bool => Json::from(*bytes.first()? != 0),
            Self::Int2 => Json::from(i16::from_be_bytes(bytes.try_into().ok()?)),
            Self::Int4 => Json::from(i32::from_be_bytes(bytes.try_into().ok()?)),
            Self::Int8 => Json::from(i64::from_be_bytes(bytes.try_into().ok()?)),
            Self::Oid => Json::from(u32::from_be_bytes(bytes.try_into().ok()?)),
            Self::Float4 => {
                let float = f32::from_be_bytes(bytes.try_into().ok()?);
                // By its shortest text: 0.1 stays 0.1.
                double(float.to_string().parse().ok()?)
            }
            Self::Float8 => double(f64::from_be_bytes(bytes.try_into().ok()?)),
            Self::Numeric => Json::from(numeric::text(bytes)?),
            Self::Text => Json::from(std::str::from_utf8(bytes).ok()?),
            Self::Uuid => Json::from(Uuid::from_slice(bytes).ok()?.to_string()),
            Self::Date => Json::from(date(i32::from_be_bytes(bytes.try_into().ok()?))?),
            Self::Time => {
                let micros = i64::from_be_bytes(bytes.try_into().ok()?);
                Json::from(Time::of_micros(u64::try_from(micros).ok()?).to_string())
            }
            Self::Timestamp => Json::from(timestamp(bytes, (" ", ""))?),
            Self::TimestampTz => Json::from(timestamp(bytes, ("T", "Z"))?),
            Self::Json => serde_json::from_slice(bytes).ok()?,
            // The first byte is the version of the form.
            Self::Jsonb => serde_json::from_slice(bytes.get(1..)?).ok()?,
            Self::Bytes => Json::from(STANDARD.encode(bytes)),
            Self::Array(inner) => array(inner, bytes)?,
        })
    }
}

/// What JSON has no number for is a text, as PostgreSQL writes it.
fn double(double: f64) -> Json {
    match serde_json::Number::from_f64(double) {
        Some(number) => Json::Number(number),
        None if double.is_nan() => Json::from("NaN"),
        None if double > 0.0 => Json::from("Infinity"),
        None => Json::from("-Infinity"),
    }
}

fn date(days: i32) -> Option<String> {
    Some(match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => {
            let epoch = DateTime::from_timestamp(EPOCH, 0)?.date_naive();
            let date = epoch.checked_add_signed(TimeDelta::days(i64::from(days)))?;
            named(date).to_string()
        }
    })
}

/// Writes microseconds since 2000, with what stands between date and time, and behind.
fn timestamp(bytes: &[u8], (between, behind): (&str, &str)) -> Option<String> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    Some(match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        micros => {
            let epoch = DateTime::from_timestamp(EPOCH, 0)?.naive_utc();
            let told = epoch.checked_add_signed(TimeDelta::microseconds(micros))?;
            let time = Time {
                hour: u64::from(told.hour()),
                minute: u64::from(told.minute()),
                second: u64::from(told.second()),
                micros: u64::from(told.nanosecond() / 1_000),
            };
            format!("{}{between}{time}{behind}", named(told.date()))
        }
    })
}

fn named(date: chrono::NaiveDate) -> Date {
    Date {
        year: date.year(),
        month: date.month(),
        day: date.day(),
    }
}

/// Reads an array: its dimensions, whether there are nulls, the type, each dimension, then
/// the items row by row.
fn array(inner: &Kind, bytes: &[u8]) -> Option<Json> {
    let mut rest = bytes;
    let dimensions = usize::try_from(int(&mut rest)?).ok()?;
    int(&mut rest)?;
    int(&mut rest)?;
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(usize::try_from(int(&mut rest)?).ok()?);
        int(&mut rest)?;
    }
    let mut items = Vec::new();
    while !rest.is_empty() {
        items.push(match usize::try_from(int(&mut rest)?) {
            Err(_) => Json::Null,
            Ok(length) => {
                let (item, tail) = rest.split_at_checked(length)?;
                rest = tail;
                inner.read(item)?
            }
        });
    }
    // From the innermost dimension outwards.
    for length in lengths.iter().skip(1).rev() {
        let chunks = items.chunks((*length).max(1));
        items = chunks.map(|chunk| Json::Array(chunk.to_vec())).collect();
    }
    Some(Json::Array(items))
}

fn int(rest: &mut &[u8]) -> Option<i32> {
    let (head, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    Some(i32::from_be_bytes(*head))
}
