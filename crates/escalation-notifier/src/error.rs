//! What can go wrong here.

use service::error::{Classified, ErrorKind, FieldViolation, database_kind};

use crate::{
    domain::resources::{Fault, Faults},
    events::decode,
    keyring::{OpenError, SealError},
    message, store,
    verifying::VerifyError,
};

/// What can go wrong in this service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was applied has faults.
    #[error("the policies have faults: {0}")]
    Policies(#[source] Faults),
    /// A request has a field that makes no sense.
    #[error("{field}: {expected}")]
    Request {
        /// The field.
        field: &'static str,
        /// What was expected of it.
        expected: &'static str,
    },
    /// There is no such thing.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What it would be.
        what: &'static str,
        /// How it was named.
        name: String,
    },
    /// There is no such thing, but others.
    #[error("there is no {what} {name}; {}", there_are(.known))]
    UnknownAmong {
        /// What it would be.
        what: &'static str,
        /// How it was named.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A silence that was asked for makes no sense.
    #[error("the silence has faults: {0}")]
    Silence(#[source] Faults),
    /// A stored version of the policies cannot be read any more.
    #[error("version {version} of the policies cannot be read any more: {faults}")]
    StoredPolicies {
        /// The version.
        version: i64,
        /// What is wrong with it.
        #[source]
        faults: Faults,
    },
    /// Personal data is not stored in clear.
    #[error(
        "people of the directory have addresses, and there is no key to seal them with: set escalation_notifier.personal_data.key"
    )]
    NoKey,
    /// Personal data cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Personal data cannot be opened.
    #[error("personal data that is stored cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// An address cannot be verified.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// An event cannot be understood.
    #[error("event {event_id} cannot be understood: {source}")]
    Event {
        /// The event.
        event_id: String,
        /// What is wrong with it.
        #[source]
        source: decode::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A transaction failed.
    #[error("a transaction failed")]
    Transaction(#[from] sqlx::Error),
    /// What every service stands on failed.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// A template is wrong.
    #[error(transparent)]
    Template(#[from] message::Error),
    /// Outbound HTTP cannot be set up.
    #[error(transparent)]
    Outbound(#[from] outbound::Unbuilt),
    /// The relay cannot be set up.
    #[error("the SMTP relay cannot be used")]
    Relay(#[from] lettre::transport::smtp::Error),
}

impl Classified for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Policies(_) | Self::Silence(_) | Self::Request { .. } | Self::Event { .. } => {
                ErrorKind::InvalidArgument
            }
            Self::Unknown { .. } | Self::UnknownAmong { .. } => ErrorKind::NotFound,
            Self::NoKey | Self::Open(OpenError::NoKey { .. }) => ErrorKind::FailedPrecondition,
            Self::Open(OpenError::Altered { .. }) => ErrorKind::DataLoss,
            Self::Seal(_) => ErrorKind::Internal,
            Self::Verify(error) => error.kind(),
            Self::StoredPolicies { .. } | Self::Store(store::Error::UnknownWord { .. }) => {
                ErrorKind::DataLoss
            }
            Self::Store(store::Error::Database(error)) | Self::Transaction(error) => {
                database_kind(error)
            }
            Self::Service(error) => error.kind(),
            Self::Template(_) | Self::Outbound(_) | Self::Relay(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Policies(_) => "OW-POLICY-INVALID",
            Self::Silence(_) => "OW-SILENCE-INVALID",
            Self::Request { .. } => "OW-ESCALATION-REQUEST",
            Self::NoKey | Self::Open(_) | Self::Seal(_) => "OW-PERSONAL-DATA",
            Self::Verify(_) => "OW-CONTACT-CODE",
            Self::Unknown { .. } | Self::UnknownAmong { .. } => "OW-ESCALATION-UNKNOWN",
            Self::StoredPolicies { .. } => "OW-POLICY-UNREADABLE",
            Self::Event { .. } => "OW-TICKET-EVENT",
            Self::Store(_) | Self::Transaction(_) => "OW-DATABASE",
            Self::Service(error) => error.code(),
            Self::Template(_) => "OW-MESSAGE-TEMPLATE",
            Self::Outbound(_) => "OW-OUTBOUND",
            Self::Relay(_) => "OW-SMTP-RELAY",
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Policies(Faults(faults)) | Self::Silence(Faults(faults)) => faults
                .iter()
                .map(|Fault { path, expected }| FieldViolation::new(path, expected))
                .collect(),
            Self::Request { field, expected } => vec![FieldViolation::new(*field, *expected)],
            _ => Vec::new(),
        }
    }
}

/// What there is instead.
fn there_are(known: &[String]) -> String {
    match known {
        [] => "there are none".to_owned(),
        [one] => format!("there is {one}"),
        several => format!("there are {}", several.join(", ")),
    }
}
