//! Token bucket of each robot. In the database, so that replicas share it, and
//! in real time, because the vendor counts in real time.

use std::time::Duration;

use sqlx::PgConnection;

use super::Error;

/// How many messages a robot may send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Messages that may go at once after a rest.
    pub burst: f64,
    /// Messages a second after that.
    pub rate: f64,
}

/// A robot's bucket as it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Tokens in it.
    pub tokens: f64,
    /// Real time until it is refilled again.
    pub rest: Duration,
}

impl Bucket {
    /// How many messages it pays for.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a bucket holds few tokens, and less than none is none"
    )]
    pub fn messages(&self) -> u32 {
        self.tokens.floor() as u32
    }
}

impl Budget {
    /// A bucket that never lets more than `limit` messages into any minute: a
    /// quarter of them at once, the rest spread over it.
    #[must_use]
    pub fn of_messages_per_minute(limit: u32) -> Self {
        let burst = (limit / 4).max(1);
        let spread = limit.saturating_sub(burst).max(1);
        Self {
            burst: f64::from(burst),
            rate: f64::from(spread) / 60.0,
        }
    }

    /// Real time until a bucket that was filled just now has a whole token.
    #[must_use]
    pub fn until_one(&self, bucket: Bucket) -> Duration {
        let refill = Duration::try_from_secs_f64(((1.0 - bucket.tokens) / self.rate).max(0.0));
        bucket.rest + refill.unwrap_or_default()
    }
}

/// Locks a robot's bucket and refills it.
///
/// # Errors
///
/// The database failed.
pub async fn lock(conn: &mut PgConnection, robot: &str, budget: &Budget) -> Result<Bucket, Error> {
    sqlx::query!(
        "insert into robot_budget (robot, tokens, refilled_at)
         values ($1, $2, clock_timestamp()) on conflict do nothing",
        robot,
        budget.burst,
    )
    .execute(&mut *conn)
    .await?;
    // The lock is taken first: the refill must not be reckoned before it is held.
    sqlx::query!(
        "select robot from robot_budget where robot = $1 for update",
        robot
    )
    .fetch_one(&mut *conn)
    .await?;
    let row = sqlx::query!(
        r#"update robot_budget set
             tokens = least($2, tokens + $3 * greatest(0,
                 extract(epoch from clock_timestamp() - refilled_at)::double precision)),
             refilled_at = greatest(refilled_at, clock_timestamp())
         where robot = $1
         returning tokens, extract(epoch from refilled_at - clock_timestamp())::double precision
             as "rest!""#,
        robot,
        budget.burst,
        budget.rate,
    )
    .fetch_one(conn)
    .await?;
    let rest = Duration::try_from_secs_f64(row.rest.max(0.0)).unwrap_or_default();
    Ok(Bucket {
        tokens: row.tokens,
        rest,
    })
}

/// Takes tokens out of a bucket that is locked.
///
/// # Errors
///
/// The database failed.
pub async fn spend(conn: &mut PgConnection, robot: &str, messages: u32) -> Result<(), Error> {
    sqlx::query!(
        "update robot_budget set tokens = tokens - $2 where robot = $1",
        robot,
        f64::from(messages),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Empties a bucket whose robot was told that it is over its limit: somebody
/// else uses it too, so a whole minute is left to pass.
///
/// # Errors
///
/// The database failed.
pub async fn rest(conn: &mut PgConnection, robot: &str) -> Result<(), Error> {
    sqlx::query!(
        "update robot_budget set tokens = 0, refilled_at = clock_timestamp() + interval '1 minute'
         where robot = $1",
        robot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_holds_more_messages_than_the_vendor_allows() {
        for limit in 2..200 {
            let budget = Budget::of_messages_per_minute(limit);
            assert!(budget.burst + budget.rate * 60.0 <= f64::from(limit));
        }
    }
}
