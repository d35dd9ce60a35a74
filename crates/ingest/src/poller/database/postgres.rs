//! PostgreSQL.

mod cell;
mod numeric;

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use jiff::tz::TimeZone;
use sqlx::postgres::{PgConnectOptions, PgRow, PgTypeInfo};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Postgres, Row as _,
    ValueRef as _,
};

use super::rows::{Cell, Dialect, collected};
use super::trouble::broken;
use super::{Question, run};
use crate::connector::{Placeholder, Position};
use crate::poll::{Broken, Record};
use cell::Kind;

impl Dialect for Postgres {
    type Kind = Kind;

    fn kind(info: &PgTypeInfo, _: &TimeZone) -> Option<Kind> {
        Kind::of(info)
    }

    fn cell(row: &PgRow, index: usize, kind: &Kind) -> Result<Cell, sqlx::Error> {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Cell::NULL);
        }
        let bytes = raw.as_bytes().map_err(sqlx::Error::Decode)?;
        let value = kind.read(bytes);
        let value = value.ok_or_else(|| sqlx::Error::Decode("its value is out of range".into()))?;
        Ok(Cell {
            value,
            bytes: bytes.len(),
            fault: None,
        })
    }
}

pub(super) async fn open(url: &str) -> Result<PgConnection, Broken> {
    let options = PgConnectOptions::from_str(url).map_err(|error| broken(&error))?;
    let options = options.application_name("orderwatch");
    let connection = options.disable_statement_logging().connect().await;
    connection.map_err(|error| broken(&error))
}

/// Asks in a transaction that can only read. All that is set holds for it alone, so that a
/// pooler between us and the database has nothing to remember.
pub(super) async fn select(
    connection: &mut PgConnection,
    question: &Question<'_>,
) -> Result<Vec<Record>, Broken> {
    let mut begin = format!(
        "BEGIN READ ONLY; SET LOCAL statement_timeout = {}",
        question.timeout.micros() / 1_000
    );
    if let Some(zone) = question.zone.iana_name() {
        begin.push_str("; SET LOCAL TimeZone = '");
        begin.push_str(zone);
        begin.push('\'');
    }
    run::<Postgres>(connection, begin).await?;
    let statement = question.statement;
    let sql = statement.written(|number, _| format!("${number}"));
    let mut query = sqlx::query::<Postgres>(AssertSqlSafe(sql));
    let select = question.select;
    for placeholder in statement.placeholders() {
        query = match (placeholder, select.from) {
            (Placeholder::Limit, _) => query.bind(select.limit),
            (Placeholder::To, _) => query.bind(select.to.map(DateTime::<Utc>::from)),
            (Placeholder::From, Some(Position::Number(from))) => query.bind(from),
            (Placeholder::From, Some(Position::Instant(from))) => {
                query.bind(DateTime::<Utc>::from(from))
            }
            (Placeholder::From, None) => query.bind(None::<DateTime<Utc>>),
        };
    }
    let records = collected::<Postgres>(query.fetch(&mut *connection), question).await?;
    // Not an unnamed statement: looking up a type that the shop made would replace it.
    connection
        .clear_cached_statements()
        .await
        .map_err(|error| broken(&error))?;
    run::<Postgres>(connection, "COMMIT".to_owned()).await?;
    Ok(records)
}
