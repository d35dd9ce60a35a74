//! Token bucket of each robot. In the database, so that replicas share it, and
//! in real time, because the vendor counts in real time.

use std::time::Duration;

use sqlx::PgConnection;

use super::Error;

/// So much closer together than they were sent may messages arrive.
const CLOSER: Duration = Duration::from_secs(2);

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
    /// A bucket that keeps within every one of these windows, each so many
    /// messages in so much time, as they arrive: a quarter of the narrowest at
    /// once, the rest spread. `None` without any window.
    #[must_use]
    pub fn within(windows: &[(u32, Duration)]) -> Option<Self> {
        let narrowest = windows.iter().map(|(messages, _)| *messages).min()?;
        let burst = f64::from((narrowest / 4).max(1));
        let rate = windows
            .iter()
            .map(|(messages, window)| {
                let spread = (f64::from(*messages) - burst).max(1.0);
                spread / (*window + CLOSER).as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        Some(Self { burst, rate })
    }

    /// Real time until a bucket that was filled just now holds so many tokens,
    /// or is full.
    #[must_use]
    pub fn until(&self, bucket: Bucket, tokens: f64) -> Duration {
        let missing = tokens.min(self.burst) - bucket.tokens;
        let refill = Duration::try_from_secs_f64((missing / self.rate).max(0.0));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_messages_than_the_vendor_allows() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let mut vendors: Vec<Vec<(u32, Duration)>> =
            (1..200).map(|limit| vec![(limit, minute)]).collect();
        vendors.push(vec![(5, second), (100, minute)]);
        vendors.push(vec![(1, second)]);
        for windows in vendors {
            let budget = Budget::within(&windows).unwrap();
            for (limit, window) in windows {
                // A window that is open at its end: a message at its very end is not in it.
                let sent_within = (window + CLOSER).as_secs_f64();
                let most = (budget.burst + budget.rate * sent_within).ceil() - 1.0;
                assert!(
                    most.max(budget.burst) <= f64::from(limit),
                    "{limit} in {window:?}"
                );
            }
        }
    }

    #[test]
    fn whoever_states_no_limit_has_no_bucket() {
        assert_eq!(Budget::within(&[]), None);
    }
}
