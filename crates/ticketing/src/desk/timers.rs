//! Rings timers when their instant comes.

use std::time::Duration;

use service::{error::chain, lifecycle::Shutdown};

use super::{Batch, Desk};
use crate::{
    domain::{Instant, id::TicketId, ticket::Command},
    error::Error,
    store::{tickets, timers},
};

/// How long to wait when due timers are in somebody else's hands.
const HELD_ELSEWHERE: Duration = Duration::from_millis(20);
/// How long to wait after a failure, doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// How the timers are kept.
#[derive(Debug, Clone, Copy)]
pub struct TimerSettings {
    /// Timers claimed in one transaction.
    pub batch: i64,
    /// Real time after which the next instant is asked for again, because a
    /// replica that died may have set an earlier one.
    pub recheck: Duration,
}

impl Desk {
    /// Rings timers that are due, at most `limit`; returns how many it claimed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ring_due(&self, limit: i64) -> Result<usize, Error> {
        let now = self.now();
        let mut transaction = self.begin().await?;
        let claimed = timers::claim(&mut transaction, now, limit).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let mut ids: Vec<TicketId> = claimed.iter().map(|claimed| claimed.ticket).collect();
        ids.dedup();
        let loaded = tickets::load(&mut transaction, &self.0.library, &ids).await?;
        let mut batch = Batch::of(loaded);
        for timer in &claimed {
            let refused = |refusal| Error::Refused {
                ticket: timer.ticket,
                refusal,
            };
            let command = Command::Timer(timer.timer);
            batch
                .decide(timer.ticket, command, now, None)
                .map_err(refused)?;
        }
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        Ok(claimed.len())
    }

    /// The earliest instant at which a timer goes off.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_timer(&self) -> Result<Option<Instant>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        timers::next(&mut connection).await
    }
}

/// Rings timers until shutdown, asleep whenever none is due.
///
/// # Errors
/// Never: it answers so to be spawned beside loops that do fail.
pub async fn keep_time(
    desk: Desk,
    settings: TimerSettings,
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
                tracing::warn!(error = %chain(&error), retry.ms = retry.as_millis(), "cannot ring timers, they stay due");
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

/// Rings everything that is due, and says for what to wait then.
async fn rest(desk: &Desk, settings: TimerSettings) -> Result<Wait, Error> {
    while desk.ring_due(settings.batch).await? > 0 {}
    let next = desk.next_timer().await?;
    if next.is_some_and(|next| next <= desk.now()) {
        return Ok(Wait::For(HELD_ELSEWHERE));
    }
    Ok(Wait::Until(next))
}

impl Wait {
    async fn over(self, desk: &Desk, settings: TimerSettings) {
        match self {
            Self::For(duration) => tokio::time::sleep(duration).await,
            Self::Until(next) => {
                let rung = async {
                    match next {
                        Some(next) => desk.0.clock.sleep_until(next).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = rung => {}
                    () = desk.0.timers_changed.notified() => {}
                    () = tokio::time::sleep(settings.recheck) => {}
                }
            }
        }
    }
}
