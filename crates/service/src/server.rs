//! The gRPC server: health, reflection, the event log and the dead letters of
//! the service, beside what the service itself offers.

mod connection;
mod deadline;
pub mod front;

use std::convert::Infallible;
use std::net::SocketAddr;

use contracts::operations::v1::dead_letter_service_server::DeadLetterServiceServer;
use contracts::operations::v1::event_log_service_server::EventLogServiceServer;
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt as _};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;
use tonic::transport::server::TcpIncoming;
use tower::Service;
use tracing::{Span, info, info_span};

use crate::dead_letters::DeadLetterServer;
use crate::event_log::EventLogServer;
use crate::runtime::{Context, Running};
use crate::server::connection::Connection;
use crate::server::deadline::DeadlineLayer;
use crate::{Error, telemetry};

/// Gathers the services of one server.
pub struct Server {
    context: Context,
    routes: RoutesBuilder,
}

impl Server {
    /// Begins with the event log and the dead letters of the service.
    #[must_use]
    pub fn builder(context: &Context) -> Self {
        let mut routes = RoutesBuilder::default();
        routes.add_service(EventLogServiceServer::new(EventLogServer {
            database: context.database.clone(),
        }));
        routes.add_service(DeadLetterServiceServer::new(DeadLetterServer::new(
            &context.bus,
            context.service.name,
        )));
        Self {
            context: context.clone(),
            routes,
        }
    }

    /// Adds a service.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a builder's add, not a sum")]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self
    }

    /// Listens where the settings say, and serves until the service stops.
    ///
    /// # Errors
    /// [`Error::Listen`] with the address when it is taken.
    pub async fn start(self) -> Result<Running, Error> {
        let address = self.context.settings.listen(self.context.service.port);
        let listener = listen(address).await?;
        self.serve(listener).await
    }

    /// Serves on a listener that is open already.
    ///
    /// # Errors
    /// When the listener has no address, or reflection cannot be built.
    pub async fn serve(mut self, listener: TcpListener) -> Result<Running, Error> {
        let address = listener.local_addr().map_err(|source| Error::Io {
            what: "listener".to_owned(),
            source,
        })?;
        let context = self.context;
        let (health, health_service) = tonic_health::server::health_reporter();
        self.routes.add_service(health_service);
        if context.settings.server.reflection {
            let reflection = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(contracts::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .build_v1()
                .map_err(|error| Error::Telemetry(format!("reflection: {error}")))?;
            self.routes.add_service(reflection);
        }
        health
            .set_service_status("", tonic_health::ServingStatus::Serving)
            .await;
        let router = tonic::transport::Server::builder()
            .layer(DeadlineLayer::new(
                context.settings.server.request_timeout.duration(),
            ))
            .http2_keepalive_interval(Some(std::time::Duration::from_secs(30)))
            .trace_fn(request_span)
            .add_routes(self.routes.routes());
        let shutdown = context.shutdown.clone();
        context.tasks.spawn("grpc server", async move {
            let stop = async move {
                shutdown.cancelled().await;
                health
                    .set_service_status("", tonic_health::ServingStatus::NotServing)
                    .await;
            };
            router
                .serve_with_incoming_shutdown(accepted(listener), stop)
                .await
        });
        info!(service.name = context.service.name, server.address = %address, "serving");
        Ok(Running::new(address, context))
    }
}

/// Opens a listener.
///
/// # Errors
/// [`Error::Listen`] with the address and what to do.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Error::Listen {
            address: address.to_string(),
            reason: error.to_string(),
        })
}

/// Accepts connections that send what there is at once: otherwise whatever follows the first
/// message of a stream waits until its reader has acknowledged that, which takes 40 ms. The
/// server's own setting counts only for listeners that it opens itself.
fn accepted(listener: TcpListener) -> impl Stream<Item = std::io::Result<Connection>> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    incoming.map(|accepted| accepted.map(Connection::new))
}

/// A span for each request, within the caller's trace.
fn request_span(request: &http::Request<()>) -> Span {
    let span = info_span!(
        "request",
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.method = request.uri().path()
    );
    let traceparent = request
        .headers()
        .get(telemetry::TRACEPARENT)
        .and_then(|value| value.to_str().ok());
    telemetry::continue_trace(&span, traceparent);
    span
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn what_is_answered_is_sent_at_once() {
        let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut accepted = std::pin::pin!(accepted(listener));
        let (connected, stream) = tokio::join!(TcpStream::connect(address), accepted.next());
        assert!(connected.is_ok());
        assert!(stream.unwrap().unwrap().stream.nodelay().unwrap());
    }
}
