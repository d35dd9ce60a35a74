//! What each robot has sent of late, and its token bucket. In the database, so that
//! replicas share it, and in real time, because the vendor counts in real time.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::domain::budget::{Bucket, Budget};

/// Messages of one robot that are about to be put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending<'a> {
    /// Its bucket.
    pub robot: &'a str,
    /// All of them.
    pub messages: &'a [Uuid],
    /// How many of them take a token.
    pub tokens: u32,
}

/// Locks a robot's bucket and refills it.
///
/// # Errors
///
/// The database failed.
pub async fn lock(conn: &mut PgConnection, robot: &str, budget: &Budget) -> Result<Bucket, Error> {
    // The lock is taken first: neither the refill nor what was sent may be reckoned before it
    // is held.
    if !is_locked(conn, robot).await? {
        sqlx::query!(
            "insert into robot_budget (robot, tokens, refilled_at)
             values ($1, $2, clock_timestamp()) on conflict do nothing",
            robot,
            budget.burst,
        )
        .execute(&mut *conn)
        .await?;
        is_locked(conn, robot).await?;
    }
    let row = sqlx::query!(
        r#"update robot_budget set
             tokens = least($2, tokens + $3 * greatest(0,
                 extract(epoch from clock_timestamp() - refilled_at)::double precision)),
             refilled_at = greatest(refilled_at, clock_timestamp())
         where robot = $1
         returning tokens, extract(epoch from refilled_at - clock_timestamp())::double precision
                 as "rest!",
             array(select extract(epoch from clock_timestamp() - ended_at)::double precision
                   from robot_use where robot_use.robot = $1) as "ended_ago!""#,
        robot,
        budget.burst,
        budget.rate,
    )
    .fetch_one(conn)
    .await?;
    Ok(Bucket {
        tokens: row.tokens,
        rest: Duration::try_from_secs_f64(row.rest.max(0.0)).unwrap_or_default(),
        ended_ago: row.ended_ago,
    })
}

async fn is_locked(conn: &mut PgConnection, robot: &str) -> Result<bool, Error> {
    let locked = sqlx::query!(
        "select robot from robot_budget where robot = $1 for update",
        robot
    );
    Ok(locked.fetch_optional(conn).await?.is_some())
}

/// Writes down what a robot, whose bucket is locked, is about to send, each request ended at the
/// latest when its lease ends; forgets what no window of the budget sees any more.
///
/// # Errors
///
/// The database failed.
pub async fn spend(
    conn: &mut PgConnection,
    spending: &Spending<'_>,
    budget: &Budget,
    lease: Duration,
) -> Result<(), Error> {
    let longest = budget.longest();
    let counted = match longest {
        Some(_) => spending.messages,
        None => &[],
    };
    sqlx::query!(
        "with past as (
             delete from robot_use
             where robot = $1 and ended_at < clock_timestamp() - make_interval(secs => $2)),
           used as (
             insert into robot_use (message_id, robot, ended_at)
             select id, $1, clock_timestamp() + make_interval(secs => $3)
             from unnest($4::uuid[]) as new (id))
         update robot_budget set tokens = tokens - $5 where robot = $1",
        spending.robot,
        longest.unwrap_or_default().as_secs_f64(),
        lease.as_secs_f64(),
        counted,
        f64::from(spending.tokens),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The requests of messages have ended.
///
/// # Errors
///
/// The database failed.
pub async fn ended(conn: &mut PgConnection, messages: &[Uuid]) -> Result<(), Error> {
    sqlx::query!(
        "update robot_use set ended_at = clock_timestamp()
         where message_id = any($1) and ended_at > clock_timestamp()",
        messages,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Empties a bucket whose robot was told that it is over its limit: somebody
/// else uses it too, so it is left alone for as long as the vendor blocks it.
///
/// # Errors
///
/// The database failed.
pub async fn rest(conn: &mut PgConnection, robot: &str, block: Duration) -> Result<(), Error> {
    sqlx::query!(
        "update robot_budget set tokens = 0,
             refilled_at = clock_timestamp() + make_interval(secs => $2)
         where robot = $1",
        robot,
        block.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
