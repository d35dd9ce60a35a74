//! Robots that share the work of one endpoint, each with a bucket of its own.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        budget::{Bucket, Budget, Pace},
        endpoint::Robot,
        share::{Allowance, Queue, Waiting},
    },
    store::{
        self,
        budget::{self, Spending},
    },
};

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
    /// Messages that it may send, if they are urgent and if they are not.
    urgent: u32,
    ordinary: u32,
    /// Messages that it is to send.
    taken: Vec<Uuid>,
    /// How many of them are ordinary.
    tokens: u32,
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
            let key = format!("{} {counted}", robot.bucket()).trim().to_owned();
            let bucket = match &budget {
                Some(budget) => budget::lock(conn, &key, budget).await?,
                None => Bucket::default(),
            };
            let may = |pace| {
                let budget = budget.as_ref();
                budget.map_or(u32::MAX, |budget| budget.messages(&bucket, pace))
            };
            members.push(Member {
                urgent: may(Pace::Urgent),
                ordinary: may(Pace::Ordinary),
                key,
                robot,
                bucket,
                taken: Vec::new(),
                tokens: 0,
            });
        }
        Ok(Self {
            robots: members,
            budget,
        })
    }

    /// Whether nobody counts what they send.
    pub(super) fn is_unlimited(&self) -> bool {
        self.budget.is_none()
    }

    /// What all robots together may send.
    pub(super) fn allowance(&self, digests: bool) -> Allowance {
        let of = |pace| {
            let left = self.robots.iter().map(|it| it.left(pace));
            left.fold(0, u32::saturating_add)
        };
        Allowance {
            urgent: of(Pace::Urgent),
            ordinary: of(Pace::Ordinary),
            digests,
        }
    }

    /// How long all robots are left alone, because the vendor said so.
    pub(super) fn rest(&self) -> Duration {
        let rests = self.robots.iter().map(|member| member.bucket.rest);
        rests.min().unwrap_or_default()
    }

    /// The robot that has most left sends a message; it and the name of its bucket.
    pub(super) fn take(&mut self, message: Uuid, pace: Pace) -> Option<(Robot, String)> {
        let member = self.robots.iter_mut().max_by_key(|it| it.left(pace))?;
        if member.left(pace) == 0 {
            return None;
        }
        member.taken.push(message);
        member.tokens += u32::from(pace == Pace::Ordinary);
        Some((member.robot.clone(), member.key.clone()))
    }

    /// Writes down what was taken, and that it is under way until its lease ends.
    pub(super) async fn spend(
        &self,
        conn: &mut PgConnection,
        lease: Duration,
    ) -> Result<(), store::Error> {
        let Some(budget) = &self.budget else {
            return Ok(());
        };
        for member in self.robots.iter().filter(|it| !it.taken.is_empty()) {
            let spending = Spending {
                robot: &member.key,
                messages: &member.taken,
                tokens: member.tokens,
            };
            budget::spend(conn, &spending, budget, lease).await?;
        }
        Ok(())
    }

    /// Real time until something of what is left may go.
    pub(super) fn until(&self, left: Waiting) -> Option<Duration> {
        let budget = self.budget.as_ref()?;
        if left.is_nothing() {
            return None;
        }
        let pace = match left.urgent {
            Queue { again: 0, new: 0 } => Pace::Ordinary,
            _ => Pace::Urgent,
        };
        let waits = self.robots.iter();
        waits.map(|it| budget.until(&it.now(), pace)).min()
    }
}

impl Member<'_> {
    fn left(&self, pace: Pace) -> u32 {
        let may = match pace {
            Pace::Urgent => self.urgent,
            Pace::Ordinary => self.ordinary,
        };
        may.saturating_sub(u32::try_from(self.taken.len()).unwrap_or(u32::MAX))
    }

    /// Its bucket after what was taken.
    fn now(&self) -> Bucket {
        let under_way = std::iter::repeat_n(0.0, self.taken.len());
        let before = self.bucket.ended_ago.iter().copied();
        Bucket {
            tokens: self.bucket.tokens - f64::from(self.tokens),
            rest: self.bucket.rest,
            ended_ago: before.chain(under_way).collect(),
        }
    }
}
