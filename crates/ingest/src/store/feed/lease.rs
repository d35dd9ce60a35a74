//! Who runs a feed: one replica at a time, for as long as it says so.

use chrono::{DateTime, TimeDelta, Utc};
use order::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use crate::domain::{FeedKey, Lease};
use crate::poll::Checkpoint;

/// A feed that is to be run.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) lease: Lease,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) failures: i32,
}

struct Row {
    connector: String,
    dataset: String,
    fence: i64,
    through: Option<DateTime<Utc>>,
    number: Option<i64>,
    failures: i32,
}

impl Row {
    fn claimed(self, holder: Uuid) -> Claimed {
        let number = self.number;
        Claimed {
            lease: Lease {
                feed: FeedKey {
                    connector: self.connector,
                    dataset: self.dataset,
                },
                holder,
                fence: self.fence,
            },
            checkpoint: self.through.map(|through| Checkpoint {
                through: through.into(),
                number,
            }),
            failures: self.failures,
        }
    }
}

/// Takes feeds that are due and that nobody runs. All feeds of a connector are run by one
/// replica, as the vendor counts requests of all of them together.
pub(crate) async fn claim(
    pool: &PgPool,
    holder: Uuid,
    (now, lease): (Timestamp, TimeDelta),
    limit: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "WITH free AS (
             SELECT name FROM connectors AS owner
             WHERE NOT is_paused
               AND NOT EXISTS (SELECT FROM feeds WHERE connector = owner.name AND holder <> $1
                                                   AND lease_until > clock_timestamp())
               AND EXISTS (SELECT FROM feeds WHERE connector = owner.name AND kind IN ('poll', 'query') AND due_at <= $2)
             FOR UPDATE SKIP LOCKED
         ), due AS (
             SELECT connector, dataset FROM feeds
             WHERE connector IN (SELECT name FROM free) AND kind IN ('poll', 'query') AND due_at <= $2
               AND (lease_until IS NULL OR lease_until <= clock_timestamp())
             ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
         )
         UPDATE feeds SET holder = $1, fence = fence + 1, last_run_at = $2,
                          lease_until = clock_timestamp() + make_interval(secs => $3)
         FROM due WHERE feeds.connector = due.connector AND feeds.dataset = due.dataset
         RETURNING feeds.connector, feeds.dataset, fence, through, number, failures",
        holder,
        DateTime::<Utc>::from(now),
        seconds(lease),
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| row.claimed(holder)).collect())
}

/// Takes one feed now, due or not, unless somebody runs it.
pub(crate) async fn take(
    pool: &PgPool,
    holder: Uuid,
    feed: &FeedKey,
    (now, lease): (Timestamp, TimeDelta),
) -> Result<Option<Claimed>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "UPDATE feeds SET holder = $1, fence = fence + 1, last_run_at = $4,
                          lease_until = clock_timestamp() + make_interval(secs => $5)
         WHERE connector = $2 AND dataset = $3
           AND (lease_until IS NULL OR lease_until <= clock_timestamp())
         RETURNING connector, dataset, fence, through, number, failures",
        holder,
        feed.connector,
        feed.dataset,
        DateTime::<Utc>::from(now),
        seconds(lease),
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| row.claimed(holder)))
}

/// Returns how far a feed is read.
pub(crate) async fn checkpoint(
    pool: &PgPool,
    feed: &FeedKey,
) -> Result<Option<Checkpoint>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT through, number FROM feeds WHERE connector = $1 AND dataset = $2",
        feed.connector,
        feed.dataset,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.and_then(|row| {
        row.through.map(|through| Checkpoint {
            through: through.into(),
            number: row.number,
        })
    }))
}

/// Says that a feed is still run; answers whether it still may be.
pub(crate) async fn renew(
    pool: &PgPool,
    held: &Lease,
    lease: TimeDelta,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "UPDATE feeds SET lease_until = clock_timestamp() + make_interval(secs => $4)
         FROM connectors
         WHERE connector = $1 AND dataset = $2 AND fence = $3
           AND connectors.name = connector AND NOT is_paused",
        held.feed.connector,
        held.feed.dataset,
        held.fence,
        seconds(lease),
    )
    .execute(pool)
    .await?;
    Ok(renewed.rows_affected() > 0)
}

/// Returns when the next feed falls due.
pub(crate) async fn next_due(pool: &PgPool) -> Result<Option<Timestamp>, sqlx::Error> {
    let due = sqlx::query_scalar!(
        "SELECT min(due_at) FROM feeds JOIN connectors ON connectors.name = connector
         WHERE NOT is_paused AND kind IN ('poll', 'query') AND (lease_until IS NULL OR lease_until <= clock_timestamp())"
    )
    .fetch_one(pool)
    .await?;
    Ok(due.map(Timestamp::from))
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}
