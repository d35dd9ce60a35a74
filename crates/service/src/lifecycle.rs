//! Stop is signal, drain, deadline: tasks are tracked, and one that dies takes
//! the service down instead of leaving it half alive.

use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

/// The wish to stop; cheap to clone. Cancelling a child leaves its parent alone.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// Makes one that nobody has asked for yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody who holds a clone or a child to stop.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Whether stopping was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until stopping is asked for.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }

    /// Sleeps, but no longer than until stopping is asked for; tells whether to go on.
    pub async fn sleep(&self, duration: Duration) -> bool {
        tokio::time::timeout(duration, self.token.cancelled())
            .await
            .is_err()
    }

    /// Makes one that follows this one and can be cancelled alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            token: self.token.child_token(),
        }
    }

    /// The token itself, for libraries that take one.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// The tasks of a service; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    shutdown: Shutdown,
    failure: Arc<Mutex<Option<String>>>,
}

impl Tasks {
    /// Tracks tasks that stop with `shutdown`.
    #[must_use]
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            tracker: TaskTracker::new(),
            shutdown,
            failure: Arc::default(),
        }
    }

    /// Runs a loop until it ends. When it ends with an error, or panics, the
    /// failure is kept and everything is asked to stop.
    pub fn spawn<F, E>(&self, name: &'static str, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let tasks = self.clone();
        self.tracker.spawn(async move {
            let ended = std::panic::AssertUnwindSafe(future).catch_unwind().await;
            let failure = match ended {
                Ok(Ok(())) => return,
                Ok(Err(error)) => format!("{name}: {error}"),
                Err(_) => format!("{name} panicked"),
            };
            error!(task.name = name, error = %failure, "task failed, stopping");
            tasks
                .failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(failure);
            tasks.shutdown.cancel();
        });
    }

    /// Why a task failed, when one did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until every task has ended, at most until the deadline; tells
    /// whether all ended.
    pub async fn drain(&self, deadline: Duration) -> bool {
        self.tracker.close();
        let drained = tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok();
        if !drained {
            warn!(
                tasks.left = self.tracker.len(),
                deadline.ms = deadline.as_millis(),
                "tasks did not end in time"
            );
        }
        drained
    }
}

/// Asks to stop at SIGINT or SIGTERM.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn stop_on_signals(shutdown: &Shutdown) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => info!(signal.name = "SIGINT", "asked to stop"),
            _ = terminate.recv() => info!(signal.name = "SIGTERM", "asked to stop"),
            () = shutdown.cancelled() => {}
        }
        shutdown.cancel();
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_fails_asks_everything_to_stop_and_says_why() {
        let shutdown = Shutdown::new();
        let tasks = Tasks::new(shutdown.clone());
        tasks.spawn("relay", async { Err::<(), _>("no broker") });
        shutdown.cancelled().await;
        assert!(tasks.drain(Duration::from_secs(5)).await);
        assert_eq!(tasks.failure().unwrap(), "relay: no broker");
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_too() {
        let tasks = Tasks::new(Shutdown::new());
        tasks.spawn("relay", async {
            if tasks_panic() {
                panic!("boom")
            } else {
                Ok::<(), String>(())
            }
        });
        assert!(tasks.drain(Duration::from_secs(5)).await);
        assert_eq!(tasks.failure().unwrap(), "relay panicked");
    }

    fn tasks_panic() -> bool {
        true
    }

    #[tokio::test(start_paused = true)]
    async fn draining_ends_at_its_deadline() {
        let tasks = Tasks::new(Shutdown::new());
        tasks.spawn("stuck", async {
            std::future::pending::<()>().await;
            Ok::<(), String>(())
        });
        assert!(!tasks.drain(Duration::from_secs(5)).await);
    }
}
