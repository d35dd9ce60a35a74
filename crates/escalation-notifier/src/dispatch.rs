//! Deliveries go out: claimed, written ahead, sent, settled.

mod addressee;
mod endpoints;
mod failover;
mod letters;
mod log;
mod pool;
mod settle;

use std::time::Duration;

use service::lifecycle::Shutdown;
use tracing::warn;

use crate::{
    channel::vendor,
    domain::{policy::Channel, retry::Answer},
    error::Error,
    notifier::{LOOK, Notifier, Pass},
    store::messages,
};

/// Shortest pause of a loop, so that a clock's rounding cannot make it spin.
const SHORTEST: Duration = Duration::from_millis(20);

impl Notifier {
    /// One pass over a channel.
    ///
    /// # Errors
    ///
    /// The database failed; what was claimed is sent again after its lease.
    pub async fn dispatch(&self, channel: Channel) -> Result<Pass, Error> {
        self.recover(channel).await?;
        match vendor::of(channel) {
            Some(vendor) => self.dispatch_endpoints(channel, vendor).await,
            None if channel == Channel::Email => self.dispatch_letter().await,
            None => self.dispatch_log().await,
        }
    }

    /// Passes over a channel until the service stops.
    ///
    /// # Errors
    ///
    /// Never: failures are waited out.
    pub async fn run_dispatch(self, channel: Channel, shutdown: Shutdown) -> Result<(), Error> {
        while !shutdown.is_cancelled() {
            let written = self.inner.deliveries.notified();
            let wait = match self.dispatch(channel).await {
                Ok(Pass { done: 1.., .. }) => continue,
                Ok(Pass {
                    wait: Some(wait), ..
                }) => wait,
                Ok(_) => self.until_due(channel).await.unwrap_or(LOOK),
                Err(error) => {
                    let error = service::error::chain(&error);
                    warn!(notice.channel = %channel, error, "cannot dispatch, trying again");
                    LOOK
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait.clamp(SHORTEST, LOOK)) => {}
                () = written => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    async fn until_due(&self, channel: Channel) -> Result<Duration, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        Ok(messages::until_due(&mut conn, channel)
            .await?
            .unwrap_or(LOOK))
    }

    /// Settles messages whose sender did not come back: nobody knows whether
    /// they arrived, so they are sent again under the same delivery ids.
    async fn recover(&self, channel: Channel) -> Result<(), Error> {
        loop {
            let mut transaction = self.inner.pool.begin().await?;
            let Some(message) = messages::claim_abandoned(&mut transaction, channel).await? else {
                return Ok(());
            };
            let answer = Answer::Unavailable {
                retry_after: None,
                detail: "the sender stopped before it knew whether this arrived".to_owned(),
            };
            let settled = self.settle_in(&mut transaction, message, &answer).await?;
            transaction.commit().await?;
            self.inner.settled(settled);
        }
    }
}
