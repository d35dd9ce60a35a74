//! What can go wrong in this service, and what it means to whom.

use chrono::{DateTime, SecondsFormat, Utc};
use service::error::{Classified, ErrorKind, FieldViolation};

use crate::domain::gate::Closed;

/// Every failure of rule-evaluation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or is away.
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    /// What every service stands on failed.
    #[error(transparent)]
    Service(#[from] service::error::Error),
    /// Another judgement of the same order was faster; this one must be made again.
    #[error("another judgement of the same order was faster")]
    Overtaken,
    /// The database holds what this version cannot read.
    #[error("the database holds a {0} that this version cannot read; run the newest version")]
    Unreadable(&'static str),
    /// A stored message cannot be decoded.
    #[error("cannot decode {what}: {source}")]
    Decode {
        /// What it should have been.
        what: &'static str,
        /// Why it is not.
        source: prost::DecodeError,
    },
    /// A published fact is none.
    #[error("event {event_id}, fact {index}: {source}")]
    Fact {
        /// The event that carried it.
        event_id: String,
        /// Index in its batch.
        index: usize,
        /// What is wrong with it.
        source: contracts::facts::Error,
    },
    /// A published declaration is none.
    #[error("event {event_id}: {source}")]
    Declaration {
        /// The event that carried it.
        event_id: String,
        /// What is wrong with it.
        source: contracts::facts::DeclarationError,
    },
    /// A rule set has faults; each is named with its place.
    #[error("the rule set has {} fault(s): {}", .0.len(), summary(.0))]
    RuleSet(Vec<FieldViolation>),
    /// The rule set in force is not the one the change was made from.
    #[error(
        "rule set {found} is in force{}, the change was made from {expected}: get it and apply again",
        told(by.as_ref())
    )]
    RuleSetMoved {
        /// What the change was made from.
        expected: i64,
        /// What is in force.
        found: i64,
        /// Who put it in force.
        by: Option<Author>,
    },
    /// A resource is not what the caller has seen.
    #[error(
        "{resource} was {} in between{}: get it and change it again",
        if etag.is_some() { "changed" } else { "dropped" },
        told(by.as_ref())
    )]
    ResourceMoved {
        /// Kind and name.
        resource: String,
        /// Its etag now; none when it is gone.
        etag: Option<String>,
        /// Who changed it.
        by: Option<Author>,
    },
    /// No such resource in the rule set.
    #[error("there is no {resource} in rule set {number}")]
    NoResource {
        /// Kind and name.
        resource: String,
        /// The rule set.
        number: i64,
    },
    /// No such rule set.
    #[error("there is no rule set {0}")]
    NoRuleSet(i64),
    /// No such order.
    #[error(
        "nothing is known about order `{0}`; check its id, or whether its source has reported it"
    )]
    NoOrder(String),
    /// No such rule in the rule set in force.
    #[error("there is no rule `{name}` in rule set {number}")]
    NoRule {
        /// The name that was asked for.
        name: String,
        /// The rule set in force.
        number: i64,
    },
    /// No such exception.
    #[error("there is no exception `{0}`; list them with `orderwatch get exceptions`")]
    NoException(String),
    /// No such sample.
    #[error("there is no sample `{0}`; list them with `orderwatch sample list`")]
    NoSample(String),
    /// A rule set does not pass the publish gates that it must.
    #[error(
        "{} publish gate(s) are closed: {}; mend the rules, or change nothing but the gates first",
        .0.len(), listed(.0)
    )]
    GatesClosed(Vec<Closed>),
    /// A publish gate in force needs a sample.
    #[error("gate `{gate}` in force needs sample `{sample}`; drop the gate first")]
    SampleNeeded {
        /// The sample.
        sample: String,
        /// The gate.
        gate: String,
    },
    /// A preview ended before it was done.
    #[error("the preview ended before it was done; ask again")]
    PreviewEnded,
    /// No such threshold in the rule set in force.
    #[error("there is no threshold `{name}` in rule set {number}")]
    NoThreshold {
        /// The name that was asked for.
        name: String,
        /// The rule set in force.
        number: i64,
    },
    /// A request names something that cannot be.
    #[error("{field}: {message}")]
    Invalid {
        /// Field of the request.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Another service did not answer.
    #[error("{service} did not answer: {status}")]
    Upstream {
        /// Which service.
        service: &'static str,
        /// What came instead.
        status: Box<tonic::Status>,
    },
}

impl Error {
    /// Says what is wrong with a field of a request.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Invalid { field, message }
    }
}

/// Who brought a rule set into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The rule set.
    pub number: i64,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn told(author: Option<&Author>) -> String {
    author.map_or(String::new(), |author| {
        let at = author.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let Author {
            number,
            actor,
            reason,
            ..
        } = author;
        format!(" (by {actor} at {at} in rule set {number}: {reason})")
    })
}

impl Classified for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Database(error) => service::error::database_kind(error),
            Self::Service(error) => error.kind(),
            Self::Overtaken => ErrorKind::Aborted,
            Self::RuleSetMoved { .. } | Self::ResourceMoved { .. } => ErrorKind::Aborted,
            Self::Unreadable(_) | Self::Decode { .. } => ErrorKind::DataLoss,
            Self::Fact { .. }
            | Self::Declaration { .. }
            | Self::RuleSet(_)
            | Self::Invalid { .. } => ErrorKind::InvalidArgument,
            Self::NoRuleSet(_)
            | Self::NoOrder(_)
            | Self::NoRule { .. }
            | Self::NoException(_)
            | Self::NoSample(_)
            | Self::NoThreshold { .. }
            | Self::NoResource { .. } => ErrorKind::NotFound,
            Self::Upstream { .. } => ErrorKind::Unavailable,
            Self::GatesClosed(_) | Self::SampleNeeded { .. } => ErrorKind::FailedPrecondition,
            Self::PreviewEnded => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Database(_) => "OW-DATABASE",
            Self::Service(error) => error.code(),
            Self::Overtaken => "OW-RULES-OVERTAKEN",
            Self::Unreadable(_) => "OW-RULES-UNREADABLE",
            Self::Decode { .. } => "OW-RULES-DECODE",
            Self::Fact { .. } => "OW-RULES-FACT",
            Self::Declaration { .. } => "OW-RULES-DECLARATION",
            Self::RuleSet(_) => "OW-RULES-FAULTS",
            Self::RuleSetMoved { .. } => "OW-RULES-MOVED",
            Self::ResourceMoved { .. } => "OW-RULES-RESOURCE-MOVED",
            Self::NoResource { .. } => "OW-RULES-NO-RESOURCE",
            Self::NoThreshold { .. } => "OW-RULES-NO-THRESHOLD",
            Self::NoRuleSet(_) => "OW-RULES-NO-RULE-SET",
            Self::NoOrder(_) => "OW-RULES-NO-ORDER",
            Self::NoRule { .. } => "OW-RULES-NO-RULE",
            Self::NoException(_) => "OW-RULES-NO-EXCEPTION",
            Self::NoSample(_) => "OW-RULES-NO-SAMPLE",
            Self::GatesClosed(_) => "OW-RULES-GATES-CLOSED",
            Self::SampleNeeded { .. } => "OW-RULES-SAMPLE-NEEDED",
            Self::PreviewEnded => "OW-RULES-PREVIEW-ENDED",
            Self::Invalid { .. } => "OW-RULES-INVALID",
            Self::Upstream { .. } => "OW-RULES-UPSTREAM",
        }
    }

    fn is_retryable(&self) -> bool {
        match self {
            Self::Overtaken | Self::Upstream { .. } => true,
            Self::Database(error) => service::error::database_kind(error).is_retryable(),
            Self::Service(error) => error.is_retryable(),
            _ => false,
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::RuleSet(faults) => faults.clone(),
            Self::Invalid { field, message } => {
                vec![FieldViolation::new(*field, message)]
            }
            _ => Vec::new(),
        }
    }
}

fn listed(closed: &[Closed]) -> String {
    let lines: Vec<_> = closed.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

fn summary(faults: &[FieldViolation]) -> String {
    let lines: Vec<_> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.description))
        .collect();
    lines.join("; ")
}
