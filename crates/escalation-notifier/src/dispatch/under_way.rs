//! Messages that are under way while the next are claimed: neither a slow answer nor the
//! settling of a large digest stands in the way of what is urgent.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::error::Error;

/// How long it is waited for more to end, so that what they leave room for is claimed at once.
const MOMENT: Duration = Duration::from_millis(10);

/// Messages of one loop that are under way; they are given up when it is dropped.
#[derive(Debug, Default)]
pub(super) struct UnderWay(JoinSet<Result<(), Error>>);

impl UnderWay {
    /// Sends and settles something beside the others.
    pub(super) fn add(
        &mut self,
        sending: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        self.0.spawn(sending);
    }

    /// How many more may be under way.
    pub(super) fn room(&self, most: usize) -> u32 {
        u32::try_from(most.saturating_sub(self.0.len())).unwrap_or(u32::MAX)
    }

    /// Waits until some of them have ended; for ever when there are none.
    pub(super) async fn some(&mut self) -> Result<(), Error> {
        let Some(ended) = self.0.join_next().await else {
            return std::future::pending().await;
        };
        let mut result = flat(ended);
        while let Some(ended) = self.0.try_join_next() {
            result = result.and(flat(ended));
        }
        result
    }

    /// Waits until another one may be added, and a moment longer for more than that, as claiming
    /// one costs what claiming many does.
    pub(super) async fn make_room(&mut self, most: usize) -> Result<(), Error> {
        while self.0.len() >= most {
            self.some().await?;
        }
        let half = async {
            while self.0.len() > most / 2 {
                self.some().await?;
            }
            Ok(())
        };
        tokio::time::timeout(MOMENT, half).await.unwrap_or(Ok(()))
    }

    /// Waits for all of them.
    pub(super) async fn all(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        while let Some(ended) = self.0.join_next().await {
            result = result.and(flat(ended));
        }
        result
    }
}

/// What was settled, or why it was not. One that panicked is settled when its lease ends.
fn flat(ended: Result<Result<(), Error>, tokio::task::JoinError>) -> Result<(), Error> {
    ended.unwrap_or_else(|error| {
        tracing::error!(error = %error, "a sender died");
        Ok(())
    })
}
