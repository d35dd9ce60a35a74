//! What was journalled lately, by entity: written with the journal, sealed later.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};

use crate::domain::{EntityKey, Indexed, Place};

/// A journal row, and of whom it speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken<'a> {
    pub(crate) journal_id: i64,
    pub(crate) keys: &'a [EntityKey],
}

/// Notes of whom the rows of one transaction speak.
pub(crate) async fn append(
    connection: &mut PgConnection,
    journalled_at: DateTime<Utc>,
    rows: &[Spoken<'_>],
) -> Result<(), sqlx::Error> {
    let keys = rows.iter().flat_map(|row| row.keys);
    let keys: Vec<i32> = keys.map(|key| key.stored()).collect();
    let journal_ids = rows
        .iter()
        .flat_map(|row| std::iter::repeat_n(row.journal_id, row.keys.len()));
    let journal_ids: Vec<i64> = journal_ids.collect();
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO fact_tail (journalled_at, entries, keys, journal_ids)
         VALUES ($1, cardinality($2::integer[]), $2, $3)",
        journalled_at,
        &keys,
        &journal_ids,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// What waits to be sealed of one day.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) day: NaiveDate,
    pub(crate) rows: i64,
    pub(crate) entries: i64,
    /// Nothing more comes of that day.
    pub(crate) is_over: bool,
}

/// Says what waits, by day. A day counts as over some minutes late, as transactions may end
/// after it that began in it.
pub(crate) async fn waiting(pool: &PgPool) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"SELECT day AS "day!", count(*) AS "rows!", sum(entries) AS "entries!",
               day < ((clock_timestamp() - interval '5 minutes') AT TIME ZONE 'UTC')::date AS "is_over!"
           FROM (SELECT (journalled_at AT TIME ZONE 'UTC')::date AS day, entries FROM fact_tail) AS tail
           GROUP BY day ORDER BY day"#
    )
    .fetch_all(pool)
    .await
}

/// The journal rows of a day that the tail knows of.
pub(crate) async fn journal_ids(pool: &PgPool, day: NaiveDate) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT UNNEST(journal_ids) AS "id!" FROM fact_tail
           WHERE (journalled_at AT TIME ZONE 'UTC')::date = $1"#,
        day,
    )
    .fetch_all(pool)
    .await
}

/// Takes away what waits of a day, the oldest first: some more than `most` pairs at most.
pub(crate) async fn take(
    connection: &mut PgConnection,
    day: NaiveDate,
    most: i64,
) -> Result<Vec<Indexed>, sqlx::Error> {
    let rows = sqlx::query!(
        "DELETE FROM fact_tail WHERE id = ANY (ARRAY(
             SELECT id
             FROM (SELECT id, sum(entries) OVER (ORDER BY id) - entries AS before
                   FROM fact_tail WHERE (journalled_at AT TIME ZONE 'UTC')::date = $1) AS waiting
             WHERE before < $2
         ))
         RETURNING journalled_at, keys, journal_ids",
        day,
        most,
    )
    .fetch_all(connection)
    .await?;
    let pairs = rows.into_iter().flat_map(|row| {
        let at = row.journalled_at.into();
        let pairs = row.keys.into_iter().zip(row.journal_ids);
        pairs.map(move |(key, id)| Indexed {
            key: EntityKey::from_stored(key),
            place: Place { at, id },
        })
    });
    Ok(pairs.collect())
}
