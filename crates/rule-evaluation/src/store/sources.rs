//! What sources promised, and how far each is complete.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::facts::Declaration;
use sqlx::PgConnection;

use crate::domain::source::{Roster, Standing};
use crate::error::Error;

/// One batch that has been judged.
#[derive(Debug)]
pub struct Judged {
    /// Its source.
    pub source: String,
    /// Its place in the source's journal.
    pub sequence: i64,
    /// Sequence of the source's oldest batch that may still come; 0 when unknown.
    pub oldest_retained: i64,
    /// How far the source was complete with it.
    pub watermark: Option<DateTime<Utc>>,
}

/// Reads every source as it stands.
///
/// # Errors
///
/// When the database refuses, or holds what this version cannot read.
pub async fn standings(conn: &mut PgConnection) -> Result<Vec<Standing>, Error> {
    sqlx::query!(
        r#"SELECT source, system AS "system!", states_watermarks, patience_us, late_after_us,
               frontier, watermark, known_since
           FROM judged_sources WHERE declared ORDER BY source"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Standing {
            declaration: Declaration {
                source: row
                    .source
                    .parse()
                    .map_err(|_| Error::Unreadable("source name"))?,
                system: row
                    .system
                    .parse()
                    .map_err(|_| Error::Unreadable("system"))?,
                states_watermarks: row.states_watermarks,
                patience: row.patience_us.map(order::Span::from_micros),
                late_after: row.late_after_us.map(order::Span::from_micros),
            },
            frontier: row.frontier,
            watermark: row.watermark.map(Into::into),
            known_since: row.known_since.map(Into::into),
        })
    })
    .collect()
}

/// Takes a roster over, if it is newer than the one in force. A source that begins to
/// state watermarks has stated none yet.
///
/// # Errors
///
/// When the database refuses.
pub async fn take_roster(
    conn: &mut PgConnection,
    roster: &Roster,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let newer = sqlx::query!(
        "UPDATE source_roster SET version = $1 WHERE version < $1 RETURNING version",
        roster.version
    )
    .fetch_optional(&mut *conn)
    .await?;
    if newer.is_none() {
        return Ok(false);
    }
    for declaration in &roster.sources {
        sqlx::query!(
            "INSERT INTO judged_sources AS known
                 (source, system, states_watermarks, patience_us, late_after_us, known_since, declared)
             VALUES ($1, $2, $3, $4, $5, $6, true)
             ON CONFLICT (source) DO UPDATE SET system = excluded.system,
                 watermark = CASE WHEN known.states_watermarks OR NOT excluded.states_watermarks
                                  THEN known.watermark END,
                 states_watermarks = excluded.states_watermarks,
                 patience_us = excluded.patience_us, late_after_us = excluded.late_after_us,
                 known_since = coalesce(known.known_since, excluded.known_since),
                 declared = true",
            declaration.source.as_str(),
            declaration.system.as_str(),
            declaration.states_watermarks,
            declaration.patience.map(order::Span::micros),
            declaration.late_after.map(order::Span::micros),
            now
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(true)
}

/// Locks one source until the transaction ends.
///
/// # Errors
///
/// When the database refuses.
pub async fn lock(conn: &mut PgConnection, source: &str) -> Result<(), Error> {
    sqlx::query_scalar!(
        "SELECT source FROM judged_sources WHERE source = $1 FOR UPDATE",
        source
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// Notes that batches have been judged, in the transaction that judged them.
///
/// # Errors
///
/// When the database refuses.
pub async fn note_judged(conn: &mut PgConnection, batches: &[&Judged]) -> Result<(), Error> {
    let sources: Vec<&str> = batches.iter().map(|batch| batch.source.as_str()).collect();
    let sequences: Vec<i64> = batches.iter().map(|batch| batch.sequence).collect();
    let watermarks: Vec<Option<DateTime<Utc>>> = batches.iter().map(|b| b.watermark).collect();
    sqlx::query!(
        "INSERT INTO source_batches (source, sequence, watermark)
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::timestamptz[])
         ON CONFLICT DO NOTHING",
        &sources as _,
        &sequences,
        &watermarks as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves the frontiers of sources over every batch that follows without a gap, and
/// their watermarks with them: a watermark counts only when all before it is judged.
/// What the journal retains no longer is not waited for.
///
/// # Errors
///
/// When the database refuses.
pub async fn advance(conn: &mut PgConnection, batches: &[&Judged]) -> Result<bool, Error> {
    let mut oldest: BTreeMap<&str, i64> = BTreeMap::new();
    for batch in batches {
        let oldest = oldest.entry(&batch.source).or_default();
        *oldest = batch.oldest_retained.max(*oldest);
    }
    let sources: Vec<&str> = oldest.keys().copied().collect();
    sqlx::query!(
        "INSERT INTO judged_sources (source) SELECT * FROM UNNEST($1::text[]) ON CONFLICT DO NOTHING",
        &sources as _
    )
    .execute(&mut *conn)
    .await?;
    let known = sqlx::query!(
        "SELECT source, frontier FROM judged_sources WHERE source = ANY($1) ORDER BY source FOR UPDATE",
        &sources as _
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut moved = false;
    for row in known {
        let retained = oldest
            .get(row.source.as_str())
            .map_or(0, |oldest| oldest - 1);
        if retained > row.frontier {
            warn_of_lost(conn, &row.source, row.frontier, retained).await?;
        }
        moved |= advance_from(conn, &row.source, row.frontier.max(retained)).await?;
    }
    Ok(moved)
}

/// Moves the frontier of one locked source to a sequence and on from there; tells
/// whether it passed a watermark.
async fn advance_from(
    conn: &mut PgConnection,
    source: &str,
    frontier: i64,
) -> Result<bool, sqlx::Error> {
    let advanced = sqlx::query!(
        r#"WITH beyond AS (
               SELECT sequence, watermark,
                      sequence - row_number() OVER (ORDER BY sequence) AS offset_from_start
               FROM source_batches WHERE source = $1 AND sequence > $2
           ), passed AS (
               SELECT sequence, watermark FROM beyond WHERE offset_from_start = $2
               UNION ALL
               SELECT sequence, watermark FROM source_batches WHERE source = $1 AND sequence <= $2
           ), reached AS (
               SELECT greatest(max(sequence), $2) AS frontier, max(watermark) AS watermark FROM passed
           )
           UPDATE judged_sources s
           SET frontier = r.frontier, watermark = greatest(s.watermark, r.watermark)
           FROM reached r
           WHERE s.source = $1 AND (s.frontier < r.frontier OR r.watermark IS NOT NULL)
           RETURNING s.frontier, r.watermark IS NOT NULL AS "stated!""#,
        source,
        frontier
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(advanced) = advanced else {
        return Ok(false);
    };
    sqlx::query!(
        "DELETE FROM source_batches WHERE source = $1 AND sequence <= $2",
        source,
        advanced.frontier
    )
    .execute(conn)
    .await?;
    Ok(advanced.stated)
}

/// Says how many batches of a source after its frontier will never come.
async fn warn_of_lost(
    conn: &mut PgConnection,
    source: &str,
    frontier: i64,
    retained: i64,
) -> Result<(), sqlx::Error> {
    let judged = sqlx::query_scalar!(
        r#"SELECT count(*) AS "judged!" FROM source_batches
           WHERE source = $1 AND sequence > $2 AND sequence <= $3"#,
        source,
        frontier,
        retained
    )
    .fetch_one(conn)
    .await?;
    let lost = retained - frontier - judged;
    if lost > 0 {
        tracing::warn!(
            source.name = source,
            batches.lost = lost,
            "the journal dropped batches before they were judged, going on without them"
        );
    }
    Ok(())
}
