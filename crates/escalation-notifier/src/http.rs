//! What is served to browsers and calendar programs, beside gRPC.

mod calendar;

use std::{net::SocketAddr, time::Duration};

use axum::{Router, routing::get};
use service::{client, runtime::Context, server::listen};
use tracing::info;

use crate::{
    Error,
    acknowledge::{self, Desk},
    notifier::Notifier,
};

/// Longest that ticketing is waited for.
const ASK: Duration = Duration::from_secs(10);

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
    let serving = axum::serve(listener, router(notifier).merge(pages))
        .with_graceful_shutdown(async move { shutdown.cancelled().await });
    context.tasks.spawn("http server", serving.into_future());
    info!(server.address = %address, "serving calendars and pages");
    Ok(address)
}

/// Everything that is served.
pub fn router(notifier: Notifier) -> Router {
    Router::new()
        .route("/on-call/{file}", get(calendar::feed))
        .with_state(notifier)
}
