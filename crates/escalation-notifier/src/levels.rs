//! Levels are reached when nobody acts in time, and what was kept back is let go.

use chrono::{DateTime, Utc};
use service::lifecycle::Shutdown;
use tracing::warn;

use crate::{
    crowds,
    decisions::Decisions,
    error::Error,
    notifier::{LOOK, Notifier, Pass},
    store::{escalations, groups, holds, incidents},
};

/// Most escalations of one transaction.
const BATCH: i64 = 200;

impl Notifier {
    /// Reaches the levels that are due by the clock, at most one batch.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was changed then.
    pub async fn reach_due_levels(&self) -> Result<Pass, Error> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let mut transaction = inner.pool.begin().await?;
        let mut due = escalations::claim_due(&mut transaction, now, BATCH).await?;
        let done = due.len();
        if done == 0 {
            return Ok(Pass::default());
        }
        let tickets = due.iter_mut().map(|escalation| &mut escalation.ticket);
        incidents::place(&mut transaction, tickets).await?;
        let set = inner.policies.in_force(&mut transaction).await?;
        let (mut decisions, mut decided) = (Decisions::default(), Vec::with_capacity(done));
        for escalation in due {
            let policy = inner
                .policies
                .policy_of(&mut transaction, &escalation)
                .await?;
            let (escalation, effects) = escalation.advance(&policy, now);
            decisions.add(escalation.clone(), effects, None, now);
            decided.push((escalation, policy));
        }
        for (escalation, effects) in crowds::weigh(&mut transaction, decided, now).await? {
            decisions.add(escalation, effects, None, now);
        }
        decisions
            .write(&mut transaction, &set, inner.reach(), now)
            .await?;
        transaction.commit().await?;
        inner.decided();
        Ok(Pass { done, wait: None })
    }

    /// Reaches levels until the service stops: sleeps until the next is due.
    ///
    /// # Errors
    ///
    /// Never: failures are waited out.
    pub async fn run_levels(self, shutdown: Shutdown) -> Result<(), Error> {
        while !shutdown.is_cancelled() {
            let changed = self.inner.levels.notified();
            let next = match self.pass_once().await {
                Ok(Pass { done: 0, .. }) => self.next_look().await,
                Ok(_) => continue,
                Err(error) => Err(error),
            };
            let next = next.unwrap_or_else(|error| {
                warn!(error = %service::error::chain(&error), "cannot reach levels, trying again");
                None
            });
            tokio::select! {
                () = self.sleep_until(next) => {}
                () = changed => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    /// One batch of levels, else one of what was kept back.
    async fn pass_once(&self) -> Result<Pass, Error> {
        match self.reach_due_levels().await? {
            Pass { done: 0, .. } => {}
            reached => return Ok(reached),
        }
        match self.tell_due_groups().await? {
            Pass { done: 0, .. } => self.release_held().await,
            told => Ok(told),
        }
    }

    /// When there is something to decide next.
    async fn next_look(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        let level = escalations::next_due(&mut conn).await?;
        let held = holds::next_look(&mut conn).await?;
        let group = groups::next_flush(&mut conn).await?;
        Ok(level.into_iter().chain(held).chain(group).min())
    }

    /// Until an instant of the clock, or until another replica may have set a timer.
    async fn sleep_until(&self, instant: Option<DateTime<Utc>>) {
        let due = async {
            match instant {
                Some(instant) => self.inner.clock.sleep_until(instant).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
