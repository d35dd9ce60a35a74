//! Answers that come in while others are being settled are settled together, in one transaction:
//! a commit is waited for once, however many there are. Nobody waits for company.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use service::error::Classified;
use tokio::{
    sync::{Semaphore, oneshot},
    time::Instant,
};

use super::settle::Answered;
use crate::{error::Error, notifier::Notifier};

/// Transactions at the same time. While one waits for a row that somebody else has locked,
/// another goes on.
const TURNS: usize = 2;

/// Pause before what could not be settled is settled again.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers that wait to be settled.
#[derive(Debug)]
pub(crate) struct Together {
    waiting: Mutex<Vec<(Answered, oneshot::Sender<()>)>>,
    turns: Semaphore,
}

impl Default for Together {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turns: Semaphore::new(TURNS),
        }
    }
}

impl Together {
    fn add(&self, answered: Answered) -> oneshot::Receiver<()> {
        let (sender, settled) = oneshot::channel();
        self.lock().push((answered, sender));
        settled
    }

    fn take(&self) -> (Vec<Answered>, Vec<oneshot::Sender<()>>) {
        mem::take(&mut *self.lock()).into_iter().unzip()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Answered, oneshot::Sender<()>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notifier {
    /// Settles a message with whatever else waits for it; by itself when that fails, so that
    /// no other answer stands in its way.
    pub(super) async fn settle_together(
        &self,
        answered: Answered,
        until: Instant,
    ) -> Result<(), Error> {
        let together = &self.inner.together;
        let mut settled = together.add(answered.clone());
        let settled = tokio::select! {
            biased;
            settled = &mut settled => settled,
            turn = together.turns.acquire() => {
                self.settle_waiting().await;
                drop(turn);
                settled.await
            }
        };
        match settled {
            Ok(()) => Ok(()),
            Err(_failed) => self.settle_surely(answered, until).await,
        }
    }

    /// Settles what waits; whoever waits for it is told, unless that failed.
    async fn settle_waiting(&self) {
        let (answered, waiting) = self.inner.together.take();
        if answered.is_empty() || self.settle_all(&answered).await.is_err() {
            return;
        }
        for waiting in waiting {
            // Whoever has gone meanwhile needs no answer.
            let _gone = waiting.send(());
        }
    }

    /// Settles a message by itself, again and again while the database cannot and the message
    /// is still under its lease: what is known of it would be lost with that.
    pub(super) async fn settle_surely(
        &self,
        answered: Answered,
        until: Instant,
    ) -> Result<(), Error> {
        loop {
            match self.settle_all(std::slice::from_ref(&answered)).await {
                Err(error) if error.is_retryable() && Instant::now() + PAUSE < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                settled => return settled,
            }
        }
    }
}
