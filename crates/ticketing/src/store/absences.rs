//! Who is away, and when.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::sops::Applied;
use crate::{
    domain::{Instant, absence::Absence},
    error::Error,
};

struct Row {
    login: String,
    begins_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    stand_in: String,
    reason: String,
}

impl From<Row> for Absence {
    fn from(row: Row) -> Self {
        Self {
            login: row.login,
            from: row.begins_at,
            until: row.ends_at,
            stand_in: Some(row.stand_in).filter(|login| !login.is_empty()),
            reason: row.reason,
        }
    }
}

/// All that are kept, by person and time.
///
/// # Errors
/// Those of the database.
pub async fn all(conn: &mut PgConnection) -> Result<Vec<Absence>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select login, begins_at, ends_at, stand_in, reason from absences
        order by login collate "C", begins_at"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Absence::from).collect())
}

/// Stores one, in place of the one of that person from that instant on. What was given to others
/// when that began stays given.
///
/// # Errors
/// Those of the database.
pub async fn put(
    conn: &mut PgConnection,
    absence: &Absence,
    how: Applied<'_>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into absences (login, begins_at, ends_at, stand_in, reason, set_at, set_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (login, begins_at) do update set ends_at = excluded.ends_at,
            stand_in = excluded.stand_in, reason = excluded.reason,
            set_at = excluded.set_at, set_by = excluded.set_by",
        absence.login,
        absence.from,
        absence.until,
        absence.stand_in.as_deref().unwrap_or_default(),
        how.reason,
        how.at,
        how.by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes one away; false when there is none.
///
/// # Errors
/// Those of the database.
pub async fn delete(conn: &mut PgConnection, login: &str, from: Instant) -> Result<bool, Error> {
    let deleted = sqlx::query!(
        "delete from absences where login = $1 and begins_at = $2",
        login,
        from
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Forgets those that ended before an instant.
///
/// # Errors
/// Those of the database.
pub async fn forget(conn: &mut PgConnection, before: Instant) -> Result<(), Error> {
    sqlx::query!("delete from absences where ends_at < $1", before)
        .execute(conn)
        .await?;
    Ok(())
}

/// One that has begun, and whose person's work has not been given to others yet.
///
/// # Errors
/// Those of the database.
pub async fn begun(conn: &mut PgConnection, now: Instant) -> Result<Option<Absence>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select login, begins_at, ends_at, stand_in, reason from absences
        where not relieved and begins_at <= $1 order by begins_at, login limit 1",
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Absence::from))
}

/// Notes that what the person had has been given to others.
///
/// # Errors
/// Those of the database.
pub async fn relieved(conn: &mut PgConnection, absence: &Absence) -> Result<(), Error> {
    sqlx::query!(
        "update absences set relieved = true where login = $1 and begins_at = $2",
        absence.login,
        absence.from
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the next begins.
///
/// # Errors
/// Those of the database.
pub async fn next(conn: &mut PgConnection) -> Result<Option<Instant>, Error> {
    let next = sqlx::query_scalar!("select min(begins_at) from absences where not relieved");
    Ok(next.fetch_one(conn).await?)
}
