//! The way into the journal: what waits is written together in one transaction, so that
//! many senders share one commit.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use service::database::Database;
use service::error::{Classified, chain};
use service::relay::RelayHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc, oneshot};
use tracing::{Instrument, info_span, warn};

use crate::Error;
use crate::domain::{BatchKey, Intake};
use crate::metrics::Metrics;
use crate::store::journal::{self, Outcome};

/// One in how many KiB of the queue pulls may take.
const PULLED_SHARE: usize = 4;

/// The senders' end; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    sender: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
    /// Room that pulls may take of it, so that what is pushed comes first.
    pulls: Arc<Semaphore>,
    capacity_kib: usize,
}

/// The journal's end.
pub(crate) struct Writer {
    receiver: mpsc::UnboundedReceiver<Waiting>,
    database: Database,
    relay: RelayHandle,
    metrics: Metrics,
    group_batches: usize,
}

#[derive(Debug)]
struct Waiting {
    intake: Intake,
    answer: oneshot::Sender<Result<Outcome, Error>>,
    /// The room that it takes, given back once it is answered.
    _room: Vec<OwnedSemaphorePermit>,
}

/// Makes a queue of so many KiB, and what writes it into the journal.
pub(crate) fn queue(
    capacity_kib: usize,
    group_batches: usize,
    database: Database,
    relay: RelayHandle,
    metrics: Metrics,
) -> (Queue, Writer) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let queue = Queue {
        sender,
        room: Arc::new(Semaphore::new(capacity_kib)),
        pulls: Arc::new(Semaphore::new(capacity_kib / PULLED_SHARE)),
        capacity_kib,
    };
    let writer = Writer {
        receiver,
        database,
        relay,
        metrics,
        group_batches,
    };
    (queue, writer)
}

impl Queue {
    /// Journals an intake; refuses it at once when the queue is full.
    pub(crate) async fn offer(&self, intake: Intake) -> Result<Outcome, Error> {
        match Arc::clone(&self.room).try_acquire_many_owned(self.cost(&intake)) {
            Ok(room) => self.put(intake, vec![room]).await,
            Err(TryAcquireError::Closed) => Err(Error::Stopping),
            Err(TryAcquireError::NoPermits) => Err(Error::QueueFull {
                waiting_kib: self.capacity_kib - self.room.available_permits(),
                capacity_kib: self.capacity_kib,
            }),
        }
    }

    /// Journals an intake; waits for room, so that the sender is slowed down.
    pub(crate) async fn wait(&self, intake: Intake) -> Result<Outcome, Error> {
        let room = Arc::clone(&self.room)
            .acquire_many_owned(self.cost(&intake))
            .await;
        let room = room.map_err(|_| Error::Stopping)?;
        self.put(intake, vec![room]).await
    }

    /// Journals an intake that can wait: takes no more than a share of the room, so that
    /// catching up with an outage does not keep out what is pushed meanwhile.
    pub(crate) async fn wait_behind(&self, intake: Intake) -> Result<Outcome, Error> {
        let most = u32::try_from(self.capacity_kib / PULLED_SHARE).unwrap_or(u32::MAX);
        let cost = self.cost(&intake).min(most);
        let mut room = Vec::with_capacity(2);
        for semaphore in [&self.pulls, &self.room] {
            let taken = Arc::clone(semaphore).acquire_many_owned(cost).await;
            room.push(taken.map_err(|_| Error::Stopping)?);
        }
        self.put(intake, room).await
    }

    async fn put(&self, intake: Intake, room: Vec<OwnedSemaphorePermit>) -> Result<Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            intake,
            answer,
            _room: room,
        };
        self.sender.send(waiting).map_err(|_| Error::Stopping)?;
        match answered.await.map_err(|_| Error::Stopping)?? {
            Outcome::Refused(refusal) => Err(refusal.into()),
            outcome => Ok(outcome),
        }
    }

    fn cost(&self, intake: &Intake) -> u32 {
        let kib = intake.bytes().div_ceil(1024).min(self.capacity_kib);
        u32::try_from(kib).unwrap_or(u32::MAX)
    }
}

impl Writer {
    /// Writes until all senders are gone, so that what was taken is also answered.
    pub(crate) async fn run(mut self) -> Result<(), Error> {
        let mut waiting = Vec::new();
        loop {
            if waiting.is_empty()
                && self
                    .receiver
                    .recv_many(&mut waiting, self.group_batches)
                    .await
                    == 0
            {
                return Ok(());
            }
            let later = twice_in(&mut waiting);
            let span = info_span!("journal", batches = waiting.len());
            self.write(std::mem::take(&mut waiting))
                .instrument(span)
                .await;
            waiting = later;
        }
    }

    async fn write(&self, group: Vec<Waiting>) {
        let (intakes, answers): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|waiting| (waiting.intake, (waiting.answer, waiting._room)))
            .unzip();
        match self.commit(&intakes).await {
            Ok(outcomes) => {
                for ((answer, _room), outcome) in answers.into_iter().zip(outcomes) {
                    // Whoever does not wait any more sends again, and twice is once.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) if intakes.len() > 1 && !error.is_retryable() => {
                warn!(batches = intakes.len(), error = %chain(&error), "journalling together failed, so one by one");
                for (intake, (answer, _room)) in intakes.into_iter().zip(answers) {
                    let outcome = self.commit(&[intake]).await;
                    let _ =
                        answer.send(outcome.and_then(|outcomes| {
                            outcomes.into_iter().next().ok_or(Error::Stopping)
                        }));
                }
            }
            Err(error) => {
                warn!(batches = intakes.len(), error = %chain(&error), "journalling failed, senders are told");
                let error = Arc::new(error);
                for (answer, _room) in answers {
                    let _ = answer.send(Err(Error::Journal(Arc::clone(&error))));
                }
            }
        }
    }

    async fn commit(&self, intakes: &[Intake]) -> Result<Vec<Outcome>, Error> {
        let mut transaction = self.database.pool().begin().await?;
        let written = journal::write(&mut transaction, intakes).await?;
        transaction.commit().await?;
        self.relay.wake();
        self.metrics.journalled(&written);
        Ok(written.into_outcomes())
    }
}

/// Takes out what has the same id as something before it: it is for the next transaction,
/// where the first is known.
fn twice_in(waiting: &mut Vec<Waiting>) -> Vec<Waiting> {
    let mut seen: HashSet<BatchKey> = HashSet::new();
    let again = |waiting: &mut Waiting| {
        waiting
            .intake
            .key
            .clone()
            .is_some_and(|key| !seen.insert(key))
    };
    waiting.extract_if(.., again).collect()
}

/// How often ids of old batches are forgotten.
pub(crate) const FORGET_EVERY: Duration = Duration::from_secs(3_600);
