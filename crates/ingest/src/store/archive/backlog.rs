//! Days of the journal that a version without an index has written.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;

/// A day on the list, and when it begins and ends.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    pub(crate) day: NaiveDate,
    pub(crate) begins: DateTime<Utc>,
    pub(crate) ends: DateTime<Utc>,
}

/// The days to be indexed: those never looked at, and those over since they were.
pub(crate) async fn days(pool: &PgPool) -> Result<Vec<Day>, sqlx::Error> {
    sqlx::query_as!(
        Day,
        r#"SELECT day, day::timestamp AT TIME ZONE 'UTC' AS "begins!",
               (day + 1)::timestamp AT TIME ZONE 'UTC' AS "ends!"
           FROM unindexed_days, (SELECT clock_timestamp() - interval '5 minutes' AS instant) AS present
           WHERE day < (present.instant AT TIME ZONE 'UTC')::date
              OR day <= (clock_timestamp() AT TIME ZONE 'UTC')::date AND indexed_at IS NULL
           ORDER BY day DESC"#
    )
    .fetch_all(pool)
    .await
}

/// Notes that every row of a day is indexed that was there at `since`; takes the day off the
/// list if it was over by then.
pub(crate) async fn indexed(
    pool: &PgPool,
    day: NaiveDate,
    since: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH over AS (
             DELETE FROM unindexed_days
             WHERE day = $1 AND day < (($2::timestamptz - interval '5 minutes') AT TIME ZONE 'UTC')::date
             RETURNING day
         )
         UPDATE unindexed_days SET indexed_at = $2
         WHERE day = $1 AND NOT EXISTS (SELECT FROM over)",
        day,
        since,
    )
    .execute(pool)
    .await
    .map(drop)
}
