#![doc = include_str!("../README.md")]

pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod store;

pub use config::Config;
pub use error::Error;

use contracts::audit::v1::audit_service_server::AuditServiceServer;
use service::runtime::{Context, Service, Starting};
use service::server::Server;

/// What this service is.
pub static SERVICE: Service = Service {
    name: "audit",
    schema: "audit",
    port: 7405,
    migrator: &store::MIGRATOR,
};

/// Starts recording what every service says, and answering about it.
///
/// # Errors
/// When the address to listen on is taken.
pub fn start(context: Context, config: Config) -> Starting<Error> {
    Box::pin(async move {
        let answers = grpc::Audit::new(context.database.pool().clone());
        let running = Server::builder(&context)
            .add(AuditServiceServer::new(answers))
            .start()
            .await?;
        let recorder = events::Recorder::new(context.database.clone(), context.clock.clone());
        for subscription in events::subscriptions(&context, &config) {
            context.subscribe(subscription, recorder.clone());
        }
        Ok(running)
    })
}
