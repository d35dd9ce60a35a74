#![doc = include_str!("../README.md")]

mod archive;
pub mod config;
pub mod connector;
mod domain;
mod error;
mod events;
mod freshness;
mod grpc;
mod import;
pub mod mapping;
mod metrics;
pub mod poll;
mod poller;
mod queue;
pub mod signer;
mod store;
pub mod trial;
mod webhook;

pub use config::{Config, RawConfig, RawOutbound, RawSecret, RawSecrets, RawWebhooks};
pub use domain::checked;
pub use error::{Error, Refused};

use contracts::ingest::v1::connector_service_server::ConnectorServiceServer;
use contracts::ingest::v1::ingest_service_server::IngestServiceServer;
use service::runtime::{Context, Service, Starting};
use service::server::Server;
use sqlx::migrate::Migrator;
use tracing::warn;

use metrics::Metrics;
use poller::Poller;

/// Migrations of ingest's own tables.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// What the service is.
pub static SERVICE: Service = Service {
    name: "ingest",
    schema: "ingest",
    port: 7401,
    migrator: &MIGRATOR,
};

/// Starts the service: the writer of the journal and the gRPC server.
///
/// # Errors
///
/// When the address is taken.
pub fn start(context: Context, config: Config) -> Starting<Error> {
    Box::pin(async move {
        let metrics = Metrics::new();
        let (queue, writer) = queue::queue(
            config.queue_kib,
            config.group_batches,
            context.database.clone(),
            context.relay.clone(),
            metrics.clone(),
        );
        context.tasks.spawn("journal", writer.run());
        context.tasks.spawn(
            "forget batches",
            forget(context.clone(), config.remember_batches),
        );
        context.tasks.spawn(
            "archive",
            archive::keep(context.clone(), config.seal_entries),
        );
        context
            .tasks
            .spawn("metrics", metrics::keep_told(context.clone()));
        let poller = Poller::new(context.clone(), queue.clone(), metrics.clone(), &config)?;
        context.tasks.spawn("polls", poller.clone().keep_running());
        let connectors = grpc::Connectors::new(context.clone(), poller);
        webhook::start(&context, &queue, &metrics, &config).await?;
        let api = IngestServiceServer::new(grpc::Ingest::new(context.clone(), queue, metrics))
            .max_decoding_message_size(config.request_bytes)
            .accept_compressed(tonic::codec::CompressionEncoding::Gzip);
        let connectors = ConnectorServiceServer::new(connectors);
        Ok(Server::builder(&context)
            .add(api)
            .add(connectors)
            .start()
            .await?)
    })
}

/// Forgets ids of old batches, as nobody sends them again, and days that retention has
/// dropped from the journal: once at the start, then regularly.
async fn forget(context: Context, remember: chrono::TimeDelta) -> Result<(), Error> {
    let pool = context.database.pool();
    loop {
        let oldest = chrono::Utc::now() - remember;
        if let Err(error) = store::accepted::forget_before(pool, oldest).await {
            warn!(error = %error, "cannot forget old batches, trying again later");
        }
        if let Err(error) = store::delivery::forget_before(pool, context.clock.now()).await {
            warn!(error = %error, "cannot forget old deliveries, trying again later");
        }
        if let Err(error) = store::source::forget_dropped_days(pool).await {
            warn!(error = %error, "cannot forget dropped days, trying again later");
        }
        if let Err(error) = store::archive::segments::forget_dropped_days(pool).await {
            warn!(error = %error, "cannot forget dropped days of the archive, trying again later");
        }
        if !context.shutdown.sleep(queue::FORGET_EVERY).await {
            return Ok(());
        }
    }
}
