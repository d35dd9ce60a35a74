//! An answer is written down, with everything that follows from it.

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
        again, budget,
        ledger::{self, Settlement, Unsettled},
        messages,
    },
};

impl Notifier {
    /// Settles a message in a transaction of its own.
    pub(super) async fn settle(&self, message: Uuid, answer: &Answer) -> Result<(), Error> {
        let mut transaction = self.inner.pool.begin().await?;
        let settled = self.settle_in(&mut transaction, message, answer).await?;
        transaction.commit().await?;
        self.inner.settled(settled);
        Ok(())
    }

    /// Settles a message: states of its deliveries, attempts, events, and a
    /// delivery to the fallback for each that failed.
    pub(super) async fn settle_in(
        &self,
        conn: &mut PgConnection,
        message: Uuid,
        answer: &Answer,
    ) -> Result<Settled, Error> {
        let now = self.inner.clock.now();
        let arrived = matches!(answer, Answer::Accepted { .. });
        budget::ended(conn, message).await?;
        messages::finish(conn, message, arrived, now).await?;
        if matches!(answer, Answer::Unknown { .. }) {
            again::remember(conn, message).await?;
        }
        let unsettled = ledger::lock_unsettled(conn, message, arrived).await?;
        if unsettled.is_empty() {
            return Ok(Settled::Done);
        }
        // The same for all, so that what went together goes together again.
        let (schedule, jitter) = (&self.inner.config.retry, self.inner.jitter());
        let judged: Vec<(Unsettled, Verdict)> = unsettled
            .into_iter()
            .map(|delivery| {
                // Whoever tries something waits for the answer, and nobody else is told.
                if delivery.cause == Cause::Test.as_str() && !arrived {
                    return (delivery, Verdict::Failed);
                }
                let verdict = schedule.judge(answer, delivery.attempts, jitter);
                (delivery, verdict)
            })
            .collect();
        let diverted = self.diverted(conn, &judged).await?;
        let settlements: Vec<Settlement> = judged
            .iter()
            .map(|(delivery, verdict)| {
                settlement(delivery, *verdict, answer, diverted.get(&delivery.id))
            })
            .collect();
        let words = answer.detail();
        let lines = ledger::settle(conn, &settlements, answer.outcome(), words, now).await?;
        let mut events = Vec::new();
        let mut traces = Vec::new();
        let mut failed: Vec<DeliveryId> = Vec::new();
        // Both are sorted by id.
        for (line, settlement) in lines.iter().zip(&settlements) {
            let fate = match settlement.state {
                DeliveryState::Sent => Fate::Sent {
                    together: lines.len(),
                },
                DeliveryState::Cancelled => Fate::Cancelled,
                DeliveryState::Failed => Fate::Failed,
                _ => continue,
            };
            if fate == Fate::Failed && !diverted.contains_key(&line.id) {
                failed.push(line.id);
            }
            events.push(encode::fate(line, fate, words, now));
            traces.push(line.traceparent.clone());
        }
        event_log::append_traced(conn, &events, &traces).await?;
        self.redirect(conn, &failed, diverted).await
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

/// What becomes of a delivery, which may go another way instead.
fn settlement(
    delivery: &Unsettled,
    verdict: Verdict,
    answer: &Answer,
    instead: Option<&NewDelivery>,
) -> Settlement {
    let (state, wait_seconds) = match verdict {
        Verdict::Sent => (DeliveryState::Sent, 0.0),
        _ if delivery.withdrawn => (DeliveryState::Cancelled, 0.0),
        Verdict::Again(_) if instead.is_some() => (DeliveryState::Failed, 0.0),
        Verdict::Again(wait) => (DeliveryState::Retrying, wait.as_secs_f64()),
        Verdict::Failed => (DeliveryState::Failed, 0.0),
    };
    let error = match (verdict, instead) {
        (Verdict::Sent, _) => String::new(),
        (_, None) => answer.detail().to_owned(),
        (_, Some(way)) => {
            let channel = way.destination.channel;
            format!("{}; told by {channel} instead", answer.detail())
        }
    };
    Settlement {
        id: delivery.id,
        state,
        wait_seconds,
        error,
    }
}
