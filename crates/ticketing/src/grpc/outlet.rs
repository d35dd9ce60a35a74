//! Answers that are sent as they are made, and no faster than they are read.

use std::{pin::Pin, time::Duration};

use service::{error::status, lifecycle::Shutdown};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use crate::error::{Error, Resume};

/// Answers as a caller reads them.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Answers that wait for their reader; as many again wait in the connection.
const WAITING: usize = 16;

/// How answers are streamed.
#[derive(Debug, Clone)]
pub struct Streaming {
    /// Real time for which a stream waits for its reader to take an answer.
    pub patience: Duration,
    /// Ends every stream.
    pub shutdown: Shutdown,
}

/// Where answers go.
pub(super) struct Outlet<T> {
    answers: Sender<Result<T, Status>>,
    patience: Duration,
}

impl Streaming {
    /// Has answers made until the work is done, nobody reads them, or the service stops.
    pub(super) fn answers<T: Send + 'static, F>(
        &self,
        work: impl FnOnce(Outlet<T>) -> F,
    ) -> Answers<T>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let (answers, receiver) = mpsc::channel(WAITING + 1);
        // Room for the last word, which must find some when a reader has stopped reading.
        let last_word = answers.clone().try_reserve_owned().ok();
        let work = work(Outlet {
            answers: answers.clone(),
            patience: self.patience,
        });
        let shutdown = self.shutdown.clone();
        tokio::spawn(async move {
            let done = tokio::select! {
                done = work => done,
                () = answers.closed() => return,
                () = shutdown.cancelled() => Err(Error::Stopping),
            };
            if let (Err(error), Some(last_word)) = (done, last_word) {
                last_word.send(Err(status(&error)));
            }
        });
        Box::pin(ReceiverStream::new(receiver))
    }
}

impl<T> Outlet<T> {
    /// Sends an answer, once there is room for it.
    ///
    /// # Errors
    /// [`Error::SlowReader`] when nobody makes any for too long.
    pub(super) async fn send(&self, answer: T) -> Result<(), Error> {
        let sent = self.answers.send_timeout(Ok(answer), self.patience);
        sent.await.map_err(|_| Error::SlowReader {
            patience: self.patience,
            resume: Resume::default(),
        })
    }
}
