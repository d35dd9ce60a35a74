//! Answers are written down, with everything that follows from them.

use std::collections::HashMap;

use service::event_log;
use sqlx::PgConnection;
use uuid::Uuid;

use super::failover::Diverted;
use crate::{
    domain::{
        delivery::{DeliveryId, DeliveryState, NewDelivery},
        escalation::Cause,
        retry::{Answer, Verdict},
        routing,
    },
    error::Error,
    events::encode::{self, Fate},
    holding::Quiet,
    notifier::{Notifier, Settled},
    store::{
        budget, ledger,
        messages::{self, Ended},
        settlement::{self, Outcome, Settlement, Unsettled},
    },
};

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    /// The message.
    pub(crate) message: Uuid,
    /// What was answered.
    pub(crate) answer: Answer,
}

impl Notifier {
    /// Settles messages in a transaction of their own.
    pub(super) async fn settle_all(&self, answered: &[Answered]) -> Result<(), Error> {
        let mut transaction = self.inner.pool.begin().await?;
        let settled = self.settle_in(&mut transaction, answered).await?;
        transaction.commit().await?;
        self.inner.settled(settled);
        Ok(())
    }

    /// Settles messages, each of them once: states of their deliveries, attempts, events, and a
    /// delivery to the fallback for each that failed.
    pub(super) async fn settle_in(
        &self,
        conn: &mut PgConnection,
        answered: &[Answered],
    ) -> Result<Settled, Error> {
        let now = self.inner.clock.now();
        let ended: Vec<Ended> = answered.iter().map(Answered::ended).collect();
        let messages: Vec<Uuid> = ended.iter().map(|it| it.message).collect();
        messages::finish(conn, &ended, now).await?;
        budget::ended(conn, &messages).await?;
        let unsettled = settlement::lock_unsettled(conn, &ended).await?;
        if unsettled.is_empty() {
            return Ok(Settled::Done);
        }
        let answers: HashMap<Uuid, &Answer> =
            answered.iter().map(|it| (it.message, &it.answer)).collect();
        let judged = self.judged(unsettled, &answers);
        let verdicts: Vec<_> = judged.iter().map(|it| (&it.delivery, it.verdict)).collect();
        let diverted = self.diverted(conn, &verdicts).await?;
        let settlements: Vec<Settlement> = judged
            .iter()
            .map(|judged| judged.settlement(diverted.get(&judged.delivery.id)))
            .collect();
        let outcomes: Vec<Outcome<'_>> = answered.iter().map(Answered::outcome).collect();
        let lines = settlement::settle(conn, &settlements, &outcomes, now).await?;
        let mut together = HashMap::<Uuid, usize>::new();
        for judged in &judged {
            *together.entry(judged.delivery.message).or_default() += 1;
        }
        let mut events = Vec::new();
        let mut traces = Vec::new();
        let mut failed: Vec<DeliveryId> = Vec::new();
        // All of them are sorted by id.
        for (line, (judged, settlement)) in lines.iter().zip(judged.iter().zip(&settlements)) {
            let fate = match settlement.state {
                DeliveryState::Sent => Fate::Sent {
                    together: together[&judged.delivery.message],
                },
                DeliveryState::Cancelled => Fate::Cancelled,
                DeliveryState::Failed => Fate::Failed,
                _ => continue,
            };
            if fate == Fate::Failed && !diverted.contains_key(&line.id) {
                failed.push(line.id);
            }
            events.push(encode::fate(line, fate, judged.answer.detail(), now));
            traces.push(line.traceparent.clone());
        }
        event_log::append_traced(conn, &events, &traces).await?;
        self.redirect(conn, &failed, diverted).await
    }

    /// What becomes of deliveries. Those that went together are judged alike, so that they go
    /// together again.
    fn judged<'a>(
        &self,
        unsettled: Vec<Unsettled>,
        answers: &HashMap<Uuid, &'a Answer>,
    ) -> Vec<Judged<'a>> {
        let mut jitters = HashMap::new();
        unsettled
            .into_iter()
            .filter_map(|delivery| {
                let answer = *answers.get(&delivery.message)?;
                let jitter = *jitters
                    .entry(delivery.message)
                    .or_insert_with(|| self.inner.jitter());
                let arrived = matches!(answer, Answer::Accepted { .. });
                // Whoever tries something waits for the answer, and nobody else is told.
                let verdict = if delivery.cause == Cause::Test.as_str() && !arrived {
                    Verdict::Failed
                } else {
                    let schedule = &self.inner.config.retry;
                    schedule.judge(answer, delivery.attempts, jitter)
                };
                Some(Judged {
                    delivery,
                    answer,
                    verdict,
                })
            })
            .collect()
    }

    /// Nobody is never told: what failed goes to the fallback, and to the log
    /// when that has failed too.
    async fn redirect(
        &self,
        conn: &mut PgConnection,
        failed: &[DeliveryId],
        diverted: Diverted,
    ) -> Result<Settled, Error> {
        if failed.is_empty() && diverted.is_empty() {
            return Ok(Settled::Done);
        }
        let inner = &self.inner;
        let set = inner.policies.in_force(conn).await?;
        let mut redirected: Vec<NewDelivery> = diverted.into_values().collect();
        for delivery in messages::carried(conn, failed).await? {
            if !delivery.cause.is_for_people() || delivery.cause == Cause::Test {
                continue;
            }
            let next = routing::after_refusal(
                &delivery.destination,
                &delivery.ticket,
                &set.directory,
                inner.reach(),
            );
            redirected.extend(next.map(|destination| delivery.redirected(destination)));
        }
        if redirected.is_empty() {
            return Ok(Settled::Done);
        }
        let now = inner.clock.now();
        ledger::add(conn, &redirected, now).await?;
        // Another way leads to somebody's own address, perhaps, and they may be asleep.
        let waiting: Vec<_> = redirected.iter().map(|it| (it.id, it.told())).collect();
        Quiet::at(conn, &set, now)
            .await?
            .keep(conn, &waiting)
            .await?;
        Ok(Settled::Redirected)
    }
}

impl Answered {
    fn ended(&self) -> Ended {
        Ended {
            message: self.message,
            arrived: matches!(self.answer, Answer::Accepted { .. }),
        }
    }

    fn outcome(&self) -> Outcome<'_> {
        Outcome {
            message: self.message,
            outcome: self.answer.outcome(),
            answer: self.answer.detail(),
        }
    }
}

/// A delivery, what was answered to its message, and what that means for it.
struct Judged<'a> {
    delivery: Unsettled,
    answer: &'a Answer,
    verdict: Verdict,
}

impl Judged<'_> {
    /// What becomes of it, if it does not go another way instead.
    fn settlement(&self, instead: Option<&NewDelivery>) -> Settlement {
        let (state, wait_seconds) = match self.verdict {
            Verdict::Sent => (DeliveryState::Sent, 0.0),
            _ if self.delivery.withdrawn => (DeliveryState::Cancelled, 0.0),
            Verdict::Again(_) if instead.is_some() => (DeliveryState::Failed, 0.0),
            Verdict::Again(wait) => (DeliveryState::Retrying, wait.as_secs_f64()),
            Verdict::Failed => (DeliveryState::Failed, 0.0),
        };
        let error = match (self.verdict, instead) {
            (Verdict::Sent, _) => String::new(),
            (_, None) => self.answer.detail().to_owned(),
            (_, Some(way)) => {
                let channel = way.destination.channel;
                format!("{}; told by {channel} instead", self.answer.detail())
            }
        };
        Settlement {
            id: self.delivery.id,
            state,
            wait_seconds,
            error,
            may_have_arrived: matches!(self.answer, Answer::Unknown { .. }),
        }
    }
}
