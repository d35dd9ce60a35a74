//! What is served to browsers and calendar programs, beside gRPC.

mod calendar;

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use service::{
    client,
    lifecycle::Shutdown,
    runtime::Context,
    server::{
        front::{self, Limits},
        listen,
    },
};
use tokio::net::TcpListener;
use tracing::info;

use crate::{
    Error,
    acknowledge::{self, Desk},
    notifier::Notifier,
};

/// Longest that ticketing is waited for.
const ASK: Duration = Duration::from_secs(10);

/// What those who call may take, whoever they are.
const LIMITS: Limits = Limits {
    connections: 512,
    header_bytes: 16 << 10,
    read_timeout: Duration::from_secs(10),
    lifetime: Duration::from_secs(300),
};

/// Serves at an address until the service stops; returns the address.
///
/// # Errors
///
/// The address is taken.
pub(crate) async fn start(
    context: &Context,
    notifier: Notifier,
    address: SocketAddr,
) -> Result<SocketAddr, Error> {
    let listener = listen(address).await?;
    let address = listener.local_addr().unwrap_or(address);
    let shutdown = context.shutdown.clone();
    let channel = client::channel(context.directory.endpoint("ticketing"), ASK)?;
    let pages = acknowledge::router(notifier.clone(), Desk::new(channel));
    let serving = serve(listener, router(notifier).merge(pages), LIMITS, shutdown);
    context.tasks.spawn("http server", serving);
    info!(server.address = %address, "serving calendars and pages");
    Ok(address)
}

/// Serves until the service stops. Nobody keeps others out by being slow.
///
/// # Errors
///
/// See [`front::serve`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: Shutdown,
) -> Result<(), service::Error> {
    // Ticketing is asked twice at most, each time for as long as `ASK`.
    let patience = limits.read_timeout * 2;
    let in_time =
        middleware::from_fn(move |request: Request, next: Next| in_time(patience, request, next));
    front::serve(listener, router.layer(in_time), limits, shutdown).await
}

async fn in_time(patience: Duration, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_late| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// Calendars.
pub fn router(notifier: Notifier) -> Router {
    Router::new()
        .route("/on-call/{file}", get(calendar::feed))
        .with_state(notifier)
}
