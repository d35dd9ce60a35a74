//! What can go wrong, with the code that an operator looks up.

use std::sync::Arc;

use service::error::{Classified, ErrorKind, FieldViolation, database_kind};

use crate::domain::BadRequest;
use crate::mapping::Fault;
use crate::store::journal::Refusal;

/// Every failure of ingest.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request makes no sense.
    #[error("the request is invalid: {field}: {message}")]
    Invalid {
        /// Field at fault.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// The mapping, or the columns that it meets, have faults.
    #[error("the mapping has {} fault(s); the first: {}", .0.len(), first(.0))]
    Mapping(Vec<Fault>),
    /// The batch cannot be accepted.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// More waits to be journalled than memory is set aside for.
    #[error(
        "the queue is full: {waiting_kib} of {capacity_kib} KiB wait for the journal; send again later"
    )]
    QueueFull {
        /// How much waits, in KiB.
        waiting_kib: usize,
        /// How much may wait, in KiB.
        capacity_kib: usize,
    },
    /// The service is stopping.
    #[error("the service is stopping; nothing was accepted")]
    Stopping,
    /// The transaction that several requests shared failed.
    #[error("nothing was accepted: {0}")]
    Journal(Arc<Error>),
    /// A stored record cannot be read any more.
    #[error("quarantined record {id} cannot be read: {reason}")]
    Damaged {
        /// Id of the record.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Part of the archive cannot be read any more.
    #[error("the archive is damaged: {what} cannot be read")]
    DamagedArchive {
        /// The row at fault.
        what: String,
    },
    /// Something has been written for so long that it is not known what will have been
    /// journalled by now.
    #[error(
        "a transaction that began before this request is still under way; read again later, or up to an earlier instant"
    )]
    ArchiveUnsettled,
    /// The service stops in the middle of an answer.
    #[error("the service is stopping, and the answer is not complete; read again")]
    AnswerCut,
    /// There is no such connector, or it has no such dataset.
    #[error("there is no {0}")]
    NoConnector(String),
    /// The connector was changed since the caller saw it.
    #[error("connector `{name}` was changed meanwhile: its etag is {found}, not {expected}")]
    ConnectorChanged {
        /// Name of the connector.
        name: String,
        /// Etag that the caller has seen.
        expected: String,
        /// Etag in force, or `none`.
        found: String,
    },
    /// Somebody runs the feed.
    #[error("feed {0} is run by somebody now: try again later")]
    FeedBusy(String),
    /// What a feed asks cannot be asked here.
    #[error("feed {feed} cannot run: {reason}")]
    FeedBlocked {
        /// The feed.
        feed: String,
        /// Operator's handle of the reason.
        code: &'static str,
        /// The reason.
        reason: String,
    },
    /// HTTP cannot be set up.
    #[error(transparent)]
    Http(#[from] outbound::Unbuilt),
    /// A worker thread failed.
    #[error("mapping failed: {0}")]
    Worker(String),
    /// The database did not do what it was asked.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// What every service stands on failed.
    #[error(transparent)]
    Service(#[from] service::Error),
}

/// Why a batch cannot be accepted.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Refused(pub(crate) Refusal);

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Refused(refusal))
    }
}

impl From<BadRequest> for Error {
    fn from(bad: BadRequest) -> Self {
        Self::Invalid {
            field: bad.field.to_owned(),
            message: bad.message,
        }
    }
}

impl Classified for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid { .. } | Self::Mapping(_) => ErrorKind::InvalidArgument,
            Self::Refused(Refused(Refusal::Conflict(_))) => ErrorKind::AlreadyExists,
            Self::Refused(_) => ErrorKind::FailedPrecondition,
            Self::QueueFull { .. } => ErrorKind::ResourceExhausted,
            Self::Stopping | Self::AnswerCut | Self::ArchiveUnsettled => ErrorKind::Unavailable,
            Self::Journal(error) => error.kind(),
            Self::Damaged { .. } | Self::DamagedArchive { .. } => ErrorKind::DataLoss,
            Self::NoConnector(_) => ErrorKind::NotFound,
            Self::ConnectorChanged { .. } => ErrorKind::Aborted,
            Self::FeedBusy(_) | Self::FeedBlocked { .. } => ErrorKind::FailedPrecondition,
            Self::Worker(_) | Self::Http(_) => ErrorKind::Internal,
            Self::Database(error) => database_kind(error),
            Self::Service(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "OW-INGEST-REQUEST",
            Self::Mapping(_) => "OW-INGEST-MAPPING",
            Self::Refused(Refused(Refusal::Conflict(_))) => "OW-INGEST-BATCH-CONFLICT",
            Self::Refused(Refused(Refusal::Undeclared(_))) => "OW-INGEST-UNDECLARED",
            Self::Refused(Refused(Refusal::Live(_))) => "OW-INGEST-LIVE",
            Self::Refused(Refused(Refusal::Overtaken(_))) => "OW-INGEST-OVERTAKEN",
            Self::NoConnector(_) => "OW-INGEST-NO-CONNECTOR",
            Self::ConnectorChanged { .. } => "OW-INGEST-CONNECTOR-CHANGED",
            Self::FeedBusy(_) => "OW-INGEST-FEED-BUSY",
            Self::FeedBlocked { code, .. } => code,
            Self::Http(_) => "OW-INGEST-HTTP",
            Self::QueueFull { .. } => "OW-INGEST-QUEUE-FULL",
            Self::Stopping | Self::AnswerCut => "OW-INGEST-STOPPING",
            Self::ArchiveUnsettled => "OW-INGEST-ARCHIVE-UNSETTLED",
            Self::Journal(error) => error.code(),
            Self::Damaged { .. } => "OW-INGEST-DAMAGED",
            Self::DamagedArchive { .. } => "OW-INGEST-ARCHIVE-DAMAGED",
            Self::Worker(_) => "OW-INGEST-WORKER",
            Self::Database(_) => "OW-INGEST-DATABASE",
            Self::Service(error) => error.code(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid { field, message } => vec![FieldViolation::new(field, message)],
            Self::Mapping(faults) => {
                let violation = |fault: &Fault| FieldViolation::new(&fault.path, told(fault));
                faults.iter().map(violation).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn first(faults: &[Fault]) -> String {
    faults.first().map(told).unwrap_or_default()
}

fn told(fault: &Fault) -> String {
    if fault.help.is_empty() {
        return fault.to_string();
    }
    format!("{fault}; {}", fault.help)
}
