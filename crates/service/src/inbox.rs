//! What was handled, so that twice is once.

use std::collections::HashSet;

use sqlx::{PgConnection, PgPool};

use crate::Error;
use crate::consume::{Position, Received};

/// Claims events within the handler's own transaction: `true` for those that
/// are handled now for the first time (or again, after they had been given up),
/// `false` for those that were handled before. A concurrent claim of the same
/// event waits for the other transaction to end.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    connection: &mut PgConnection,
    received: &[Received],
) -> Result<Vec<bool>, Error> {
    let upstreams: Vec<&str> = received.iter().map(|event| event.upstream.name()).collect();
    let transactions: Vec<i64> = received
        .iter()
        .map(|event| event.position.transaction)
        .collect();
    let sequences: Vec<i64> = received
        .iter()
        .map(|event| event.position.sequence)
        .collect();
    let subjects: Vec<&str> = received.iter().map(|event| &*event.subject).collect();
    let rows = sqlx::query!(
        r#"INSERT INTO inbox (upstream, xid, sequence)
           SELECT DISTINCT came.upstream, came.xid, came.sequence
           FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::text[]) AS came (upstream, xid, sequence, subject)
           WHERE NOT EXISTS (
                   SELECT FROM reconciliation AS done
                   WHERE done.upstream = came.upstream AND starts_with(came.subject, done.subject_prefix)
                     AND (came.xid, came.sequence) <= (done.xid, done.sequence))
              OR EXISTS (
                   SELECT FROM inbox AS dead
                   WHERE dead.upstream = came.upstream AND dead.xid = came.xid AND dead.sequence = came.sequence
                     AND dead.dead_letter IS NOT NULL)
           ORDER BY 1, 2, 3
           ON CONFLICT (upstream, xid, sequence)
               DO UPDATE SET dead_letter = NULL, handled_at = clock_timestamp() WHERE inbox.dead_letter IS NOT NULL
           RETURNING upstream, xid, sequence"#,
        &upstreams as &[&str],
        &transactions,
        &sequences,
        &subjects as &[&str],
    )
    .fetch_all(connection)
    .await?;
    let mut first: HashSet<(String, i64, i64)> = rows
        .into_iter()
        .map(|row| (row.upstream, row.xid, row.sequence))
        .collect();
    let key = |event: &Received| {
        (
            event.upstream.name().to_owned(),
            event.position.transaction,
            event.position.sequence,
        )
    };
    Ok(received
        .iter()
        .map(|event| first.remove(&key(event)))
        .collect())
}

/// Which of the positions were handled or given up.
pub(crate) async fn seen(
    pool: &PgPool,
    upstream: &str,
    positions: &[Position],
) -> Result<HashSet<Position>, Error> {
    let transactions: Vec<i64> = positions
        .iter()
        .map(|position| position.transaction)
        .collect();
    let sequences: Vec<i64> = positions.iter().map(|position| position.sequence).collect();
    let rows = sqlx::query!(
        r#"SELECT inbox.xid, inbox.sequence
           FROM UNNEST($2::bigint[], $3::bigint[]) AS asked (xid, sequence)
           JOIN inbox ON inbox.upstream = $1 AND inbox.xid = asked.xid AND inbox.sequence = asked.sequence"#,
        upstream,
        &transactions,
        &sequences,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Position {
            transaction: row.xid,
            sequence: row.sequence,
        })
        .collect())
}

/// Notes that an event was given up, and under which dead letter it is kept.
/// Returns the letter that this makes superfluous: an older one, or this very one
/// when the event was handled in the meantime.
pub(crate) async fn bury(
    pool: &PgPool,
    event: &Received,
    dead_letter: i64,
) -> Result<Option<i64>, Error> {
    let (upstream, place) = (event.upstream.name(), event.position);
    let mut transaction = pool.begin().await?;
    let first = sqlx::query!(
        "INSERT INTO inbox (upstream, xid, sequence, dead_letter) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        upstream,
        place.transaction,
        place.sequence,
        dead_letter,
    )
    .execute(&mut *transaction)
    .await?;
    if first.rows_affected() == 1 {
        transaction.commit().await?;
        return Ok(None);
    }
    // The newer letter stays: a replay may be about to remove the older one.
    let older = sqlx::query_scalar!(
        "SELECT dead_letter FROM inbox WHERE upstream = $1 AND xid = $2 AND sequence = $3 FOR UPDATE",
        upstream,
        place.transaction,
        place.sequence,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .flatten();
    let Some(older) = older else {
        return Ok(Some(dead_letter));
    };
    sqlx::query!(
        "UPDATE inbox SET dead_letter = $4 WHERE upstream = $1 AND xid = $2 AND sequence = $3",
        upstream,
        place.transaction,
        place.sequence,
        dead_letter,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok((older != dead_letter).then_some(older))
}

/// Events of an upstream that were given up, with their dead letters.
pub(crate) async fn buried(pool: &PgPool, upstream: &str) -> Result<Vec<(Position, i64)>, Error> {
    sqlx::query!(
        r#"SELECT xid, sequence, dead_letter AS "dead_letter!" FROM inbox
           WHERE upstream = $1 AND dead_letter IS NOT NULL ORDER BY xid, sequence"#,
        upstream
    )
    .map(|row| {
        (
            Position {
                transaction: row.xid,
                sequence: row.sequence,
            },
            row.dead_letter,
        )
    })
    .fetch_all(pool)
    .await
    .map_err(Error::Database)
}

/// The dead letter of an event, while it is given up.
pub(crate) async fn buried_event(
    pool: &PgPool,
    upstream: &str,
    position: Position,
) -> Result<Option<i64>, Error> {
    let row = sqlx::query_scalar!(
        "SELECT dead_letter FROM inbox WHERE upstream = $1 AND xid = $2 AND sequence = $3",
        upstream,
        position.transaction,
        position.sequence,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.flatten())
}

/// Where reconciliation with an upstream stands.
pub(crate) async fn cursor(
    pool: &PgPool,
    upstream: &str,
    subject_prefix: &str,
) -> Result<Position, Error> {
    let row = sqlx::query!(
        "SELECT xid, sequence FROM reconciliation WHERE upstream = $1 AND subject_prefix = $2",
        upstream,
        subject_prefix,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row
        .map(|row| Position {
            transaction: row.xid,
            sequence: row.sequence,
        })
        .unwrap_or_default())
}

/// Moves the cursor forward, never back.
pub(crate) async fn advance(
    pool: &PgPool,
    upstream: &str,
    subject_prefix: &str,
    to: Position,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO reconciliation AS held (upstream, subject_prefix, xid, sequence) VALUES ($1, $2, $3, $4)
         ON CONFLICT (upstream, subject_prefix) DO UPDATE SET xid = EXCLUDED.xid, sequence = EXCLUDED.sequence
         WHERE (held.xid, held.sequence) < (EXCLUDED.xid, EXCLUDED.sequence)",
        upstream,
        subject_prefix,
        to.transaction,
        to.sequence,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Removes rows that the cursors have made superfluous. They stay for two
/// minutes, so that a claim which read the cursor before it moved still meets them.
pub(crate) async fn prune(pool: &PgPool, upstream: &str) -> Result<u64, Error> {
    let pruned = sqlx::query!(
        "DELETE FROM inbox
         WHERE upstream = $1 AND dead_letter IS NULL AND handled_at < clock_timestamp() - interval '2 minutes'
           AND (xid, sequence) <= (
               SELECT xid, sequence FROM reconciliation WHERE upstream = $1 ORDER BY xid, sequence LIMIT 1)",
        upstream
    )
    .execute(pool)
    .await?;
    Ok(pruned.rows_affected())
}
