//! A writer and a reader: two schemas, one broker, a handler that counts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bus::Bus;
use bytes::Bytes;
use service::clock::Clock;
use service::consume::{HandleError, Handler, Received, Subscription};
use service::database::Database;
use service::event_log::NewEvent;
use service::lifecycle::Shutdown;
use service::runtime::{Context, Running, Service};
use service::server::Server;
use service::testkit::{TestBroker, TestContext, TestDatabase};
use service::{event_log, inbox};
use sqlx::migrate::Migrator;
use sqlx::{PgPool, Row};
use tokio::sync::Barrier;

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("tests/migrations");

pub(crate) static WRITER: Service = Service {
    name: "writer",
    schema: "writer",
    port: 0,
    migrator: &MIGRATOR,
};

/// A service that writes tickets, running, and the schema of one that reads them.
pub(crate) struct World {
    pub(crate) writer: Running,
    pub(crate) reader: Database,
    pub(crate) reader_bus: Bus,
    pub(crate) broker: TestBroker,
    pub(crate) database: TestDatabase,
}

impl World {
    pub(crate) async fn start() -> Self {
        let database = TestDatabase::empty().await;
        let broker = TestBroker::start().await;
        let context = TestContext::on(&WRITER, Clock::wall(), &database, &broker, |_| {}).await;
        let writer = Server::builder(&context).start().await.unwrap();
        let reader = database.connect("reader", &MIGRATOR).await;
        let reader_bus = broker.connect("reader").await;
        Self {
            writer,
            reader,
            reader_bus,
            broker,
            database,
        }
    }

    pub(crate) fn context(&self) -> &Context {
        self.writer.context()
    }

    /// Writes events of the given ids, one transaction, and wakes the relay.
    pub(crate) async fn write(&self, ids: impl IntoIterator<Item = String>) {
        let mut transaction = self.context().database.pool().begin().await.unwrap();
        let events: Vec<NewEvent> = ids.into_iter().map(|id| event(&id)).collect();
        event_log::append(&mut transaction, &events).await.unwrap();
        transaction.commit().await.unwrap();
        self.context().relay.wake();
    }

    /// A subscription of the reader that reconciles quickly.
    pub(crate) fn subscription(&self) -> Subscription {
        let upstream = service::consume::Upstream::new("writer", &self.writer.endpoint());
        let subscription = Subscription::new(bus::Stream::Tickets, "reader", upstream);
        Subscription {
            reconcile_every: Duration::from_millis(300),
            grace: Duration::ZERO,
            max_attempts: 3,
            ack_wait: Duration::from_secs(2),
            ..subscription
        }
    }

    /// Waits until the reader owes the broker no acknowledgement.
    pub(crate) async fn await_acknowledged(&self) {
        eventually("the backlog is empty", || async {
            let backlog = self
                .reader_bus
                .backlog(bus::Stream::Tickets, "reader")
                .await;
            backlog.is_ok_and(|backlog| backlog.pending == 0 && backlog.unacknowledged == 0)
        })
        .await;
    }

    /// Waits until everything written is handled or given up, and comes again
    /// neither from the broker nor from the log.
    pub(crate) async fn await_settled(&self) {
        let (xid, id): (i64, i64) =
            sqlx::query_as("SELECT xid, id FROM event_log ORDER BY xid DESC, id DESC LIMIT 1")
                .fetch_one(self.context().database.pool())
                .await
                .unwrap();
        eventually("the log is reconciled", || async {
            let passed =
                "SELECT EXISTS (SELECT FROM reconciliation WHERE (xid, sequence) >= ($1, $2))";
            sqlx::query_scalar(passed)
                .bind(xid)
                .bind(id)
                .fetch_one(self.reader.pool())
                .await
                .unwrap()
        })
        .await;
        self.await_acknowledged().await;
    }

    pub(crate) fn read(&self, subscription: Subscription, handler: impl Handler) -> Shutdown {
        let shutdown = Shutdown::new();
        let run = subscription.run(
            handler,
            self.reader_bus.clone(),
            self.reader.clone(),
            shutdown.clone(),
        );
        tokio::spawn(async move { run.await.unwrap() });
        shutdown
    }
}

/// Gives every event up, two at once: none before another is being handled.
pub(crate) struct TwoAtOnce(Barrier);

impl Default for TwoAtOnce {
    fn default() -> Self {
        Self(Barrier::new(2))
    }
}

impl Handler for TwoAtOnce {
    async fn handle(&self, _batch: &[Received]) -> Result<(), HandleError> {
        self.0.wait().await;
        Err(HandleError::Poison("the payload names no ticket".into()))
    }
}

pub(crate) fn event(id: &str) -> NewEvent {
    NewEvent {
        event_id: id.to_owned(),
        subject: "orderwatch.tickets.opened".to_owned(),
        payload: Bytes::from(id.to_owned().into_bytes()),
    }
}

pub(crate) fn ids(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}-{number:05}"))
        .collect()
}

/// Notes each event that it claims, and cannot digest those named `poison…`
/// while `allergic`.
#[derive(Clone)]
pub(crate) struct CountingHandler {
    pub(crate) pool: PgPool,
    pub(crate) allergic: Arc<AtomicU32>,
}

impl CountingHandler {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            pool: database.pool().clone(),
            allergic: Arc::default(),
        }
    }

    async fn store(&self, batch: &[Received]) -> Result<(), service::Error> {
        let mut transaction = self.pool.begin().await?;
        let first = inbox::claim(&mut transaction, batch).await?;
        for (event, _) in batch.iter().zip(first).filter(|(_, first)| *first) {
            sqlx::query("INSERT INTO handled (event_id) VALUES ($1)")
                .bind(&event.event_id)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}

impl Handler for CountingHandler {
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        let allergic = self.allergic.load(Ordering::SeqCst) == 1;
        if allergic
            && batch
                .iter()
                .any(|event| event.event_id.starts_with("poison"))
        {
            return Err(HandleError::Poison("the payload names no ticket".into()));
        }
        if allergic
            && batch
                .iter()
                .any(|event| event.event_id.starts_with("stubborn"))
        {
            return Err(HandleError::Retry("not ready".into()));
        }
        self.store(batch).await.map_err(HandleError::of)
    }
}

/// Ids of what was handled, sorted, as often as it was handled.
pub(crate) async fn handled(database: &Database) -> Vec<String> {
    let rows = sqlx::query("SELECT event_id FROM handled ORDER BY event_id")
        .fetch_all(database.pool())
        .await
        .unwrap();
    rows.iter().map(|row| row.get("event_id")).collect()
}

/// Dead letters that the inbox names.
pub(crate) async fn dead(database: &Database) -> Vec<i64> {
    sqlx::query_scalar("SELECT dead_letter FROM inbox WHERE dead_letter IS NOT NULL")
        .fetch_all(database.pool())
        .await
        .unwrap()
}

/// Waits until exactly these ids were handled, each once.
pub(crate) async fn await_handled(database: &Database, expected: &[String]) {
    let expected: BTreeSet<&String> = expected.iter().collect();
    let expected: Vec<&String> = expected.into_iter().collect();
    eventually("events are handled", || async {
        handled(database).await.len() >= expected.len()
    })
    .await;
    let found = handled(database).await;
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}

/// Waits until a condition holds; what is waited for is an outcome of other
/// processes, which no clock of ours moves.
pub(crate) async fn eventually<F: Future<Output = bool>>(
    what: &str,
    mut condition: impl FnMut() -> F,
) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
