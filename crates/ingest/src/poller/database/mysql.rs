//! MySQL and MariaDB.

mod cell;

use std::str::FromStr as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow, MySqlTypeInfo};
use sqlx::{AssertSqlSafe, ConnectOptions as _, MySql, MySqlConnection, Row as _, ValueRef as _};

use super::rows::{Cell, Dialect, collected};
use super::trouble::broken;
use super::{Question, run};
use crate::connector::{Placeholder, Position};
use crate::poll::{Broken, Record};
use cell::Kind;

/// Since when a zone must have had one offset to be told by it, in seconds since 1970: 2000.
const OF_LATE: i64 = 946_684_800;

impl Dialect for MySql {
    type Kind = Kind;

    fn kind(info: &MySqlTypeInfo, zone: &TimeZone) -> Option<Kind> {
        Kind::of(info, zone)
    }

    fn cell(row: &MySqlRow, index: usize, kind: &Kind) -> Result<Cell, sqlx::Error> {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Cell::NULL);
        }
        let bytes: &[u8] = row.try_get_unchecked(index)?;
        let read = kind.read(bytes);
        let (value, fault) =
            read.ok_or_else(|| sqlx::Error::Decode("its value is out of range".into()))?;
        Ok(Cell {
            value,
            bytes: bytes.len(),
            fault,
        })
    }
}

/// Opens a session whose wall clock is that of the connector, so that instants compare with
/// columns of either kind.
pub(super) async fn open(url: &str, question: &Question<'_>) -> Result<MySqlConnection, Broken> {
    // sqlx knows MariaDB under MySQL's name.
    let url = url.replacen("mariadb://", "mysql://", 1);
    let options = MySqlConnectOptions::from_str(&url).map_err(|error| broken(&error))?;
    let options = options.timezone(zone_name(question.zone));
    let connection = options.disable_statement_logging().connect().await;
    let mut connection = connection.map_err(|error| broken(&error))?;
    let version: String = sqlx::query_scalar("SELECT VERSION()")
        .fetch_one(&mut connection)
        .await
        .map_err(|error| broken(&error))?;
    let millis = question.timeout.micros() / 1_000;
    let limit = match version.contains("MariaDB") {
        true => {
            format!(
                "max_statement_time = {}.{:03}",
                millis / 1_000,
                millis % 1_000
            )
        }
        false => format!("max_execution_time = {millis}"),
    };
    run::<MySql>(&mut connection, format!("SET SESSION {limit}")).await?;
    Ok(connection)
}

/// Asks in a transaction that can only read.
pub(super) async fn select(
    connection: &mut MySqlConnection,
    question: &Question<'_>,
) -> Result<Vec<Record>, Broken> {
    run::<MySql>(connection, "START TRANSACTION READ ONLY".to_owned()).await?;
    let statement = question.statement;
    let sql = statement.written(|_, _| "?".to_owned());
    let mut query = sqlx::query::<MySql>(AssertSqlSafe(sql)).persistent(false);
    let select = question.select;
    let shown = |at: order::Timestamp| shown(at, question.zone);
    for placeholder in statement.placeholders() {
        query = match (placeholder, select.from) {
            (Placeholder::Limit, _) => query.bind(select.limit),
            (Placeholder::To, _) => query.bind(select.to.and_then(shown)),
            (Placeholder::From, Some(Position::Number(from))) => query.bind(from),
            (Placeholder::From, Some(Position::Instant(from))) => query.bind(shown(from)),
            (Placeholder::From, None) => query.bind(None::<String>),
        };
    }
    let records = collected::<MySql>(query.fetch(&mut *connection), question).await?;
    run::<MySql>(connection, "COMMIT".to_owned()).await?;
    Ok(records)
}

/// Tells a zone by its offset, where that does not change: not every server knows zones by
/// their names.
fn zone_name(zone: &TimeZone) -> String {
    let since = Timestamp::from_second(OF_LATE).unwrap_or(Timestamp::UNIX_EPOCH);
    let is_fixed = zone.following(since).next().is_none();
    match zone.iana_name() {
        Some(name) if !is_fixed => name.to_owned(),
        _ => {
            let minutes = zone.to_offset(since).seconds() / 60;
            let (hours, minutes) = (minutes / 60, minutes.abs() % 60);
            format!("{hours:+03}:{minutes:02}")
        }
    }
}

/// Writes an instant as a clock in the zone shows it.
fn shown(at: order::Timestamp, zone: &TimeZone) -> Option<chrono::NaiveDateTime> {
    let at = Timestamp::from_microsecond(at.micros()).ok()?;
    let offset = i64::from(zone.to_offset(at).seconds());
    let micros = at.as_microsecond() + offset * 1_000_000;
    chrono::DateTime::from_timestamp_micros(micros).map(|shown| shown.naive_utc())
}
