//! Consuming what every service says.

use std::future::Future;
use std::time::Duration;

use service::clock::Clock;
use service::consume::{HandleError, Handler, Received, Stream, Subscription, Upstream};
use service::database::Database;
use service::inbox;

use crate::config::Config;
use crate::domain::Happening;
use crate::error::Error;
use crate::store;

/// The streams of the record and the services that write to each. Batches of facts are not among
/// them: ingest says of each batch which orders it concerns and what its digest is.
pub const SOURCES: [(Stream, &[&str]); 5] = [
    (Stream::Intake, &["ingest"]),
    (Stream::Exceptions, &["rule-evaluation"]),
    (Stream::Tickets, &["ticketing"]),
    (Stream::Notifications, &["escalation-notifier"]),
    (
        Stream::Changes,
        &[
            "ingest",
            "rule-evaluation",
            "ticketing",
            "escalation-notifier",
        ],
    ),
];

/// One subscription a stream, reconciled with every service that writes to it.
pub fn subscriptions(
    config: &Config,
    reconcile_every: Duration,
    upstream: impl Fn(&str) -> Upstream,
) -> Vec<Subscription> {
    SOURCES
        .iter()
        .map(|(stream, services)| {
            let upstreams: Vec<Upstream> =
                services.iter().map(|service| upstream(service)).collect();
            Subscription {
                upstreams: upstreams.clone(),
                max_messages: config.batch_events,
                max_bytes: config.batch_bytes,
                linger: config.linger,
                reconcile_every,
                ..Subscription::new(*stream, "audit", upstreams[0].clone())
            }
        })
        .collect()
}

/// Records batches of events.
#[derive(Debug, Clone)]
pub struct Recorder {
    database: Database,
    clock: Clock,
}

impl Recorder {
    /// Records into this database.
    #[must_use]
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    async fn record(&self, batch: &[Received]) -> Result<(), Error> {
        let happenings = batch
            .iter()
            .map(|received| Happening::read(received.upstream.name(), &received.payload))
            .collect::<Result<Vec<_>, _>>()?;
        let mut transaction = self.database.pool().begin().await?;
        // The turn comes first: appenders then never wait for each other's claims.
        let turn = store::wait_for_turn(&mut transaction).await?;
        let claimed = inbox::claim(&mut transaction, batch).await?;
        let first: Vec<Happening> = happenings
            .into_iter()
            .zip(claimed)
            .filter_map(|(happening, first)| first.then_some(happening))
            .collect();
        let count = store::append(&mut transaction, turn, first, self.clock.now()).await?;
        transaction.commit().await?;
        tracing::debug!(
            batch.events = batch.len(),
            entries.new = count,
            "recorded events"
        );
        Ok(())
    }
}

impl Handler for Recorder {
    fn handle(&self, batch: &[Received]) -> impl Future<Output = Result<(), HandleError>> + Send {
        async move { self.record(batch).await.map_err(HandleError::of) }
    }
}
