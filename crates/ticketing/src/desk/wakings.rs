//! Wakes tickets when their instant comes.

use std::time::Duration;

use service::{error::chain, lifecycle::Shutdown};

use super::{Batch, Desk};
use crate::{
    domain::{Instant, ticket::Command},
    error::Error,
    store::{tickets, wakings},
};

/// How long to wait when what is due is in somebody else's hands.
const HELD_ELSEWHERE: Duration = Duration::from_millis(20);
/// How long to wait after a failure, doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// How the time is kept.
#[derive(Debug, Clone, Copy)]
pub struct WakingSettings {
    /// Tickets woken in one transaction.
    pub batch: i64,
    /// Real time after which the next instant is asked for again, because a
    /// replica that died may have set an earlier one.
    pub recheck: Duration,
}

impl Desk {
    /// Wakes tickets whose instant has come, at most `limit`; returns how many there were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn wake_due(&self, limit: i64) -> Result<usize, Error> {
        let now = self.now();
        let mut transaction = self.begin().await?;
        let claimed = wakings::claim(&mut transaction, now, limit).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let office = self.office(&mut transaction).await?;
        let loaded = tickets::load(&mut transaction, &self.0.library, &claimed).await?;
        let mut batch = Batch::of(loaded);
        for ticket in &claimed {
            let refused = |refusal| Error::Refused {
                ticket: *ticket,
                refusal,
            };
            batch
                .decide(*ticket, Command::Wake, &office, now, None)
                .map_err(refused)?;
        }
        // Of those that changed, storing does; the others would be claimed for ever.
        wakings::set(&mut transaction, batch.unchanged()).await?;
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        Ok(claimed.len())
    }

    /// The earliest instant for which a ticket waits.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_waking(&self) -> Result<Option<Instant>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        wakings::next(&mut connection).await
    }
}

/// Wakes tickets until shutdown, asleep whenever none is due.
///
/// # Errors
/// Never: it answers so to be spawned beside loops that do fail.
pub async fn keep_time(
    desk: Desk,
    settings: WakingSettings,
    shutdown: Shutdown,
) -> Result<(), Error> {
    let mut retry = FIRST_RETRY;
    while !shutdown.is_cancelled() {
        let wait = match rest(&desk, settings).await {
            Ok(wait) => {
                retry = FIRST_RETRY;
                wait
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), retry.ms = retry.as_millis(), "cannot wake tickets, they stay due");
                let wait = Wait::For(retry);
                retry = (retry * 2).min(LONGEST_RETRY);
                wait
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = wait.over(&desk, settings) => {}
        }
    }
    Ok(())
}

enum Wait {
    For(Duration),
    Until(Option<Instant>),
}

/// Wakes everything that is due, and says for what to wait then.
async fn rest(desk: &Desk, settings: WakingSettings) -> Result<Wait, Error> {
    while desk.wake_due(settings.batch).await? > 0 {}
    let next = desk.next_waking().await?;
    if next.is_some_and(|next| next <= desk.now()) {
        return Ok(Wait::For(HELD_ELSEWHERE));
    }
    Ok(Wait::Until(next))
}

impl Wait {
    async fn over(self, desk: &Desk, settings: WakingSettings) {
        match self {
            Self::For(duration) => tokio::time::sleep(duration).await,
            Self::Until(next) => tokio::select! {
                () = desk.wait_for(next, &desk.0.bells.wakings) => {}
                () = tokio::time::sleep(settings.recheck) => {}
            },
        }
    }
}
