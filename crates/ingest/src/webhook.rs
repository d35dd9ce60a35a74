//! Webhooks: vendors call, and what they say is in the journal before they hear that it was
//! taken.
//!
//! `endpoint` decides what a call is; the rest reads, journals and answers.

mod body;
mod call;
mod endpoint;
mod kept;
mod outcome;
mod reading;
mod receive;
mod routes;
mod signing;
mod tally;
mod watch;

pub(crate) use call::{Arrived, records as records_of};
pub(crate) use reading::Reading;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use service::clock::Clock;
use service::database::Database;
use service::runtime::Context;
use service::server::{front, listen};
use tokio::sync::Semaphore;
use tracing::info;

use crate::Error;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::queue::Queue;
use routes::Routes;
use watch::Watch;

/// Longest that a vendor may use one connection.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(3_600);

/// What takes calls.
struct Webhooks {
    routes: RwLock<Arc<Routes>>,
    queue: Queue,
    metrics: Metrics,
    database: Database,
    clock: Clock,
    limits: body::Limits,
    answer_within: Duration,
    public_url: String,
}

impl Webhooks {
    fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, routes: Routes) {
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
    }
}

/// Takes calls at the address of the configuration, until the service stops; returns the
/// address, or nothing when none is configured.
///
/// # Errors
///
/// When the address is taken.
pub(crate) async fn start(
    context: &Context,
    queue: &Queue,
    metrics: &Metrics,
    Config {
        webhooks: config,
        secrets,
        ..
    }: &Config,
) -> Result<Option<SocketAddr>, Error> {
    let Some(address) = config.listen else {
        return Ok(None);
    };
    let listener = listen(address).await?;
    let address = listener.local_addr().unwrap_or(address);
    let webhooks = Arc::new(Webhooks {
        routes: RwLock::default(),
        queue: queue.clone(),
        metrics: metrics.clone(),
        database: context.database.clone(),
        clock: context.clock.clone(),
        limits: body::Limits {
            room: Arc::new(Semaphore::new(config.body_kib)),
            read_timeout: config.read_timeout,
        },
        answer_within: config.answer_within,
        public_url: config.public_url.clone().unwrap_or_default(),
    });
    let mut watch = Watch::new(Arc::clone(&webhooks), config, secrets.clone());
    watch.look().await;
    let shutdown = context.shutdown.clone();
    context.tasks.spawn("webhook routes", watch.run(shutdown));
    let router = Router::new()
        .fallback(receive::receive)
        .with_state(webhooks);
    let limits = front::Limits {
        connections: config.connections,
        header_bytes: config.header_bytes,
        read_timeout: config.read_timeout,
        lifetime: CONNECTION_LIFETIME,
    };
    let serving = front::serve(listener, router, limits, context.shutdown.clone());
    context.tasks.spawn("webhook server", serving);
    info!(server.address = %address, "taking webhooks");
    Ok(Some(address))
}
