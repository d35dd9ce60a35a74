//! Takes batches of exception events in, each in one transaction.

use service::{
    consume::{HandleError, Handler, Received},
    inbox,
};

use super::decode;
use crate::{
    desk::{Desk, Heard},
    error::Error,
};

/// Turns exception events into tickets.
#[derive(Clone)]
pub struct Exceptions {
    desk: Desk,
}

impl Exceptions {
    /// Hands everything to this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }

    async fn take(&self, batch: &[Received], heard: Vec<Heard>) -> Result<(), Error> {
        let mut transaction = self.desk.begin().await?;
        let first_time = inbox::claim(&mut transaction, batch).await?;
        let fresh: Vec<Heard> = heard
            .into_iter()
            .zip(first_time)
            .filter_map(|(it, new)| new.then_some(it))
            .collect();
        if !fresh.is_empty() {
            self.desk.hear(&mut transaction, fresh).await?;
        }
        self.desk.commit(transaction).await
    }
}

impl Handler for Exceptions {
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        let heard: Vec<Heard> = batch.iter().map(hear).collect::<Result<_, _>>()?;
        match self.take(batch, heard.clone()).await {
            // The other replica has committed by now: its tickets are found.
            Err(Error::Contended) => self.take(batch, heard).await.map_err(HandleError::of),
            outcome => outcome.map_err(HandleError::of),
        }
    }
}

fn hear(received: &Received) -> Result<Heard, HandleError> {
    let report = decode::report(&received.payload);
    let report = report.map_err(|error| HandleError::Poison(Box::new(error)))?;
    Ok(Heard {
        report,
        traceparent: received.traceparent.clone(),
    })
}
