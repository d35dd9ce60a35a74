//! What can go wrong between a service and the broker.

use std::time::Duration;

/// A failure of the bus, worded for the operator who reads it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is no `nats://host:port`.
    #[error(
        "the broker address {url:?} is not valid ({reason}); expected nats://host:port, or several separated by commas"
    )]
    Address {
        /// The address without its password.
        url: String,
        /// What the parser said.
        reason: String,
    },
    /// The credentials file cannot be read or is malformed.
    #[error("cannot use the broker credentials file {path}: {source}")]
    Credentials {
        /// Path of the file.
        path: String,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// Nothing answers at the address.
    #[error(
        "no NATS server answers at {url} after {waited:?}; start one with JetStream (nats-server -js), or correct nats.url (ORDERWATCH__NATS__URL)"
    )]
    Unreachable {
        /// The address without its password.
        url: String,
        /// How long it was tried.
        waited: Duration,
    },
    /// The client library refused to connect.
    #[error("cannot connect to the broker at {url}: {source}")]
    Connect {
        /// The address without its password.
        url: String,
        /// What went wrong.
        #[source]
        source: async_nats::ConnectError,
    },
    /// The broker did not take a request about a stream or a consumer.
    #[error("the broker at {url} cannot {what}: {source}")]
    JetStream {
        /// The address without its password.
        url: String,
        /// What was asked for.
        what: String,
        /// What the broker answered.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A message could not be published.
    #[error(transparent)]
    Publish(#[from] crate::PublishError),
    /// A dead letter that is not (or no longer) there.
    #[error(
        "there is no dead letter {sequence} of {service}; it was replayed, or has passed the limits of its stream"
    )]
    NoDeadLetter {
        /// Sequence that was asked for.
        sequence: i64,
        /// Service that was asked.
        service: String,
    },
    /// A message carries headers that do not say where it comes from.
    #[error(
        "the message {sequence} on {subject} has no valid {header} header, so it cannot be placed in the log of its service"
    )]
    Unplaced {
        /// Subject of the message.
        subject: String,
        /// Sequence in its stream.
        sequence: u64,
        /// The header that is missing or malformed.
        header: &'static str,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Connect { .. } | Self::JetStream { .. } => true,
            Self::Publish(error) => error.is_retryable(),
            Self::Address { .. }
            | Self::Credentials { .. }
            | Self::NoDeadLetter { .. }
            | Self::Unplaced { .. } => false,
        }
    }
}
