//! How feeds do.

use chrono::{DateTime, Utc};
use order::Timestamp;
use sqlx::PgPool;

use crate::domain::Lease;

/// How a run ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended<'e> {
    pub(crate) now: Timestamp,
    pub(crate) due_at: Timestamp,
    /// Code and message of what went wrong.
    pub(crate) error: Option<(&'e str, &'e str)>,
}

/// How a feed does.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) connector: String,
    pub(crate) dataset: String,
    pub(crate) kind: String,
    pub(crate) sources: Vec<String>,
    pub(crate) due_at: DateTime<Utc>,
    pub(crate) is_running: bool,
    pub(crate) through: Option<DateTime<Utc>>,
    pub(crate) complete_through: Option<DateTime<Utc>>,
    pub(crate) last_run_at: Option<DateTime<Utc>>,
    pub(crate) last_success_at: Option<DateTime<Utc>>,
    pub(crate) error_code: String,
    pub(crate) error: String,
    pub(crate) error_at: Option<DateTime<Utc>>,
    pub(crate) notice: String,
    pub(crate) failures: i32,
    pub(crate) records: i64,
    pub(crate) facts: i64,
    pub(crate) quarantined: i64,
}

/// Ends a run: gives the lease back and notes how it went.
pub(crate) async fn end(
    pool: &PgPool,
    lease: &Lease,
    ended: &Ended<'_>,
) -> Result<(), sqlx::Error> {
    let (code, error) = ended.error.unwrap_or_default();
    sqlx::query!(
        "UPDATE feeds SET lease_until = NULL, holder = NULL, due_at = $5,
             last_success_at = CASE WHEN $6 = '' THEN $4 ELSE last_success_at END,
             failures = CASE WHEN $6 = '' THEN 0 ELSE failures + 1 END,
             error_code = $6, error = $7,
             error_at = CASE WHEN $6 = '' THEN error_at ELSE $4 END
         WHERE connector = $1 AND dataset = $2 AND fence = $3",
        lease.feed.connector,
        lease.feed.dataset,
        lease.fence,
        DateTime::<Utc>::from(ended.now),
        DateTime::<Utc>::from(ended.due_at),
        code,
        error,
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Gives the lease back, as something keeps the feed from running at all, or lets it run on
/// elsewhere at once when the code is empty.
pub(crate) async fn prevent(
    pool: &PgPool,
    lease: &Lease,
    due_at: Timestamp,
    (code, error): (&str, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE feeds SET lease_until = NULL, holder = NULL, due_at = $4,
             error_code = CASE WHEN $5 = '' THEN error_code ELSE $5 END,
             error = CASE WHEN $5 = '' THEN error ELSE $6 END
         WHERE connector = $1 AND dataset = $2 AND fence = $3",
        lease.feed.connector,
        lease.feed.dataset,
        lease.fence,
        DateTime::<Utc>::from(due_at),
        code,
        error,
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Lists the feeds of one connector, or of all.
pub(crate) async fn list(pool: &PgPool, connector: &str) -> Result<Vec<Status>, sqlx::Error> {
    sqlx::query_as!(
        Status,
        r#"SELECT connector, dataset, kind, sources, due_at, through, complete_through, last_run_at,
               last_success_at, error_code, error, error_at, notice, failures, records, facts,
               quarantined,
               COALESCE(lease_until > clock_timestamp(), false) AS "is_running!"
           FROM feeds WHERE $1 = '' OR connector = $1 ORDER BY connector, dataset"#,
        connector,
    )
    .fetch_all(pool)
    .await
}
