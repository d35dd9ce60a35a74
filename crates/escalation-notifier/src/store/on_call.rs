//! Overrides of on-call schedules, and gaps that were told of.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::domain::{
    directory::Directory,
    oncall::{Override, Span},
};

struct Row {
    id: Uuid,
    schedule: String,
    person: String,
    from_at: DateTime<Utc>,
    until_at: DateTime<Utc>,
    author: String,
    reason: String,
    said_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Option<Override> {
        Some(Override {
            id: self.id,
            schedule: self.schedule,
            person: self.person,
            span: Span::new(self.from_at, self.until_at)?,
            author: self.author,
            reason: self.reason,
            said_at: self.said_at,
        })
    }
}

/// Those that are not over at an instant, in the order in which they were said.
///
/// # Errors
///
/// The database failed.
pub async fn after(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Override>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, schedule, person, from_at, until_at, author, reason, said_at
         from on_call_override where withdrawn_at is null and until_at > $1
         order by said_at, id",
        at,
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Those that are not over at an instant; without schedules nothing is asked.
///
/// # Errors
///
/// The database failed.
pub async fn standing_in(
    conn: &mut PgConnection,
    directory: &Directory,
    at: DateTime<Utc>,
) -> Result<Vec<Override>, Error> {
    if directory.schedules.is_empty() {
        return Ok(Vec::new());
    }
    after(conn, at).await
}

/// Keeps a new one.
///
/// # Errors
///
/// The database failed.
pub async fn add(conn: &mut PgConnection, new: &Override) -> Result<(), Error> {
    sqlx::query!(
        "insert into on_call_override
             (id, schedule, person, from_at, until_at, author, reason, said_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.schedule,
        new.person,
        new.span.from(),
        new.span.until(),
        new.author,
        new.reason,
        new.said_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Withdraws one, if it is there and was not withdrawn yet.
///
/// # Errors
///
/// The database failed.
pub async fn withdraw(
    conn: &mut PgConnection,
    id: Uuid,
    actor: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Option<Override>, Error> {
    let row = sqlx::query_as!(
        Row,
        "update on_call_override
         set withdrawn_by = $2, withdrawn_reason = $3, withdrawn_at = $4
         where id = $1 and withdrawn_at is null
         returning id, schedule, person, from_at, until_at, author, reason, said_at",
        id,
        actor,
        reason,
        at,
    );
    Ok(row.fetch_optional(conn).await?.and_then(Row::read))
}

/// Keeps that a gap was told of; whether it had not been yet.
///
/// # Errors
///
/// The database failed.
pub async fn tell_of_gap(
    conn: &mut PgConnection,
    schedule: &str,
    gap: Span,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let told = sqlx::query!(
        "insert into on_call_gap (schedule, from_at, until_at, told_at)
         values ($1, $2, $3, $4) on conflict do nothing",
        schedule,
        gap.from(),
        gap.until(),
        at,
    );
    Ok(told.execute(conn).await?.rows_affected() > 0)
}
