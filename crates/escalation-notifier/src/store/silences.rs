//! Silences, as they were asked for.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::domain::{matcher::Matchers, quiet::silence::Silence};

/// A silence and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The silence.
    pub silence: Silence,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Who ended it early; empty when nobody did.
    pub ended_by: String,
}

struct Row {
    id: Uuid,
    matchers: Vec<String>,
    author: String,
    reason: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    ended_by: String,
}

impl TryFrom<Row> for Recorded {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let matchers = Matchers::read(&row.matchers).map_err(|_| Error::UnknownWord {
            table: "silence",
            column: "matchers",
            value: row.matchers.join(", "),
        })?;
        Ok(Self {
            silence: Silence {
                id: row.id,
                matchers,
                author: row.author,
                reason: row.reason,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
            },
            created_at: row.created_at,
            ended_by: row.ended_by,
        })
    }
}

/// Writes a silence down.
///
/// # Errors
///
/// The database failed.
pub async fn add(
    conn: &mut PgConnection,
    silence: &Silence,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into silence (id, matchers, author, reason, starts_at, ends_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        silence.id,
        &silence.matchers.texts(),
        silence.author,
        silence.reason,
        silence.starts_at,
        silence.ends_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a silence that is not over yet; `None` when there is no such.
///
/// # Errors
///
/// The database failed, or holds what is no matcher.
pub async fn end(
    conn: &mut PgConnection,
    id: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Option<Recorded>, Error> {
    let row = sqlx::query_as!(
        Row,
        "update silence set ends_at = greatest(starts_at, $2), ended_by = $3
         where id = $1 and ends_at > $2
         returning id, matchers, author, reason, starts_at, ends_at, created_at, ended_by",
        id,
        now,
        by,
    );
    row.fetch_optional(conn)
        .await?
        .map(Recorded::try_from)
        .transpose()
}

/// Silences that are not over at an instant, or all that ever were, by their end.
///
/// # Errors
///
/// The database failed, or holds what is no matcher.
pub async fn list(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    over_too: bool,
) -> Result<Vec<Recorded>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, matchers, author, reason, starts_at, ends_at, created_at, ended_by
         from silence where $2 or ends_at > $1 order by ends_at, id",
        now,
        over_too,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(Recorded::try_from)
        .collect()
}
