//! Settles batches: handled, later, or dead.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bus::{Bus, Error as BusError, Obituary, Outgoing};
use futures::FutureExt;
use tracing::{Instrument, Span, debug, error, info_span, warn};

use super::{HandleError, Handler, Position, Received, Subscription, Upstream};
use crate::database::Database;
use crate::error::chain;
use crate::lifecycle::Shutdown;
use crate::{Error, inbox, telemetry};

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Handled, now or before, or given up and kept as a dead letter.
    Settled,
    /// To be tried again after a while.
    Later(Duration),
}

/// Hands batches to the handler and decides what becomes of failures.
pub(super) struct Processor<H> {
    pub(super) bus: Bus,
    pub(super) database: Database,
    pub(super) subscription: Arc<Subscription>,
    pub(super) shutdown: Shutdown,
    handler: H,
    /// How often an event asked for a retry; emptied as they settle.
    attempts: Mutex<HashMap<(String, Position), u32>>,
}

impl<H: Handler> Processor<H> {
    pub(super) fn new(
        handler: H,
        bus: Bus,
        database: Database,
        subscription: Arc<Subscription>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            bus,
            database,
            subscription,
            shutdown,
            handler,
            attempts: Mutex::default(),
        }
    }

    /// Handles a batch as one; when that fails, message by message, so that one
    /// that cannot be digested does not hold up its neighbours.
    pub(super) async fn settle(&self, batch: &[Received]) -> Vec<Fate> {
        if batch.is_empty() {
            return Vec::new();
        }
        let failure = match self.attempt(batch).await {
            Ok(()) => return self.settled(batch),
            Err(failure) => failure,
        };
        if let [single] = batch {
            return vec![self.fate(single, failure).await];
        }
        debug!(batch.size = batch.len(), error = %failure, "batch failed, handling message by message");
        let mut fates = Vec::with_capacity(batch.len());
        for single in batch {
            let fate = match self.attempt(std::slice::from_ref(single)).await {
                Ok(()) => self.settled(std::slice::from_ref(single))[0],
                Err(failure) => self.fate(single, failure).await,
            };
            fates.push(fate);
        }
        fates
    }

    fn settled(&self, batch: &[Received]) -> Vec<Fate> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if !attempts.is_empty() {
            for event in batch {
                attempts.remove(&key(event));
            }
        }
        vec![Fate::Settled; batch.len()]
    }

    /// Runs the handler; while the database is away it waits and tries again.
    async fn attempt(&self, batch: &[Received]) -> Result<(), HandleError> {
        loop {
            let handled = AssertUnwindSafe(self.handler.handle(batch).instrument(self.span(batch)))
                .catch_unwind()
                .await;
            let failure = match handled {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failure)) => failure,
                Err(_) => HandleError::Retry("the handler panicked".into()),
            };
            if matches!(failure, HandleError::Poison(_)) || self.database.answers().await {
                return Err(failure);
            }
            warn!(error = %failure, "database is away, waiting for it");
            while !self.database.answers().await {
                if !self.shutdown.sleep(Duration::from_millis(500)).await {
                    return Err(failure);
                }
            }
        }
    }

    fn span(&self, batch: &[Received]) -> Span {
        let span = info_span!(
            "handle",
            messaging.system = "nats",
            messaging.destination.name = self.subscription.stream.name(),
            messaging.consumer.group.name = %self.subscription.durable,
            messaging.batch.message_count = batch.len(),
        );
        if let Some((first, rest)) = batch.split_first() {
            telemetry::continue_trace(&span, first.traceparent.as_deref());
            for event in rest
                .iter()
                .filter(|event| event.traceparent != first.traceparent)
                .take(32)
            {
                telemetry::link_trace(&span, event.traceparent.as_deref());
            }
        }
        span
    }

    async fn fate(&self, event: &Received, failure: HandleError) -> Fate {
        if self.shutdown.is_cancelled() && matches!(failure, HandleError::Retry(_)) {
            return Fate::Later(Duration::ZERO);
        }
        let attempts = self.count(event);
        let dead =
            matches!(failure, HandleError::Poison(_)) || attempts >= self.subscription.max_attempts;
        if !dead {
            let delay = back_off(attempts);
            warn!(event.id = event.event_id, event.attempts = attempts, retry.ms = delay.as_millis(), error = %cause(&failure), "event not handled, trying again");
            return Fate::Later(delay);
        }
        match self.bury(event, &cause(&failure), attempts).await {
            Ok(()) => self.settled(std::slice::from_ref(event))[0],
            Err(error) => {
                warn!(event.id = event.event_id, error = %chain(&error), "cannot keep a dead letter, trying again");
                Fate::Later(Duration::from_secs(5))
            }
        }
    }

    fn count(&self, event: &Received) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = attempts.entry(key(event)).or_default();
        *count += 1;
        *count
    }

    /// Keeps an event as a dead letter, first on the broker, then in the inbox. Of
    /// an event that was given up twice at once, one letter stays.
    pub(super) async fn bury(
        &self,
        event: &Received,
        cause: &str,
        attempts: u32,
    ) -> Result<(), Error> {
        let message = Outgoing {
            subject: event.subject.clone(),
            event_id: event.event_id.clone(),
            service: event.upstream.name().to_owned(),
            position: event.position,
            traceparent: event.traceparent.clone(),
            payload: event.payload.clone(),
        };
        let letters = self.bus.dead_letters(&self.subscription.durable);
        let sequence = letters.bury(&message, Obituary { cause, attempts }).await?;
        let superfluous = inbox::bury(self.database.pool(), event, sequence).await?;
        if let Some(superfluous) = superfluous
            && let Err(error) = self.discard(superfluous, event).await
        {
            warn!(event.id = event.event_id, dead_letter.sequence = superfluous, error = %chain(&error), "a superfluous dead letter stays");
        }
        if superfluous == Some(sequence) {
            return Ok(());
        }
        error!(
            event.id = event.event_id,
            event.subject = event.subject,
            dead_letter.sequence = sequence,
            error = cause,
            "event given up, kept as a dead letter"
        );
        Ok(())
    }

    /// Removes a dead letter of an event, unless it has gone already.
    async fn discard(&self, sequence: i64, event: &Received) -> Result<(), Error> {
        if self
            .is_kept(sequence, &event.upstream, event.position)
            .await?
        {
            let letters = self.bus.dead_letters(&self.subscription.durable);
            letters.remove(sequence).await?;
        }
        Ok(())
    }

    /// Whether an event's dead letter is still there. A stream that was made again
    /// counts from the beginning, so another event's may stand in its place.
    pub(super) async fn is_kept(
        &self,
        sequence: i64,
        upstream: &Upstream,
        position: Position,
    ) -> Result<bool, Error> {
        let letters = self.bus.dead_letters(&self.subscription.durable);
        match letters.get(sequence).await {
            Ok(letter) => Ok(
                letter.message.position == position && letter.message.service == upstream.name()
            ),
            Err(BusError::NoDeadLetter { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn key(event: &Received) -> (String, Position) {
    (event.upstream.name().to_owned(), event.position)
}

fn cause(failure: &HandleError) -> String {
    let (HandleError::Retry(error) | HandleError::Poison(error)) = failure;
    chain(&**error)
}

fn back_off(attempts: u32) -> Duration {
    Duration::from_millis(100 << attempts.min(7)).min(Duration::from_secs(10))
}
