#![doc = include_str!("../README.md")]

pub mod acknowledge;
mod addressing;
mod alarms;
mod applying;
pub mod channel;
pub mod config;
mod crowds;
pub mod decisions;
pub mod dispatch;
pub mod domain;
pub mod error;
pub mod events;
mod gathering;
pub mod grpc;
mod holding;
pub mod http;
pub mod intake;
pub mod keyring;
pub mod levels;
pub mod message;
pub mod migration;
pub mod notifier;
pub mod on_call;
pub mod policy_book;
mod previewing;
#[cfg(feature = "sinks")]
pub mod sink;
pub mod store;
mod testing;
pub mod verifying;
mod writing;

use contracts::escalation::v1::{
    directory_service_server::DirectoryServiceServer,
    escalation_service_server::EscalationServiceServer,
    explanation_service_server::ExplanationServiceServer,
    notification_service_server::NotificationServiceServer,
    on_call_service_server::OnCallServiceServer, silence_service_server::SilenceServiceServer,
};
use service::{
    consume::Stream,
    runtime::{Context, Service, Starting},
    server::Server,
};

pub use config::Config;
pub use error::Error;

use domain::policy::Channel;
use grpc::{
    EscalationServer, ExplanationServer, SilenceServer, directory::DirectoryServer,
    notifications::NotificationServer, on_call::OnCallServer,
};
use notifier::Notifier;

/// What this service is.
pub static SERVICE: Service = Service {
    name: "escalation-notifier",
    schema: "escalation_notifier",
    port: 7404,
    migrator: &store::MIGRATOR,
};

/// Starts taking tickets in, reaching levels, sending, and serving people.
///
/// # Errors
///
/// A channel cannot be set up, or the address is taken.
pub fn start(context: Context, config: Config) -> Starting<Error> {
    Box::pin(async move {
        let notifier = Notifier::new(
            context.clock.clone(),
            context.database.pool().clone(),
            context.relay.clone(),
            config,
        )?;
        notifier.seal_stored().await?;
        let shutdown = &context.shutdown;
        context
            .tasks
            .spawn("levels", notifier.clone().run_levels(shutdown.clone()));
        context
            .tasks
            .spawn("gaps", notifier.clone().run_gaps(shutdown.clone()));
        let endpoints = Channel::ENDPOINTS.into_iter();
        for channel in endpoints.chain([Channel::Email, Channel::Log]) {
            let dispatch = notifier.clone().run_dispatch(channel, shutdown.clone());
            context.tasks.spawn(channel.as_str(), dispatch);
        }
        context.subscribe(
            context.subscription(Stream::Tickets, "ticketing"),
            notifier.clone(),
        );
        if let Some(address) = notifier.inner.config.http.listen {
            http::start(&context, notifier.clone(), address).await?;
        }
        let directory = DirectoryServiceServer::new(DirectoryServer::new(notifier.clone()));
        let on_call = OnCallServiceServer::new(OnCallServer::new(notifier.clone()));
        let explanations = ExplanationServiceServer::new(ExplanationServer::new(notifier.clone()));
        let silences = SilenceServiceServer::new(SilenceServer::new(notifier.clone()));
        let notifications =
            NotificationServiceServer::new(NotificationServer::new(notifier.clone()));
        let server = EscalationServiceServer::new(EscalationServer::new(notifier));
        let server = Server::builder(&context)
            .add(server)
            .add(on_call)
            .add(directory)
            .add(explanations)
            .add(silences)
            .add(notifications);
        Ok(server.start().await?)
    })
}
