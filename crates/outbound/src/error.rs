//! Why there is no answer.

use std::error::Error as StdError;
use std::time::Duration;

use crate::destinations::Refusal;

/// Why there is no answer, or not all of it. Says nothing of the URL but its host.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request may not go there.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The destination failed too often lately.
    #[error("{host} fails, and is left alone for {wait:?}")]
    LeftAlone {
        /// The host.
        host: String,
        /// How long it is left alone.
        wait: Duration,
    },
    /// The name of the host leads nowhere.
    #[error("the name {host} cannot be resolved")]
    Unresolved {
        /// The host.
        host: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// Nobody answers there.
    #[error("no connection to {host}")]
    Connect {
        /// The host.
        host: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// Whoever answers cannot be trusted, or does not speak TLS.
    #[error("no TLS with {host}")]
    Tls {
        /// The host.
        host: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// It took too long.
    #[error("no answer of {host} within {after:?}")]
    Timeout {
        /// The host.
        host: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection ended before the answer did.
    #[error("the answer of {host} was cut off")]
    Cut {
        /// The host.
        host: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// The answer has more bytes than it may.
    #[error("the answer of {host} is larger than {most} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// Most bytes.
        most: u64,
    },
    /// The request is none.
    #[error("the request to {host} cannot be written")]
    Unsendable {
        /// The host.
        host: String,
        /// The cause.
        source: reqwest::Error,
    },
}

/// What kind of failure it is, for whoever has to react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request may not go there: permanent.
    Refused,
    /// The destination failed too often lately.
    LeftAlone,
    /// The name of the host leads nowhere.
    Unresolved,
    /// Nobody answers there.
    Connect,
    /// Whoever answers cannot be trusted.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection ended before the answer did.
    Cut,
    /// The answer has more bytes than it may.
    TooLarge,
    /// The request is none: permanent.
    Unsendable,
}

impl Kind {
    /// Whether the same request may succeed later without anybody changing it.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::Refused | Self::TooLarge | Self::Unsendable)
    }

    /// Whether the receiver may have done what it was asked for, although nobody knows.
    #[must_use]
    pub fn may_have_acted(self) -> bool {
        matches!(self, Self::Timeout | Self::Cut | Self::TooLarge)
    }
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refused(_) => Kind::Refused,
            Self::LeftAlone { .. } => Kind::LeftAlone,
            Self::Unresolved { .. } => Kind::Unresolved,
            Self::Connect { .. } => Kind::Connect,
            Self::Tls { .. } => Kind::Tls,
            Self::Timeout { .. } => Kind::Timeout,
            Self::Cut { .. } => Kind::Cut,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Unsendable { .. } => Kind::Unsendable,
        }
    }

    /// Reads what the client says, without its URL.
    pub(crate) fn of(error: reqwest::Error, host: &str, after: Duration) -> Self {
        let source = error.without_url();
        let host = host.to_owned();
        if let Some(refusal) = cause::<Refusal>(&source) {
            return Self::Refused(refusal.clone());
        }
        if cause::<rustls::Error>(&source).is_some() {
            Self::Tls { host, source }
        } else if source.is_dns() {
            Self::Unresolved { host, source }
        } else if source.is_connect() {
            Self::Connect { host, source }
        } else if source.is_timeout() {
            Self::Timeout { host, after }
        } else if source.is_builder() {
            Self::Unsendable { host, source }
        } else {
            Self::Cut { host, source }
        }
    }
}

/// Finds a cause of this type, also where an error of input and output wraps it.
fn cause<'e, E: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref());
        next = wrapped.map_or_else(|| error.source(), |inner| Some(inner as _));
    }
    None
}
