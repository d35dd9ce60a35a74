//! Deliveries go out: claimed, written ahead, sent, settled.

mod addressee;
mod carrier;
mod directly;
mod endpoints;
mod failover;
mod log;
mod pool;
mod sending;
mod settle;
mod together;
mod under_way;

use std::time::Duration;

use service::lifecycle::Shutdown;
use tokio::time::Instant;
use tracing::warn;

pub(crate) use self::together::Together;
use self::{carrier::Carrier, settle::Answered, under_way::UnderWay};
use crate::{
    domain::{policy::Channel, retry::Answer},
    error::Error,
    notifier::{LOOK, Notifier, Pass},
    store::{messages, queue},
};

/// Shortest pause of a loop, so that a clock's rounding cannot make it spin.
const SHORTEST: Duration = Duration::from_millis(20);

/// Most messages of senders who did not come back that are settled in one transaction.
const RECOVERED: u32 = 100;

impl Notifier {
    /// One pass over a channel, until everything of it is settled.
    ///
    /// # Errors
    ///
    /// The database failed; what was claimed is sent again after its lease.
    pub async fn dispatch(&self, channel: Channel) -> Result<Pass, Error> {
        let mut under_way = UnderWay::default();
        self.recover(channel).await?;
        let pass = self.pass(channel, &mut under_way).await?;
        under_way.all().await?;
        Ok(pass)
    }

    /// One pass over a channel, which leaves messages under way.
    async fn pass(&self, channel: Channel, under_way: &mut UnderWay) -> Result<Pass, Error> {
        match Carrier::of(channel) {
            Some(carrier) => self.claim_all(channel, carrier, under_way).await,
            None => self.dispatch_log().await,
        }
    }

    /// Passes over a channel until the service stops.
    ///
    /// # Errors
    ///
    /// Never: failures are waited out.
    pub async fn run_dispatch(self, channel: Channel, shutdown: Shutdown) -> Result<(), Error> {
        let mut under_way = UnderWay::default();
        let mut looked: Option<Instant> = None;
        while !shutdown.is_cancelled() {
            let written = self.inner.deliveries.notified();
            let pass = async {
                if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                    self.recover(channel).await?;
                    looked = Some(Instant::now());
                }
                self.pass(channel, &mut under_way).await
            };
            let wait = match pass.await {
                Ok(Pass { done: 1.., .. }) => continue,
                Ok(Pass {
                    wait: Some(wait), ..
                }) => wait,
                Ok(_) => self.until_due(channel).await.unwrap_or(LOOK),
                Err(error) => {
                    failed(channel, &error);
                    LOOK
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait.clamp(SHORTEST, LOOK)) => {}
                () = written => {}
                ended = under_way.some() => ended.unwrap_or_else(|error| failed(channel, &error)),
                () = shutdown.cancelled() => {}
            }
        }
        let rest = under_way.all().await;
        rest.unwrap_or_else(|error| failed(channel, &error));
        Ok(())
    }

    async fn until_due(&self, channel: Channel) -> Result<Duration, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        Ok(queue::until_due(&mut conn, channel).await?.unwrap_or(LOOK))
    }

    /// Settles messages whose sender did not come back: nobody knows whether
    /// they arrived, so they are sent again under the same delivery ids.
    async fn recover(&self, channel: Channel) -> Result<(), Error> {
        loop {
            let mut transaction = self.inner.pool.begin().await?;
            let abandoned = messages::claim_abandoned(&mut transaction, channel, RECOVERED).await?;
            if abandoned.is_empty() {
                return Ok(());
            }
            let answered = |message| Answered {
                message,
                answer: Answer::Unknown {
                    retry_after: None,
                    detail: "the sender stopped before it knew whether this arrived".to_owned(),
                },
            };
            let answered: Vec<Answered> = abandoned.into_iter().map(answered).collect();
            let settled = self.settle_in(&mut transaction, &answered).await?;
            transaction.commit().await?;
            self.inner.settled(settled);
        }
    }
}

fn failed(channel: Channel, error: &Error) {
    let error = service::error::chain(error);
    warn!(notice.channel = %channel, error, "cannot dispatch, trying again");
}
