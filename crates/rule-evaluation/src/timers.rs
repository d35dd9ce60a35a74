//! Waits for the next instant at which a verdict can change, and judges what is due.

use std::time::Duration;

use order::Timestamp;
use service::clock::Clock;
use service::database::Database;
use service::error::Classified;
use service::lifecycle::Shutdown;

use crate::domain::source::{Completeness, TimerGate};
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::store::{sources, timers};
use crate::wake::Wake;

/// Most orders judged in one transaction.
const BATCH: i64 = 500;
/// How long a change made by another replica can stay unnoticed; one index look-up a
/// gate is all that it costs.
const OTHERS: Duration = Duration::from_millis(500);
/// How long to wait after the database refused.
const BACK_OFF: Duration = Duration::from_millis(500);

/// The loop that judges by the clock.
#[derive(Clone)]
pub struct Timers {
    /// Who judges.
    pub evaluation: Evaluation,
    /// The service's database.
    pub database: Database,
    /// The service's clock.
    pub clock: Clock,
    /// Where others ask for an earlier look.
    pub wake: Wake,
}

impl Timers {
    /// Runs until the service stops.
    pub async fn run(self, shutdown: Shutdown) {
        while !shutdown.is_cancelled() {
            let mut asked = self.wake.begin_look();
            let next = match self.judge_everything_due(&shutdown).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(error = %error, "due orders could not be judged");
                    tokio::select! {
                        () = tokio::time::sleep(BACK_OFF) => {}
                        () = shutdown.cancelled() => {}
                    }
                    continue;
                }
            };
            tokio::select! {
                () = self.clock.sleep_until(next.to_chrono()) => {}
                () = tokio::time::sleep(OTHERS) => {}
                () = self.asked_for_earlier(&mut asked) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Judges until nothing is due, and returns when something will be.
    async fn judge_everything_due(&self, shutdown: &Shutdown) -> Result<Timestamp, Error> {
        loop {
            let listed = self.judge_listed().await?;
            let mut due = 0;
            let (completeness, timers) = self.look().await?;
            let mut next = Timestamp::MAX;
            for (gate, due_at) in timers {
                let before = gate.due_before(&completeness);
                if due_at < before {
                    due += self.judge_due(gate, before).await?;
                } else if let Some(at) = gate.falls_due(&completeness, due_at) {
                    next = next.min(at);
                }
            }
            if listed + due == 0 || shutdown.is_cancelled() {
                return Ok(next);
            }
        }
    }

    /// Judges what is listed; an order that cannot be judged is set aside, so that it
    /// does not keep the others waiting.
    async fn judge_listed(&self) -> Result<usize, Error> {
        let evaluation = &self.evaluation;
        match evaluation.judge_listed(BATCH).await {
            Err(error) if !error.is_retryable() => {}
            result => return result,
        }
        match evaluation.judge_listed(1).await {
            Err(error) if !error.is_retryable() => {
                tracing::error!(error = %error, "a listed order cannot be judged");
                evaluation.set_listed_aside().await.map(|()| 1)
            }
            result => result,
        }
    }

    /// The same for what is due.
    async fn judge_due(&self, gate: TimerGate, before: Timestamp) -> Result<usize, Error> {
        let evaluation = &self.evaluation;
        match evaluation.judge_due(gate, before, BATCH).await {
            Err(error) if !error.is_retryable() => {}
            result => return result,
        }
        match evaluation.judge_due(gate, before, 1).await {
            Err(error) if !error.is_retryable() => {
                tracing::error!(error = %error, "a due order cannot be judged");
                evaluation.set_due_aside(gate, before).await.map(|()| 1)
            }
            result => result,
        }
    }

    async fn look(&self) -> Result<(Completeness, Vec<(TimerGate, Timestamp)>), Error> {
        let mut conn = self.database.pool().acquire().await?;
        let standings = sources::standings(&mut conn).await?;
        let timers = timers::next(&mut conn).await?;
        let completeness = Completeness::new(self.clock.now().into(), standings);
        let timers = timers
            .into_iter()
            .map(|next| (TimerGate::from_stored(next.gate), next.due_at.into()))
            .collect();
        Ok((completeness, timers))
    }

    /// Returns when the clock reaches the earliest instant that others ask for.
    async fn asked_for_earlier(&self, asked: &mut tokio::sync::watch::Receiver<Timestamp>) {
        loop {
            let at = *asked.borrow_and_update();
            tokio::select! {
                () = self.clock.sleep_until(at.to_chrono()), if at < Timestamp::MAX => return,
                changed = asked.changed() => if changed.is_err() { return },
            }
        }
    }
}
