//! The journal as an archive: what it retains, who is spoken of where, and its rows.
//!
//! `tail` is written with the journal and small; `segments` are what becomes of it.

pub(crate) mod backlog;
pub(crate) mod find;
pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod tail;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};

/// What the journal retains, as it was at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Retained {
    /// When the oldest batch was journalled.
    pub(crate) oldest: Option<DateTime<Utc>>,
    /// Days that have begun and were never indexed.
    pub(crate) unindexed_days: Vec<NaiveDate>,
}

/// Says what the journal retains.
pub(crate) async fn retained(pool: &PgPool) -> Result<Retained, sqlx::Error> {
    sqlx::query_as!(
        Retained,
        r#"SELECT
               (SELECT min(created_at) FROM event_log WHERE starts_with(subject, 'orderwatch.facts.')) AS oldest,
               ARRAY(SELECT day FROM unindexed_days
                     WHERE indexed_at IS NULL AND day <= (clock_timestamp() AT TIME ZONE 'UTC')::date
                     ORDER BY day) AS "unindexed_days!""#
    )
    .fetch_one(pool)
    .await
}

/// Which transactions may still be under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    /// Transactions that begin to write from now on are numbered from here.
    pub(crate) next: i64,
    /// The oldest that is under way.
    pub(crate) oldest: i64,
    /// An instant before that was known, by the database's clock.
    pub(crate) at: DateTime<Utc>,
}

/// Says which transactions may still be under way.
pub(crate) async fn horizon(pool: &PgPool) -> Result<Horizon, sqlx::Error> {
    sqlx::query_as!(
        Horizon,
        r#"SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS "next!",
               pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "oldest!",
               statement_timestamp() AS "at!""#
    )
    .fetch_one(pool)
    .await
}

/// Takes the lock of whoever looks after the index; tells whether it is ours. It ends with
/// the connection at the latest.
pub(crate) async fn lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_lock(hashtextextended('orderwatch.archive', 0)) AS "ours!""#
    )
    .fetch_one(connection)
    .await
}

/// Gives the lock back.
pub(crate) async fn unlock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_advisory_unlock(hashtextextended('orderwatch.archive', 0)) AS "was_ours!""#
    )
    .fetch_one(connection)
    .await
}
