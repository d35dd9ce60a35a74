//! Why a run did not come to its end.

use order::Timestamp;
use service::error::Classified as _;

use crate::Error;
use crate::config::NoSecret;
use crate::poll::Failure;

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error("{0}; the connector does not run without it")]
    Secret(#[from] NoSecret),
    #[error("requests cannot be signed: {0}")]
    Unsigned(String),
    /// Another replica runs the feed, or it was paused or deleted.
    #[error("the feed was taken over, paused or deleted meanwhile")]
    Overtaken,
    #[error("the service is stopping")]
    Stopping,
    #[error(transparent)]
    Internal(Error),
    /// What was told of it already.
    #[error("{1}")]
    Told(&'static str, String),
}

impl Stopped {
    /// Returns the operator's handle and the message.
    pub(crate) fn told(&self) -> (&'static str, String) {
        let code = match self {
            Self::Failed(failure) => failure.kind.code(),
            Self::Secret(_) => "OW-INGEST-SECRET",
            Self::Unsigned(_) => "OW-INGEST-SIGNER",
            Self::Overtaken => "OW-INGEST-OVERTAKEN",
            Self::Stopping => "OW-INGEST-STOPPING",
            Self::Internal(error) => error.code(),
            Self::Told(code, _) => code,
        };
        (code, self.to_string())
    }

    /// Returns before when it makes no sense to try again.
    pub(crate) fn not_before(&self) -> Option<Timestamp> {
        match self {
            Self::Failed(failure) => failure.not_before,
            _ => None,
        }
    }
}
