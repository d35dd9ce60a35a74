//! The log, when there is nobody else to tell: shows what would be sent.

use std::time::Duration;

use tracing::info;

use super::settle::Answered;
use crate::{
    domain::{policy::Channel, retry::Answer, share},
    error::Error,
    notifier::{Notifier, Pass},
    store::{
        messages::{self, Message},
        queue,
    },
};

/// Most lines of one transaction.
const BATCH: u32 = 500;

/// Written and settled in one transaction, so the lease never matters.
const LEASE: Duration = Duration::from_secs(60);

impl Notifier {
    /// Writes what waits for the log.
    pub(super) async fn dispatch_log(&self) -> Result<Pass, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        let mut claimed = Vec::new();
        for name in queue::recipients_due(&mut transaction, Channel::Log).await? {
            let room = BATCH.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
            let some = queue::claim(
                &mut transaction,
                Channel::Log,
                &name,
                queue::NEW,
                share::ANY,
                room,
            );
            claimed.extend(some.await?);
        }
        let done = claimed.len();
        if done == 0 {
            return Ok(Pass::default());
        }
        let message = Message::of(claimed);
        messages::begin(&mut transaction, &[&message], LEASE, inner.clock.now()).await?;
        let answer = Answer::Accepted {
            detail: "written to the log".to_owned(),
        };
        let answered = Answered {
            message: message.id,
            answer,
        };
        let settled = self.settle_in(&mut transaction, &[answered]).await?;
        transaction.commit().await?;
        inner.settled(settled);
        for delivery in &message.deliveries {
            info!(
                delivery.id = %delivery.id,
                ticket.id = delivery.ticket.id,
                order.id = delivery.ticket.order_id,
                notice.cause = delivery.cause.as_str(),
                notice.level = delivery.level,
                notice.recipient = delivery.destination.shown,
                ticket.scenario = delivery.ticket.scenario,
                "nobody can be reached, so this notice stays here",
            );
        }
        Ok(Pass { done, wait: None })
    }
}
