//! Sealed parts of the index, each of one day.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};

use crate::Error;
use crate::domain::{Indexed, Place, Segment, unpacked};

/// Most leaves that are written by one statement.
const LEAVES_AT_ONCE: usize = 4_096;

/// Writes a segment.
pub(crate) async fn write(
    connection: &mut PgConnection,
    day: NaiveDate,
    segment: &Segment,
) -> Result<(), sqlx::Error> {
    let id = sqlx::query_scalar!(
        "INSERT INTO fact_segments (day, first_at, first_id, leaves, entries)
         VALUES ($1, $2, $3, $4, $5) RETURNING id",
        day,
        DateTime::<Utc>::from(segment.first.at),
        segment.first.id,
        segment.leaves.cast_signed(),
        i32::try_from(segment.entries).unwrap_or(i32::MAX),
    )
    .fetch_one(&mut *connection)
    .await?;
    for some in segment.packed.chunks(LEAVES_AT_ONCE) {
        let numbers: Vec<i32> = some.iter().map(|(leaf, _)| leaf.cast_signed()).collect();
        let packed: Vec<&[u8]> = some.iter().map(|(_, packed)| packed.as_slice()).collect();
        sqlx::query!(
            "INSERT INTO fact_leaves (segment, leaf, entries)
             SELECT $1, leaf, entries FROM UNNEST($2::integer[], $3::bytea[]) AS new (leaf, entries)",
            id,
            &numbers,
            &packed as &[&[u8]],
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Days that are over and have several segments of at most `small` pairs.
pub(crate) async fn scattered(pool: &PgPool, small: i32) -> Result<Vec<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT day FROM fact_segments
         WHERE entries <= $1
           AND day < ((clock_timestamp() - interval '5 minutes') AT TIME ZONE 'UTC')::date
         GROUP BY day HAVING count(*) > 1 ORDER BY day",
        small,
    )
    .fetch_all(pool)
    .await
}

/// Takes away segments of a day that have at most `small` pairs each, and `most` together.
pub(crate) async fn take(
    connection: &mut PgConnection,
    day: NaiveDate,
    small: i32,
    most: i64,
) -> Result<Vec<Indexed>, Error> {
    let ids = sqlx::query_scalar!(
        r#"SELECT id AS "id!"
           FROM (SELECT id, sum(entries) OVER (ORDER BY id) AS through
                 FROM fact_segments WHERE day = $1 AND entries <= $2) AS small
           WHERE through <= $3"#,
        day,
        small,
        most,
    )
    .fetch_all(&mut *connection)
    .await?;
    let entries = pairs(connection, &ids).await?;
    sqlx::query!("DELETE FROM fact_segments WHERE id = ANY($1)", &ids)
        .execute(connection)
        .await?;
    Ok(entries)
}

/// The segments of a day.
pub(crate) async fn of_day(pool: &PgPool, day: NaiveDate) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM fact_segments WHERE day = $1 ORDER BY id",
        day
    )
    .fetch_all(pool)
    .await
}

/// Reads all pairs of segments.
pub(crate) async fn pairs(
    connection: &mut PgConnection,
    segments: &[i64],
) -> Result<Vec<Indexed>, Error> {
    let leaves = sqlx::query!(
        "SELECT segment.first_at, segment.first_id, leaf.segment, leaf.entries
         FROM fact_leaves AS leaf JOIN fact_segments AS segment ON segment.id = leaf.segment
         WHERE leaf.segment = ANY($1)",
        segments,
    )
    .fetch_all(connection)
    .await?;
    let mut entries = Vec::new();
    for leaf in leaves {
        let first = Place {
            at: leaf.first_at.into(),
            id: leaf.first_id,
        };
        entries.extend(read(leaf.segment, &leaf.entries, first)?);
    }
    Ok(entries)
}

/// Reads the pairs of a leaf.
pub(super) fn read(segment: i64, packed: &[u8], first: Place) -> Result<Vec<Indexed>, Error> {
    unpacked(packed, first).ok_or(Error::DamagedArchive {
        what: format!("segment {segment} of its index"),
    })
}

/// Forgets the segments and the backlog of days of which retention has dropped every row.
pub(crate) async fn forget_dropped_days(pool: &PgPool) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "WITH gone AS (
             SELECT day FROM (SELECT day FROM fact_segments UNION SELECT day FROM unindexed_days) AS known
             WHERE day < (clock_timestamp() AT TIME ZONE 'UTC')::date
               AND NOT EXISTS (
                   SELECT FROM event_log
                   WHERE starts_with(subject, 'orderwatch.facts.')
                     AND created_at >= day::timestamp AT TIME ZONE 'UTC'
                     AND created_at < (day + 1)::timestamp AT TIME ZONE 'UTC')
         ), forgotten AS (
             DELETE FROM unindexed_days USING gone WHERE unindexed_days.day = gone.day
         )
         DELETE FROM fact_segments USING gone WHERE fact_segments.day = gone.day"
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}
