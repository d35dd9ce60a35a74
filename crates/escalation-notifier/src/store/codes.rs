//! Codes that were sent to addresses, sealed.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::Error;
use crate::domain::contact::Kind;

/// Tries that a code is good for.
const TRIES: i32 = 5;

/// A code that waits to be told back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The code, sealed for the address that it was sent to.
    pub sealed: String,
}

/// Keeps a code in the place of an earlier one, unless that was sent within so long; whether it
/// was kept.
///
/// # Errors
///
/// The database failed.
pub async fn keep(
    conn: &mut PgConnection,
    person: &str,
    kind: Kind,
    sealed: &str,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
    not_within: TimeDelta,
) -> Result<bool, Error> {
    let kept = sqlx::query!(
        "insert into contact_code (person, kind, sealed, tries_left, sent_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (person, kind) do update set
             sealed = excluded.sealed, tries_left = excluded.tries_left,
             sent_at = excluded.sent_at, expires_at = excluded.expires_at
         where contact_code.sent_at <= $7",
        person,
        kind.as_str(),
        sealed,
        TRIES,
        now,
        expires_at,
        now - not_within,
    );
    Ok(kept.execute(conn).await?.rows_affected() > 0)
}

/// Uses up one try of a code; none when there is no code that is still good.
///
/// # Errors
///
/// The database failed.
pub async fn take_try(
    conn: &mut PgConnection,
    person: &str,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<Option<Waiting>, Error> {
    let waiting = sqlx::query_as!(
        Waiting,
        "update contact_code set tries_left = tries_left - 1
         where person = $1 and kind = $2 and tries_left > 0 and expires_at > $3
         returning sealed",
        person,
        kind.as_str(),
        now,
    );
    Ok(waiting.fetch_optional(conn).await?)
}

/// Forgets a code.
///
/// # Errors
///
/// The database failed.
pub async fn forget(conn: &mut PgConnection, person: &str, kind: Kind) -> Result<(), Error> {
    sqlx::query!(
        "delete from contact_code where person = $1 and kind = $2",
        person,
        kind.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
