//! How far the judgement has come.

use service::consume::Position;
use sqlx::PgConnection;

use crate::error::Error;

/// Counts that say what is there and what is left.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Orders known.
    pub orders: i64,
    /// Exceptions that stand, open or cleared; by the statistics, retracted ones too.
    pub exceptions: i64,
    /// Orders listed to be judged again.
    pub rejudgements: i64,
    /// Events committed and not yet published.
    pub unpublished: i64,
}

/// Counts what is left, and what is there by the database's statistics, which trail by
/// a second or so: whoever waits for progress asks again and again.
///
/// # Errors
///
/// When the database refuses.
pub async fn count(conn: &mut PgConnection) -> Result<Counts, Error> {
    Ok(sqlx::query_as!(
        Counts,
        r#"SELECT (SELECT coalesce(sum(pg_stat_get_live_tuples(relid)), 0)::bigint
                   FROM pg_partition_tree('order_states') WHERE isleaf) AS "orders!",
                  pg_stat_get_live_tuples('exceptions'::regclass) AS "exceptions!",
                  (SELECT count(*) FROM rejudgements) AS "rejudgements!",
                  (SELECT count(*) FROM event_pending) AS "unpublished!""#
    )
    .fetch_one(conn)
    .await?)
}

/// Counts what is left and what is there, one by one.
///
/// # Errors
///
/// When the database refuses.
pub async fn count_exactly(conn: &mut PgConnection) -> Result<Counts, Error> {
    Ok(sqlx::query_as!(
        Counts,
        r#"SELECT (SELECT count(*) FROM order_states) AS "orders!",
                  (SELECT count(*) FROM exceptions WHERE state <> 3) AS "exceptions!",
                  (SELECT count(*) FROM rejudgements) AS "rejudgements!",
                  (SELECT count(*) FROM event_pending) AS "unpublished!""#
    )
    .fetch_one(conn)
    .await?)
}

/// Returns a place in the event log before which nothing is added any more: whoever
/// reads on from there misses nothing that was not committed yet.
///
/// # Errors
///
/// When the database refuses.
pub async fn position(conn: &mut PgConnection) -> Result<Position, Error> {
    let running = sqlx::query_scalar!(
        r#"SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "xmin!""#
    )
    .fetch_one(conn)
    .await?;
    Ok(Position {
        transaction: running - 1,
        sequence: i64::MAX,
    })
}
