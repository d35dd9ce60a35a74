//! Real servers for tests: a fresh database on the PostgreSQL of the
//! environment, and a nats-server of one's own that may be killed.

mod broker;
mod database;

pub use broker::TestBroker;
pub use database::TestDatabase;

use secrecy::SecretString;

use crate::clock::Clock;
use crate::config::Settings;
use crate::lifecycle::Shutdown;
use crate::runtime::{Context, PORTS, Service};

/// Where nobody listens.
const NOBODY: &str = "http://127.0.0.1:1";

/// A whole context on fresh servers, which go with it.
pub struct TestContext {
    /// What the service runs with.
    pub context: Context,
    /// Its database.
    pub database: TestDatabase,
    /// Its broker.
    pub broker: TestBroker,
}

impl TestContext {
    /// Starts one; the gRPC server listens on a free port.
    ///
    /// # Panics
    /// When a server is missing, with a hint.
    pub async fn start(service: &'static Service, clock: Clock) -> Self {
        let database = TestDatabase::migrated(service.schema, service.migrator).await;
        let broker = TestBroker::start().await;
        let context = Self::on(service, clock, &database, &broker, |_| {}).await;
        Self {
            context,
            database,
            broker,
        }
    }

    /// Starts a further context on servers that are there already, with
    /// settings adjusted.
    ///
    /// # Panics
    /// When a server does not answer.
    pub async fn on(
        service: &'static Service,
        clock: Clock,
        database: &TestDatabase,
        broker: &TestBroker,
        adjust: impl FnOnce(&mut Settings),
    ) -> Context {
        let mut settings = test_settings(database.url(), &broker.url());
        adjust(&mut settings);
        Context::start(service, settings, clock, Shutdown::new())
            .await
            .expect("context on test servers")
    }
}

/// Settings for tests: any free port, small pools, and no other service, not even one that happens
/// to run on this machine at its own port.
#[must_use]
pub fn test_settings(postgres_url: &str, nats_url: &str) -> Settings {
    let mut settings = Settings::default();
    settings.postgres.url = SecretString::from(postgres_url.to_owned());
    settings.postgres.max_connections = 6;
    nats_url.clone_into(&mut settings.nats.url);
    settings.nats.facts_mib = 256;
    settings.nats.events_mib = 64;
    settings.server.listen = Some(([127, 0, 0, 1], 0).into());
    let others = PORTS.map(|(name, _)| (name.to_owned(), NOBODY.to_owned()));
    settings.endpoints = others.into();
    settings
}

pub(crate) fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: run the tests by ./scripts/test, which starts the servers they need"
        )
    })
}
