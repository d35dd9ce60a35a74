//! An answer is written down, with everything that follows from it.

use service::event_log;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        delivery::{DeliveryId, DeliveryState, NewDelivery},
        retry::{Answer, Verdict},
        routing,
    },
    error::Error,
    events::encode::{self, Fate},
    notifier::{Notifier, Settled},
    store::{
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
        messages::finish(conn, message, arrived, now).await?;
        let unsettled = ledger::lock_unsettled(conn, message, arrived).await?;
        if unsettled.is_empty() {
            return Ok(Settled::Done);
        }
        let settlements: Vec<Settlement> = unsettled
            .iter()
            .map(|delivery| self.settlement(delivery, answer))
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
            if fate == Fate::Failed {
                failed.push(line.id);
            }
            events.push(encode::fate(line, fate, words, now));
            traces.push(line.traceparent.clone());
        }
        event_log::append_traced(conn, &events, &traces).await?;
        self.redirect(conn, &failed).await
    }

    fn settlement(&self, delivery: &Unsettled, answer: &Answer) -> Settlement {
        let schedule = &self.inner.config.retry;
        let verdict = schedule.judge(answer, delivery.attempts, self.inner.jitter());
        let (state, wait_seconds) = match verdict {
            Verdict::Sent => (DeliveryState::Sent, 0.0),
            _ if delivery.withdrawn => (DeliveryState::Cancelled, 0.0),
            Verdict::Again(wait) => (DeliveryState::Retrying, wait.as_secs_f64()),
            Verdict::Failed => (DeliveryState::Failed, 0.0),
        };
        let error = match verdict {
            Verdict::Sent => String::new(),
            _ => answer.detail().to_owned(),
        };
        Settlement {
            id: delivery.id,
            state,
            wait_seconds,
            error,
        }
    }

    /// Nobody is never told: what failed goes to the fallback, and to the log
    /// when that has failed too.
    async fn redirect(
        &self,
        conn: &mut PgConnection,
        failed: &[DeliveryId],
    ) -> Result<Settled, Error> {
        if failed.is_empty() {
            return Ok(Settled::Done);
        }
        let inner = &self.inner;
        let set = inner.policies.in_force(conn).await?;
        let mut redirected: Vec<NewDelivery> = Vec::new();
        for delivery in messages::carried(conn, failed).await? {
            let next = routing::after_refusal(
                &delivery.destination,
                &delivery.ticket,
                &set.directory,
                inner.reach(),
            );
            redirected.extend(next.map(|destination| delivery.redirected(destination)));
        }
        ledger::add(conn, &redirected, inner.clock.now()).await?;
        Ok(if redirected.is_empty() {
            Settled::Done
        } else {
            Settled::Redirected
        })
    }
}
