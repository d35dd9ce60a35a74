//! What can go wrong, with the code that an operator looks up.

use service::error::{Classified, ErrorKind, FieldViolation};

use crate::domain::{InvalidQuery, Tampered, Unreadable};
use crate::store::ReadError;

/// Every failure of the audit service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The question cannot be answered as it is put.
    #[error("the request is invalid: {0}")]
    InvalidQuery(#[from] InvalidQuery),
    /// The trail of an order is too long for one answer.
    #[error("order {order_id:?} has more than {limit} entries; page through them with ListEntries")]
    TrailTooLong {
        /// The order asked for.
        order_id: String,
        /// Most entries that one answer holds.
        limit: i64,
    },
    /// An entry is not what was recorded.
    #[error("the record was tampered with")]
    Tampered(#[from] Tampered),
    /// A message is no event that can be recorded.
    #[error("the event cannot be recorded")]
    Unreadable(#[from] Unreadable),
    /// The database did not do what it was asked.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// What every service stands on failed.
    #[error(transparent)]
    Service(#[from] service::Error),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Database(error) => Self::Database(error),
            ReadError::Tampered(error) => Self::Tampered(error),
        }
    }
}

impl Classified for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidQuery(_) | Self::Unreadable(_) => ErrorKind::InvalidArgument,
            Self::TrailTooLong { .. } => ErrorKind::ResourceExhausted,
            Self::Tampered(_) => ErrorKind::DataLoss,
            Self::Database(error) => service::error::database_kind(error),
            Self::Service(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidQuery(_) => "OW-AUDIT-QUERY",
            Self::TrailTooLong { .. } => "OW-AUDIT-TRAIL-TOO-LONG",
            Self::Tampered(_) => "OW-AUDIT-TAMPERED",
            Self::Unreadable(_) => "OW-AUDIT-EVENT",
            Self::Database(_) => "OW-AUDIT-DATABASE",
            Self::Service(error) => error.code(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::InvalidQuery(invalid) => {
                vec![FieldViolation::new(
                    invalid.field,
                    invalid.description.clone(),
                )]
            }
            _ => Vec::new(),
        }
    }
}
