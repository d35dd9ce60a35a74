//! Robots that share the work of one endpoint, each with a bucket of its own.

use std::time::Duration;

use sqlx::PgConnection;

use crate::{
    domain::{
        endpoint::Robot,
        share::{Allowance, Waiting},
    },
    store::{
        self,
        budget::{self, Bucket, Budget},
    },
};

/// Messages at once of a vendor that states no limit.
const UNLIMITED: u32 = 64;

/// Buckets of the robots of an endpoint, locked.
pub(super) struct Pool<'a> {
    robots: Vec<Member<'a>>,
    budget: Option<Budget>,
}

struct Member<'a> {
    /// Name of its bucket.
    key: String,
    robot: &'a Robot,
    bucket: Bucket,
    taken: u32,
}

impl<'a> Pool<'a> {
    /// Locks the buckets of robots in one order everywhere, so that endpoints
    /// which share robots do not wait for each other.
    pub(super) async fn lock(
        conn: &mut PgConnection,
        robots: &'a [Robot],
        counted: &str,
        budget: Option<Budget>,
    ) -> Result<Self, store::Error> {
        let mut sorted: Vec<&Robot> = robots.iter().collect();
        sorted.sort_by_key(|robot| robot.bucket());
        sorted.dedup_by_key(|robot| robot.bucket());
        let mut members = Vec::new();
        for robot in sorted {
            let key = format!("{} {counted}", robot.bucket())
                .trim_end()
                .to_owned();
            let bucket = match &budget {
                Some(budget) => budget::lock(conn, &key, budget).await?,
                None => Bucket {
                    tokens: f64::from(UNLIMITED),
                    rest: Duration::ZERO,
                },
            };
            members.push(Member {
                key,
                robot,
                bucket,
                taken: 0,
            });
        }
        Ok(Self {
            robots: members,
            budget,
        })
    }

    /// What all robots together may send.
    pub(super) fn allowance(&self, digests: bool) -> Allowance {
        Allowance {
            messages: self.robots.iter().map(Member::left).sum(),
            reserve: self.reserve(),
            digests,
        }
    }

    /// Where a robot may send several at once, the last is kept for what is urgent.
    fn reserve(&self) -> u32 {
        u32::from(self.budget.is_some_and(|budget| budget.burst >= 2.0))
    }

    /// How long all robots are left alone, because the vendor said so.
    pub(super) fn rest(&self) -> Duration {
        let rests = self.robots.iter().map(|member| member.bucket.rest);
        rests.min().unwrap_or_default()
    }

    /// The robot that has most left, and the name of its bucket; one less of that.
    pub(super) fn take(&mut self) -> Option<(Robot, String)> {
        let member = self.robots.iter_mut().max_by_key(|member| member.left())?;
        if member.left() == 0 {
            return None;
        }
        member.taken += 1;
        Some((member.robot.clone(), member.key.clone()))
    }

    /// Writes down what was taken.
    pub(super) async fn spend(&self, conn: &mut PgConnection) -> Result<(), store::Error> {
        if self.budget.is_none() {
            return Ok(());
        }
        for member in self.robots.iter().filter(|member| member.taken > 0) {
            budget::spend(conn, &member.key, member.taken).await?;
        }
        Ok(())
    }

    /// Real time until something of what is left may go.
    pub(super) fn until(&self, left: Waiting) -> Option<Duration> {
        let budget = self.budget?;
        if left.is_nothing() {
            return None;
        }
        let needed = if left.urgent > 0 {
            1.0
        } else {
            f64::from(1 + self.reserve())
        };
        let after = self.robots.iter().map(|member| {
            let bucket = Bucket {
                tokens: member.bucket.tokens - f64::from(member.taken),
                ..member.bucket
            };
            budget.until(bucket, needed)
        });
        after.min()
    }
}

impl Member<'_> {
    fn left(&self) -> u32 {
        self.bucket.messages().saturating_sub(self.taken)
    }
}
