//! The end of the event log, looked for once for everybody who follows it.

use std::time::Duration;

use service::{
    consume::Position, database::Database, error::chain, event_log, lifecycle::Shutdown,
};
use tokio::sync::{Notify, watch};

use super::Desk;
use crate::error::Error;

/// How often it is looked for what other replicas have written, while anybody follows.
const LOOK: Duration = Duration::from_millis(200);

/// Where the newest event is that can be listed.
#[derive(Debug, Default)]
pub(super) struct Tail {
    newest: watch::Sender<Position>,
    /// Something was written here, or somebody begins to follow.
    woken: Notify,
}

impl Tail {
    /// Has it looked for at once.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Follows it; what is written from now on is noticed.
    pub(super) fn follow(&self) -> watch::Receiver<Position> {
        let follower = self.newest.subscribe();
        self.wake();
        follower
    }

    async fn look(&self, database: &Database) -> Result<(), Error> {
        if let Some(newest) = event_log::newest(database.pool()).await? {
            self.newest.send_if_modified(|known| {
                let is_new = newest > *known;
                *known = newest.max(*known);
                is_new
            });
        }
        Ok(())
    }
}

/// Looks for the end of the event log until shutdown, at rest while nobody follows it.
///
/// # Errors
/// Never: it answers so to be spawned beside loops that do fail.
pub async fn follow_log(desk: Desk, shutdown: Shutdown) -> Result<(), Error> {
    let tail = &desk.0.tail;
    while !shutdown.is_cancelled() {
        let is_followed = tail.newest.receiver_count() > 0;
        if is_followed && let Err(error) = tail.look(&desk.0.database).await {
            tracing::warn!(error = %chain(&error), "cannot look for the end of the event log");
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tail.woken.notified() => {}
            () = tokio::time::sleep(LOOK), if is_followed => {}
        }
    }
    Ok(())
}
