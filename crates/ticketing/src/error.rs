//! Everything that can go wrong, as callers and operators meet it.

mod evidence;

use std::time::Duration;

use service::error::{Classified, ErrorKind, FieldViolation, database_kind};
use thiserror::Error as ThisError;
use uuid::Uuid;

use crate::{
    domain::{
        absence::AbsenceRefusal, bulk::BulkRefusal, evidence::EvidenceRefusal, group::GroupRefusal,
        id::TicketId, saved_filter::FilterRefusal, sop::document::Faults, ticket::Refusal,
    },
    store::transitions::Missed,
};

/// What can go wrong in ticketing.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A person's act is not possible as the ticket stands.
    #[error("ticket {ticket}: {refusal}")]
    Refused {
        /// The ticket.
        ticket: TicketId,
        /// Why not.
        refusal: Refusal,
    },
    /// The caller looked at an older version of the ticket.
    #[error(
        "ticket {ticket} has changed since version {seen}, it is at {current}: {}; read it again and decide anew",
        list(missed)
    )]
    Stale {
        /// The ticket.
        ticket: TicketId,
        /// The version that the caller looked at.
        seen: i64,
        /// The version it is at.
        current: i64,
        /// What the caller missed.
        missed: Vec<Missed>,
    },
    /// Nobody is away so.
    #[error(transparent)]
    Absence(#[from] AbsenceRefusal),
    /// Many tickets cannot be acted on so.
    #[error(transparent)]
    Bulk(#[from] BulkRefusal),
    /// A group cannot be changed so.
    #[error(transparent)]
    Group(#[from] GroupRefusal),
    /// A stored group contradicts itself.
    #[error("stored group {0} is broken")]
    CorruptGroup(Uuid),
    /// Evidence is not taken, given or removed.
    #[error(transparent)]
    Evidence(#[from] EvidenceRefusal),
    /// A stored record of evidence contradicts itself.
    #[error("stored evidence {id} is broken: {what}")]
    CorruptEvidence {
        /// The evidence.
        id: Uuid,
        /// The part that is broken.
        what: &'static str,
    },
    /// There is nowhere to keep a content while it comes.
    #[error(
        "cannot keep the content while it comes: {0}; see to the folder for temporary files, TMPDIR"
    )]
    Spool(#[source] std::io::Error),
    /// A stored bulk operation names nobody.
    #[error("stored bulk operation {0} is broken: it names nobody who acts")]
    NamelessBulk(Uuid),
    /// Fields of a request are wrong.
    #[error("{}", .0.iter().map(|it| format!("{}: {}", it.field, it.description)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Violation>),
    /// Documents of procedures are wrong.
    #[error(transparent)]
    Sops(#[from] Faults),
    /// There is no procedure for a scenario, not even the default one.
    #[error("there is no procedure for scenario `{0}` and none named default; apply one")]
    NoProcedure(String),
    /// A stored row contradicts itself.
    #[error("stored ticket {ticket} is broken: {what}")]
    Corrupt {
        /// The ticket.
        ticket: TicketId,
        /// The part that is broken.
        what: &'static str,
    },
    /// Nothing can be done with a filter that somebody keeps.
    #[error(transparent)]
    Filter(#[from] FilterRefusal),
    /// A table cannot be written.
    #[error("csv: {0}")]
    Csv(#[from] csv::Error),
    /// What followed a place in the event log is no longer kept.
    #[error("what happened since this resume_token is no longer kept; begin anew without it")]
    Forgotten,
    /// Nobody takes the answers of a stream.
    #[error("an answer was not read within {patience:?}; read faster, or ask for less{resume}")]
    SlowReader {
        /// How long it was waited.
        patience: Duration,
        /// Where to go on.
        resume: Resume,
    },
    /// The service drains.
    #[error("the service stops; ask again: another replica answers")]
    Stopping,
    /// Another replica opened the same ticket at the same time.
    #[error("another replica is opening the same tickets")]
    Contended,
    /// Rule evaluation does not say what facts say.
    #[error("what orders' facts say cannot be asked: {0}")]
    Facts(#[source] Box<tonic::Status>),
    /// The client that calls machines cannot be built.
    #[error("no machine can be called: {0}")]
    Client(#[from] outbound::Unbuilt),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The ground of all services failed.
    #[error(transparent)]
    Service(#[from] service::Error),
}

/// Where a stream that was cut can be gone on with; empty where it must begin anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resume(pub String);

impl std::fmt::Display for Resume {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.0 {
            "" => Ok(()),
            token => write!(f, "; go on with resume_token {token}"),
        }
    }
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Name of the field.
    pub field: &'static str,
    /// What it must be.
    pub description: String,
}

fn list(missed: &[Missed]) -> String {
    missed
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

impl Classified for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused {
                refusal: Refusal::Unknown,
                ..
            } => ErrorKind::NotFound,
            Self::Refused {
                refusal: Refusal::Stale { .. },
                ..
            }
            | Self::Stale { .. } => ErrorKind::Aborted,
            Self::Refused {
                refusal:
                    Refusal::NoSuchStep { .. }
                    | Refusal::NoSuchOutcome { .. }
                    | Refusal::Fields { .. }
                    | Refusal::NoSuchPause { .. }
                    | Refusal::SnoozeTooLong { .. },
                ..
            }
            | Self::Invalid(_)
            | Self::Sops(_) => ErrorKind::InvalidArgument,
            Self::Refused {
                refusal: Refusal::NotPermitted { .. },
                ..
            } => ErrorKind::PermissionDenied,
            Self::Absence(refusal) => match refusal {
                AbsenceRefusal::NotPermitted { .. } => ErrorKind::PermissionDenied,
                AbsenceRefusal::NoMember(_)
                | AbsenceRefusal::Unfit { .. }
                | AbsenceRefusal::Over(_) => ErrorKind::InvalidArgument,
                AbsenceRefusal::Overlaps { .. } => ErrorKind::FailedPrecondition,
                AbsenceRefusal::Unknown { .. } => ErrorKind::NotFound,
            },
            Self::Bulk(BulkRefusal::Unknown(_))
            | Self::Group(GroupRefusal::Unknown(_) | GroupRefusal::NoTicket(_)) => {
                ErrorKind::NotFound
            }
            Self::Bulk(BulkRefusal::Other(_))
            | Self::Group(GroupRefusal::Other(_) | GroupRefusal::CaseIsThere { .. }) => {
                ErrorKind::AlreadyExists
            }
            Self::Group(GroupRefusal::Stale { .. }) => ErrorKind::Aborted,
            Self::Group(GroupRefusal::NotPermitted { .. }) => ErrorKind::PermissionDenied,
            Self::Refused { .. }
            | Self::Bulk(_)
            | Self::Group(_)
            | Self::NoProcedure(_)
            | Self::Filter(FilterRefusal::Faulty { .. })
            | Self::Forgotten => ErrorKind::FailedPrecondition,
            Self::Filter(FilterRefusal::Unknown(_)) => ErrorKind::NotFound,
            Self::Filter(FilterRefusal::Exists(_)) => ErrorKind::AlreadyExists,
            Self::Filter(FilterRefusal::Stale(_)) => ErrorKind::Aborted,
            Self::SlowReader { .. } => ErrorKind::ResourceExhausted,
            Self::Evidence(refusal) => evidence::kind(refusal),
            Self::Corrupt { .. }
            | Self::CorruptGroup(_)
            | Self::CorruptEvidence { .. }
            | Self::NamelessBulk(_) => ErrorKind::DataLoss,
            Self::Contended | Self::Stopping | Self::Facts(_) | Self::Spool(_) => {
                ErrorKind::Unavailable
            }
            Self::Client(_) | Self::Csv(_) => ErrorKind::Internal,
            Self::Database(error) => database_kind(error),
            Self::Service(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused { refusal, .. } => match refusal {
                Refusal::Unknown => "OW-TICKET-UNKNOWN",
                Refusal::Stale { .. } => "OW-TICKET-STALE",
                Refusal::Resolved { .. } => "OW-TICKET-RESOLVED",
                Refusal::Acknowledged { .. } => "OW-TICKET-ACKNOWLEDGED",
                Refusal::NoSuchStep { .. } => "OW-TICKET-NO-SUCH-STEP",
                Refusal::StepNotActive { .. } => "OW-TICKET-STEP-NOT-ACTIVE",
                Refusal::NoSuchOutcome { .. } => "OW-TICKET-NO-SUCH-OUTCOME",
                Refusal::Fields { .. } => "OW-TICKET-FIELDS",
                Refusal::NotPermitted { .. } => "OW-TICKET-NOT-PERMITTED",
                Refusal::MandatoryStepsLeft { .. } => "OW-TICKET-MANDATORY-STEPS",
                Refusal::SameHolder { .. } => "OW-TICKET-SAME-HOLDER",
                Refusal::AlreadyOffered { .. } => "OW-TICKET-ALREADY-OFFERED",
                Refusal::NotOffered { .. } => "OW-TICKET-NOT-OFFERED",
                Refusal::WithArbiter { .. } => "OW-TICKET-WITH-ARBITER",
                Refusal::NotWithArbiter { .. } => "OW-TICKET-NOT-WITH-ARBITER",
                Refusal::NotPaused => "OW-TICKET-NOT-PAUSED",
                Refusal::AlreadyPaused { .. } => "OW-TICKET-ALREADY-PAUSED",
                Refusal::NoSuchPause { .. } => "OW-TICKET-NO-SUCH-PAUSE",
                Refusal::PauseUsedUp { .. } => "OW-TICKET-PAUSE-USED-UP",
                Refusal::SnoozeTooLong { .. } => "OW-TICKET-SNOOZE-TOO-LONG",
                Refusal::NotSnoozed => "OW-TICKET-NOT-SNOOZED",
                Refusal::StepIsGone { .. } => "OW-TICKET-STEP-IS-GONE",
            },
            Self::Stale { .. } => "OW-TICKET-STALE",
            Self::Absence(refusal) => match refusal {
                AbsenceRefusal::NotPermitted { .. } => "OW-ABSENCE-NOT-PERMITTED",
                AbsenceRefusal::NoMember(_) => "OW-ABSENCE-NO-MEMBER",
                AbsenceRefusal::Unfit { .. } => "OW-ABSENCE-UNFIT",
                AbsenceRefusal::Over(_) => "OW-ABSENCE-OVER",
                AbsenceRefusal::Overlaps { .. } => "OW-ABSENCE-OVERLAPS",
                AbsenceRefusal::Unknown { .. } => "OW-ABSENCE-UNKNOWN",
            },
            Self::Bulk(refusal) => match refusal {
                BulkRefusal::Unknown(_) => "OW-BULK-UNKNOWN",
                BulkRefusal::Other(_) => "OW-BULK-OTHER",
                BulkRefusal::Nothing => "OW-BULK-NOTHING",
                BulkRefusal::TooMany => "OW-BULK-TOO-MANY",
                BulkRefusal::GoesOn(_) => "OW-BULK-GOES-ON",
                BulkRefusal::Undone { .. } => "OW-BULK-UNDONE",
                BulkRefusal::Final(_) => "OW-BULK-FINAL",
            },
            Self::Evidence(refusal) => evidence::code(refusal),
            Self::Spool(_) => "OW-EVIDENCE-SPOOL",
            Self::CorruptEvidence { .. } => "OW-EVIDENCE-CORRUPT",
            Self::Invalid(_) => "OW-TICKET-INVALID",
            Self::Sops(_) => "OW-SOP-INVALID",
            Self::NoProcedure(_) => "OW-SOP-NONE",
            Self::Group(refusal) => match refusal {
                GroupRefusal::Unknown(_) => "OW-GROUP-UNKNOWN",
                GroupRefusal::Other(_) => "OW-GROUP-OTHER",
                GroupRefusal::Closed { .. } => "OW-GROUP-CLOSED",
                GroupRefusal::Stale { .. } => "OW-GROUP-STALE",
                GroupRefusal::NoTicket(_) => "OW-GROUP-NO-TICKET",
                GroupRefusal::OtherOrder { .. } => "OW-GROUP-OTHER-ORDER",
                GroupRefusal::Elsewhere { .. } => "OW-GROUP-ELSEWHERE",
                GroupRefusal::CaseIsThere { .. } => "OW-GROUP-CASE-IS-THERE",
                GroupRefusal::NotPermitted { .. } => "OW-GROUP-NOT-PERMITTED",
            },
            Self::CorruptGroup(_) => "OW-GROUP-CORRUPT",
            Self::NamelessBulk(_) => "OW-BULK-CORRUPT",
            Self::Corrupt { .. } => "OW-TICKET-CORRUPT",
            Self::Filter(refusal) => match refusal {
                FilterRefusal::Unknown(_) => "OW-FILTER-UNKNOWN",
                FilterRefusal::Exists(_) => "OW-FILTER-EXISTS",
                FilterRefusal::Stale(_) => "OW-FILTER-STALE",
                FilterRefusal::Faulty { .. } => "OW-FILTER-FAULTY",
            },
            Self::Csv(_) => "OW-TICKET-CSV",
            Self::Forgotten => "OW-TICKET-WATCH-FORGOTTEN",
            Self::SlowReader { .. } => "OW-TICKET-SLOW-READER",
            Self::Stopping => "OW-TICKET-STOPPING",
            Self::Contended => "OW-TICKET-CONTENDED",
            Self::Facts(_) => "OW-TICKET-FACTS",
            Self::Client(_) => "OW-TICKET-CLIENT",
            Self::Database(_) => "OW-TICKET-DATABASE",
            Self::Service(error) => error.code(),
        }
    }

    fn is_retryable(&self) -> bool {
        // Nobody gets anywhere by sending a stale etag again.
        !matches!(self, Self::Stale { .. } | Self::Group(_)) && self.kind().is_retryable()
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(violations) => violations
                .iter()
                .map(|it| FieldViolation::new(it.field, it.description.clone()))
                .collect(),
            Self::Sops(faults) => faults
                .0
                .iter()
                .map(|fault| FieldViolation::new(fault.place.clone(), fault.what.clone()))
                .collect(),
            Self::Service(error) => error.field_violations(),
            _ => Vec::new(),
        }
    }
}
