//! What a service receives, and how much at a time.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, ConsumerOptions, Stream};
use tokio::task::JoinSet;
use tracing::info;

use super::processor::Processor;
use super::{Handler, Upstream, pull, reconcile};
use crate::Error;
use crate::database::Database;
use crate::lifecycle::Shutdown;

/// A durable subscription. The fields are public: set what differs from
/// [`Subscription::new`].
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Stream to read.
    pub stream: Stream,
    /// Durable name, and name of the dead letters: that of the service.
    pub durable: String,
    /// Subjects to receive, with NATS wildcards; empty means all of the stream.
    pub subjects: Vec<String>,
    /// Services whose logs hold these events.
    pub upstreams: Vec<Upstream>,
    /// Most messages of a batch. Default 256.
    pub max_messages: usize,
    /// Most payload bytes of a batch. Default 2 MiB.
    pub max_bytes: usize,
    /// How long a batch that is not full waits for more. Default 2 ms.
    pub linger: Duration,
    /// How many batches are handled at once. Default 1; more means that events
    /// of one entity may be handled out of order.
    pub concurrency: usize,
    /// How often the upstream's log is compared with the inbox. Default 60 s.
    pub reconcile_every: Duration,
    /// How old an event must be before reconciliation delivers it. Default 5 s.
    pub grace: Duration,
    /// How often a message may ask for a retry before it is given up. Default 12,
    /// about a minute.
    pub max_attempts: u32,
    /// After how long the broker delivers again what was not acknowledged. Default 15 s.
    pub ack_wait: Duration,
}

impl Subscription {
    /// Everything of a stream, with the defaults.
    #[must_use]
    pub fn new(stream: Stream, durable: &str, upstream: Upstream) -> Self {
        Self {
            stream,
            durable: durable.to_owned(),
            subjects: Vec::new(),
            upstreams: vec![upstream],
            max_messages: 256,
            max_bytes: 2 << 20,
            linger: Duration::from_millis(2),
            concurrency: 1,
            reconcile_every: Duration::from_secs(60),
            grace: Duration::from_secs(5),
            max_attempts: 12,
            ack_wait: Duration::from_secs(15),
        }
    }

    /// Receives events until `shutdown`, then finishes the batches at hand and
    /// gives back the rest.
    ///
    /// # Errors
    /// When an upstream's address is malformed, or a worker panics.
    pub async fn run<H: Handler>(
        self,
        handler: H,
        bus: Bus,
        database: Database,
        shutdown: Shutdown,
    ) -> Result<(), Error> {
        info!(
            stream.name = self.stream.name(),
            consumer.name = self.durable,
            "receiving events"
        );
        let subscription = Arc::new(self);
        let processor = Arc::new(Processor::new(
            handler,
            bus,
            database,
            Arc::clone(&subscription),
            shutdown,
        ));
        let mut tasks = JoinSet::new();
        pull::start(&mut tasks, &processor);
        for upstream in &subscription.upstreams {
            if let Some(endpoint) = upstream.endpoint() {
                let reconciler =
                    reconcile::Reconciler::new(Arc::clone(&processor), upstream.clone(), endpoint)?;
                tasks.spawn(reconciler.run());
            }
        }
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|error| {
                Error::Task(format!(
                    "a worker of {} ended: {error}",
                    subscription.durable
                ))
            })?;
        }
        Ok(())
    }

    pub(super) fn consumer_options(&self) -> ConsumerOptions {
        ConsumerOptions {
            stream: self.stream,
            durable: self.durable.clone(),
            subjects: self.subjects.clone(),
            // One batch is handled while the next is on its way.
            max_messages: self.max_messages.saturating_mul(2),
            max_bytes: self.max_bytes.saturating_mul(2),
            ack_wait: self.ack_wait,
            heartbeat: Duration::from_secs(2),
        }
    }

    /// First characters of all subjects of the stream.
    pub(super) fn subject_prefix(&self) -> String {
        format!("{}.", self.stream.root())
    }

    pub(super) fn wants(&self, subject: &str) -> bool {
        self.subjects.is_empty()
            || self
                .subjects
                .iter()
                .any(|pattern| matches(pattern, subject))
    }
}

/// Whether a subject matches a NATS pattern (`*` one token, `>` the rest).
fn matches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for part in pattern.split('.') {
        match (part, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (part, Some(token)) if part == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_nats_matches_them() {
        assert!(matches("orderwatch.facts.>", "orderwatch.facts.erp"));
        assert!(matches("orderwatch.tickets.*", "orderwatch.tickets.opened"));
        assert!(!matches(
            "orderwatch.tickets.*",
            "orderwatch.tickets.opened.twice"
        ));
        assert!(!matches(
            "orderwatch.tickets.opened",
            "orderwatch.tickets.overdue"
        ));
        assert!(!matches("orderwatch.facts.>", "orderwatch.facts"));
    }
}
