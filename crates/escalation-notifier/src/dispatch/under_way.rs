//! Messages that are under way while the next are claimed: neither a slow answer nor the
//! settling of a large digest stands in the way of what is urgent, or of somebody else.

use std::{collections::HashMap, time::Duration};

use tokio::task::{Id, JoinError, JoinSet};

use crate::{domain::room, error::Error};

/// How long it is waited for more to end, so that what they leave room for is claimed at once.
const MOMENT: Duration = Duration::from_millis(10);

/// Messages of one loop that are under way; they are given up when it is dropped.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    messages: JoinSet<Result<(), Error>>,
    recipients: HashMap<Id, String>,
}

impl UnderWay {
    /// Sends and settles something for a recipient beside the others.
    pub(super) fn add(
        &mut self,
        recipient: &str,
        sending: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        let message = self.messages.spawn(sending);
        self.recipients.insert(message.id(), recipient.to_owned());
    }

    /// How many places are free.
    pub(super) fn free(&self, most: usize) -> u32 {
        u32::try_from(most.saturating_sub(self.messages.len())).unwrap_or(u32::MAX)
    }

    /// How many more may be under way to a recipient.
    pub(super) fn room_for(&self, recipient: &str, most: usize) -> u32 {
        let own = self.recipients.values().filter(|name| *name == recipient);
        let own = u32::try_from(own.count()).unwrap_or(u32::MAX);
        room::room(self.free(most), own)
    }

    /// Waits until some of them have ended; for ever when there are none.
    pub(super) async fn some(&mut self) -> Result<(), Error> {
        let Some(ended) = self.messages.join_next_with_id().await else {
            return std::future::pending().await;
        };
        let mut result = self.ended(ended);
        while let Some(ended) = self.messages.try_join_next_with_id() {
            result = result.and(self.ended(ended));
        }
        result
    }

    /// Waits until another one may be added, and a moment longer for more than that, as claiming
    /// one costs what claiming many does.
    pub(super) async fn make_room(&mut self, most: usize) -> Result<(), Error> {
        while self.messages.len() >= most {
            self.some().await?;
        }
        let half = async {
            while self.messages.len() > most / 2 {
                self.some().await?;
            }
            Ok(())
        };
        tokio::time::timeout(MOMENT, half).await.unwrap_or(Ok(()))
    }

    /// Waits for all of them.
    pub(super) async fn all(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        while !self.messages.is_empty() {
            result = result.and(self.some().await);
        }
        result
    }

    /// What was settled, or why it was not. One that panicked is settled when its lease ends.
    fn ended(&mut self, ended: Result<(Id, Result<(), Error>), JoinError>) -> Result<(), Error> {
        let (id, result) = ended.unwrap_or_else(|error| {
            tracing::error!(error = %error, "a sender died");
            (error.id(), Ok(()))
        });
        self.recipients.remove(&id);
        result
    }
}
