//! Takes batches of events of rule evaluation in, each in one transaction.

use service::{
    consume::{HandleError, Handler, Received},
    inbox,
};

use super::decode::{self, News};
use crate::{
    desk::{Desk, Heard},
    error::Error,
};

/// Turns what is told of exceptions into tickets, and asks about tickets of which more may be known.
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

    async fn take(&self, batch: &[Received], news: Vec<News>) -> Result<(), Error> {
        let mut transaction = self.desk.begin().await?;
        let first_time = inbox::claim(&mut transaction, batch).await?;
        let (mut heard, mut orders) = (Vec::new(), Vec::new());
        for ((news, received), first_time) in news.into_iter().zip(batch).zip(first_time) {
            match news {
                _ if !first_time => {}
                News::Exception(report) => heard.push(Heard {
                    report: *report,
                    traceparent: received.traceparent.clone(),
                }),
                News::Orders(told) => orders.extend(told),
            }
        }
        if !heard.is_empty() {
            self.desk.hear(&mut transaction, heard).await?;
        }
        if !orders.is_empty() {
            self.desk.ask_about(&mut transaction, &orders).await?;
        }
        self.desk.commit(transaction).await
    }
}

impl Handler for Exceptions {
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        let news: Vec<News> = batch.iter().map(hear).collect::<Result<_, _>>()?;
        loop {
            match self.take(batch, news.clone()).await {
                // Another replica has opened some of these tickets, which are found now.
                Err(Error::Contended) => {}
                outcome => return outcome.map_err(HandleError::of),
            }
        }
    }
}

fn hear(received: &Received) -> Result<News, HandleError> {
    decode::news(&received.payload).map_err(|error| HandleError::Poison(Box::new(error)))
}
