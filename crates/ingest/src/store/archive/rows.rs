//! Journal rows in order of arrival.

use chrono::{DateTime, Utc};
use order::Timestamp;
use sqlx::PgPool;

use crate::domain::Place;

/// Most rows of a page.
const PAGE_ROWS: i64 = 1_000;
/// Bytes from which on a page is full, so that it stays below what a message may have.
pub(crate) const PAGE_BYTES: i64 = 2 << 20;

/// A row of the journal.
#[derive(Clone, Debug)]
pub(crate) struct JournalRow {
    pub(crate) place: Place,
    /// Encoded batch.
    pub(crate) payload: Vec<u8>,
}

/// What is read between two instants.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    /// Not before this instant.
    pub(crate) from: DateTime<Utc>,
    /// Before this instant.
    pub(crate) to: DateTime<Utc>,
    /// Only these subjects; all when empty.
    pub(crate) subjects: Vec<String>,
}

impl Range {
    /// A place before all rows of the range.
    pub(crate) fn start(&self) -> Place {
        Place {
            at: self.from.into(),
            id: i64::MIN,
        }
    }
}

/// Reads the rows of a range after a place: as many as fit a page, at least one if there is
/// any.
pub(crate) async fn page(
    pool: &PgPool,
    range: &Range,
    after: Place,
) -> Result<Vec<JournalRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT created_at, id, payload
           FROM (SELECT created_at, id, payload,
                     sum(octet_length(payload)) OVER (ORDER BY created_at, id) - octet_length(payload) AS before
                 FROM (SELECT created_at, id, payload FROM event_log
                       WHERE starts_with(subject, 'orderwatch.facts.')
                         AND created_at >= $1 AND (created_at, id) > ($1, $2) AND created_at < $3
                         AND (cardinality($4::text[]) = 0 OR subject = ANY ($4))
                       ORDER BY created_at, id LIMIT $5) AS listed) AS page
           WHERE before < $6
           ORDER BY created_at, id"#,
        DateTime::<Utc>::from(after.at),
        after.id,
        range.to,
        &range.subjects,
        PAGE_ROWS,
        PAGE_BYTES,
    )
    .map(|row| journal_row(row.created_at, row.id, row.payload))
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Reads the rows at places, in order; those that retention has dropped are left out.
pub(crate) async fn at(pool: &PgPool, places: &[Place]) -> Result<Vec<JournalRow>, sqlx::Error> {
    let instants: Vec<DateTime<Utc>> = places.iter().map(|place| place.at.into()).collect();
    let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
    // LIMIT keeps the planner from reading whole days for a join.
    sqlx::query!(
        r#"SELECT log.created_at, log.id, log.payload
           FROM UNNEST($1::timestamptz[], $2::bigint[]) AS asked (created_at, id)
           CROSS JOIN LATERAL (
               SELECT created_at, id, payload FROM event_log
               WHERE starts_with(subject, 'orderwatch.facts.')
                 AND created_at = asked.created_at AND id = asked.id
               LIMIT 1
           ) AS log
           ORDER BY log.created_at, log.id"#,
        &instants,
        &ids,
    )
    .map(|row| journal_row(row.created_at, row.id, row.payload))
    .fetch_all(pool)
    .await
}

fn journal_row(created_at: DateTime<Utc>, id: i64, payload: Vec<u8>) -> JournalRow {
    let at: Timestamp = created_at.into();
    JournalRow {
        place: Place { at, id },
        payload,
    }
}
