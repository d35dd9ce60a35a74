//! HTTP for browsers, vendors and programs that are not ours: small limits, since anybody may
//! call.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use crate::Error;
use crate::lifecycle::Shutdown;

/// Most headers of a call.
const MAX_HEADERS: usize = 64;
/// How long it waits when the machine has no more sockets.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections at once; further ones wait.
    pub connections: usize,
    /// Most bytes of the headers of a call.
    pub header_bytes: usize,
    /// Longest that headers may take to arrive, and longest that a connection may be idle.
    pub read_timeout: Duration,
    /// Longest that a connection may last: whoever calls and never reads the answers holds it
    /// otherwise for ever.
    pub lifetime: Duration,
}

/// Serves until the service stops; then answers what it has begun to read.
///
/// # Errors
///
/// None as yet: a connection that fails takes nothing else with it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: Shutdown,
) -> Result<(), Error> {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = shutdown.cancelled() => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let connection = connection(stream, router.clone(), limits, shutdown.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) => {
                warn!(error = %error, "cannot accept a connection, trying again");
                shutdown.sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

async fn connection(stream: TcpStream, router: Router, limits: Limits, shutdown: Shutdown) {
    // Without it an answer waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.read_timeout)
        .max_buf_size(limits.header_bytes)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Ok(ended),
        _stop_or_old = tokio::time::timeout(limits.lifetime, shutdown.cancelled()) => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(limits.read_timeout, connection).await
        }
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(error = %error, "connection ended"),
        Err(_late) => debug!("connection cut, as its answers are not read"),
    }
}
