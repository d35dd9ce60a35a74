//! Receiving events: from JetStream for latency, and by reconciliation with the
//! upstream's event log for truth. Both feed one handler, and the inbox makes
//! twice once.

mod processor;
mod pull;
mod reconcile;
mod subscription;

pub use bus::Position;
pub use bus::Stream;
pub use subscription::Subscription;

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

/// The service that events come from; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Upstream {
    name: Arc<str>,
    endpoint: Option<Arc<str>>,
}

impl Upstream {
    /// The service of that name, whose event log is served at `endpoint`.
    #[must_use]
    pub fn new(name: &str, endpoint: &str) -> Self {
        Self {
            name: name.into(),
            endpoint: Some(endpoint.into()),
        }
    }

    /// The service of that name, without reconciliation: for tests, and for
    /// events whose writer is not the subscription's.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            endpoint: None,
        }
    }

    /// Name of the service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its event log is served.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

/// An event that came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Service in whose log it stands.
    pub upstream: Upstream,
    /// Its place there.
    pub position: Position,
    /// Natural key.
    pub event_id: String,
    /// Subject that it was published on.
    pub subject: String,
    /// Encoded event.
    pub payload: Bytes,
    /// W3C trace context of its cause.
    pub traceparent: Option<String>,
}

/// Why a batch was not handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// It may work later: it is tried again, message by message, and given up
    /// after many attempts. Attempts while the database is away do not count.
    #[error("{0}")]
    Retry(#[source] Box<dyn StdError + Send + Sync>),
    /// It never will: the message goes to the dead letters, its neighbours are
    /// handled without it.
    #[error("{0}")]
    Poison(#[source] Box<dyn StdError + Send + Sync>),
}

impl HandleError {
    /// Sorts an error by whether it is retryable.
    pub fn of<E: crate::error::Classified + Send + Sync + 'static>(error: E) -> Self {
        use crate::error::ErrorKind::{DataLoss, InvalidArgument};
        match error.kind() {
            InvalidArgument | DataLoss => Self::Poison(Box::new(error)),
            _ => Self::Retry(Box::new(error)),
        }
    }
}

/// What is done with events.
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch in one transaction of its own, in which it claims the
    /// events ([`inbox::claim`](crate::inbox::claim)) and skips those that were
    /// handled before. `Ok` acknowledges all of it.
    fn handle(&self, batch: &[Received]) -> impl Future<Output = Result<(), HandleError>> + Send;
}
