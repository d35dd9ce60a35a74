//! How far the log reaches.

use sqlx::PgPool;

use crate::Error;
use crate::consume::Position;

/// A place before which nothing can appear any more. Whatever is read after this was answered shows
/// what the transactions up to there have done, so a reader who then goes on from there with
/// [`list`](super::list) misses nothing.
///
/// # Errors
/// When the database refuses.
pub async fn settled(pool: &PgPool) -> Result<Position, Error> {
    let transaction = sqlx::query_scalar!(
        r#"SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 AS "settled!""#
    )
    .fetch_one(pool)
    .await?;
    Ok(Position {
        transaction,
        sequence: i64::MAX,
    })
}

/// Place of the newest event that [`list`](super::list) gives; absent when it gives none.
///
/// # Errors
/// When the database refuses.
pub async fn newest(pool: &PgPool) -> Result<Option<Position>, Error> {
    Ok(sqlx::query_as!(
        Position,
        r#"SELECT xid AS transaction, id AS sequence FROM event_log
           WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           ORDER BY xid DESC, id DESC
           LIMIT 1"#
    )
    .fetch_optional(pool)
    .await?)
}

/// Place of the oldest event that retention has left; absent when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn oldest(pool: &PgPool) -> Result<Option<Position>, Error> {
    Ok(sqlx::query_as!(
        Position,
        "SELECT xid AS transaction, id AS sequence FROM event_log ORDER BY xid, id LIMIT 1"
    )
    .fetch_optional(pool)
    .await?)
}
