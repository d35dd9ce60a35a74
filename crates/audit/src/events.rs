//! Consuming what every service says.

use service::clock::Clock;
use service::consume::{HandleError, Handler, Received, Stream, Subscription};
use service::database::Database;
use service::inbox;
use service::runtime::Context;

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
pub fn subscriptions(context: &Context, config: &Config) -> Vec<Subscription> {
    let subscription = |(stream, services): &(Stream, &[&str])| Subscription {
        upstreams: services
            .iter()
            .map(|service| context.directory.upstream(service))
            .collect(),
        max_messages: config.batch_events,
        max_bytes: config.batch_bytes,
        linger: config.linger,
        ..context.subscription(*stream, services.first().copied().unwrap_or_default())
    };
    SOURCES.iter().map(subscription).collect()
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
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        self.record(batch).await.map_err(HandleError::of)
    }
}
