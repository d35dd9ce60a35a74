//! What a service is given to run with, and how its binary starts and stops.

mod binary;
mod probe;

pub use binary::main;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use futures::future::BoxFuture;
use sqlx::migrate::Migrator;
use tracing::{info, warn};

use crate::Error;
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::lifecycle::{Shutdown, Tasks};
use crate::relay::{Relay, RelayHandle};

/// How often the clock is aligned with the database's.
const ALIGN: Duration = Duration::from_secs(60);

/// What a service is: one constant a service crate.
#[derive(Debug)]
pub struct Service {
    /// Name, as in `rule-evaluation`: binary, durable consumer, dead letters.
    pub name: &'static str,
    /// Schema, as in `rule_evaluation`.
    pub schema: &'static str,
    /// Own gRPC port.
    pub port: u16,
    /// Migrations of its own tables.
    pub migrator: &'static Migrator,
}

/// Where the services are.
#[derive(Clone, Debug)]
pub struct Directory {
    endpoints: Arc<BTreeMap<String, String>>,
}

/// Names and own ports of the services.
pub(crate) const PORTS: [(&str, u16); 5] = [
    ("ingest", 7401),
    ("rule-evaluation", 7402),
    ("ticketing", 7403),
    ("escalation-notifier", 7404),
    ("audit", 7405),
];

impl Directory {
    /// Takes endpoints by service name (`rule-evaluation` or `rule_evaluation`);
    /// those left out are on this machine at their own ports.
    #[must_use]
    pub fn new(endpoints: &BTreeMap<String, String>) -> Self {
        let mut all: BTreeMap<String, String> = PORTS
            .iter()
            .map(|(name, port)| ((*name).to_owned(), format!("http://127.0.0.1:{port}")))
            .collect();
        all.extend(
            endpoints
                .iter()
                .map(|(name, endpoint)| (name.replace('_', "-"), endpoint.clone())),
        );
        Self {
            endpoints: Arc::new(all),
        }
    }

    /// Address of the service of that name, as `http://host:port`.
    #[must_use]
    pub fn endpoint(&self, service: &str) -> &str {
        self.endpoints.get(service).map_or("", String::as_str)
    }

    /// The service of that name as an upstream to receive events from.
    #[must_use]
    pub fn upstream(&self, service: &str) -> crate::consume::Upstream {
        crate::consume::Upstream::new(service, self.endpoint(service))
    }
}

/// What a service runs with; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// What the service is.
    pub service: &'static Service,
    /// Settings that every service has.
    pub settings: Arc<Settings>,
    /// The clock.
    pub clock: Clock,
    /// The service's own schema.
    pub database: Database,
    /// The broker.
    pub bus: Bus,
    /// The wish to stop.
    pub shutdown: Shutdown,
    /// The running loops.
    pub tasks: Tasks,
    /// Wakes the relay: call `relay.wake()` after a commit that appended events.
    pub relay: RelayHandle,
    /// Where the services are.
    pub directory: Directory,
}

impl Context {
    /// Connects to database and broker, migrates, aligns the clock, and starts
    /// the relay and the loops that look after streams and partitions.
    ///
    /// # Errors
    /// When the database cannot be used, or an address is malformed.
    pub async fn start(
        service: &'static Service,
        settings: Settings,
        clock: Clock,
        shutdown: Shutdown,
    ) -> Result<Self, Error> {
        let database =
            Database::connect(&settings.postgres, service.schema, service.migrator).await?;
        database
            .maintain_partitions(settings.event_log.retention_days)
            .await?;
        clock.align(database.pool()).await?;
        let bus = Bus::connect(settings.bus_options(service.name)).await?;
        let context = Self {
            service,
            directory: Directory::new(&settings.endpoints),
            settings: Arc::new(settings),
            clock,
            database,
            bus,
            tasks: Tasks::new(shutdown.clone()),
            shutdown,
            relay: RelayHandle::default(),
        };
        context.start_loops();
        Ok(context)
    }

    fn start_loops(&self) {
        let (bus, stop) = (self.bus.clone(), self.shutdown.token());
        self.tasks.spawn("stream keeper", async move {
            bus.keep(stop).await;
            Ok::<(), Error>(())
        });
        let relay = Relay::new(
            self.service.name,
            self.database.clone(),
            self.bus.clone(),
            self.relay.clone(),
        );
        self.tasks.spawn("relay", relay.run(self.shutdown.clone()));
        let retention = self.settings.event_log.retention_days;
        self.tasks.spawn(
            "partitions",
            self.database
                .clone()
                .keep_partitions(retention, self.shutdown.clone()),
        );
        let (clock, database, shutdown) = (
            self.clock.clone(),
            self.database.clone(),
            self.shutdown.clone(),
        );
        self.tasks.spawn("clock", async move {
            while shutdown.sleep(ALIGN).await {
                if let Err(error) = clock.align(database.pool()).await {
                    warn!(error = %error, "cannot align the clock, it keeps its offset");
                }
            }
            Ok::<(), Error>(())
        });
    }

    /// A subscription to a stream of another service, with the interval of
    /// reconciliation from the settings.
    #[must_use]
    pub fn subscription(
        &self,
        stream: bus::Stream,
        upstream: &str,
    ) -> crate::consume::Subscription {
        let subscription = crate::consume::Subscription::new(
            stream,
            self.service.name,
            self.directory.upstream(upstream),
        );
        let reconcile_every = self.settings.event_log.reconcile_every.duration();
        crate::consume::Subscription {
            reconcile_every,
            ..subscription
        }
    }

    /// Runs a subscription as a task of this service.
    pub fn subscribe<H: crate::consume::Handler>(
        &self,
        subscription: crate::consume::Subscription,
        handler: H,
    ) {
        let run = subscription.run(
            handler,
            self.bus.clone(),
            self.database.clone(),
            self.shutdown.clone(),
        );
        self.tasks.spawn("subscription", run);
    }
}

/// A service that is starting. The future has no type of its own, because a program compiles
/// what it polls: each would compile the whole of the service once more.
pub type Starting<E> = BoxFuture<'static, Result<Running, E>>;

/// A service that runs.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    context: Context,
}

impl Running {
    pub(crate) fn new(address: SocketAddr, context: Context) -> Self {
        Self { address, context }
    }

    /// Where it serves gRPC.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves gRPC, as `http://host:port`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it runs with.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Waits until somebody asks it to stop, or one of its tasks fails; then
    /// drains, at most until the deadline.
    ///
    /// # Errors
    /// [`Error::Task`] when a task had failed.
    pub async fn wait(self) -> Result<(), Error> {
        self.context.shutdown.cancelled().await;
        let name = self.context.service.name;
        info!(service.name = name, "stopping");
        self.context
            .tasks
            .drain(self.context.settings.shutdown.deadline.duration())
            .await;
        self.context.bus.close().await;
        let closing = self.context.database.pool().close();
        let _ = tokio::time::timeout(Duration::from_secs(2), closing).await;
        info!(service.name = name, "stopped");
        self.context
            .tasks
            .failure()
            .map_or(Ok(()), |failure| Err(Error::Task(failure)))
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// As [`Running::wait`].
    pub async fn stop(self) -> Result<(), Error> {
        self.context.shutdown.cancel();
        self.wait().await
    }
}
