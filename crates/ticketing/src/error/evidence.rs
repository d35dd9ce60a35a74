//! Refusals of evidence, as callers and operators meet them.

use service::error::ErrorKind;

use crate::domain::evidence::{EvidenceRefusal, Fault};

pub(super) fn kind(refusal: &EvidenceRefusal) -> ErrorKind {
    match refusal {
        EvidenceRefusal::Unknown(_) => ErrorKind::NotFound,
        EvidenceRefusal::Other(_) | EvidenceRefusal::Twin { .. } => ErrorKind::AlreadyExists,
        EvidenceRefusal::Removed { .. }
        | EvidenceRefusal::TooMany { .. }
        | EvidenceRefusal::TooMuch { .. } => ErrorKind::FailedPrecondition,
        EvidenceRefusal::Busy(_) => ErrorKind::ResourceExhausted,
        EvidenceRefusal::Content { fault, .. } => match fault {
            Fault::Slow { .. } => ErrorKind::DeadlineExceeded,
            _ => ErrorKind::InvalidArgument,
        },
    }
}

pub(super) fn code(refusal: &EvidenceRefusal) -> &'static str {
    match refusal {
        EvidenceRefusal::Unknown(_) => "OW-EVIDENCE-UNKNOWN",
        EvidenceRefusal::Other(_) => "OW-EVIDENCE-OTHER",
        EvidenceRefusal::Removed { .. } => "OW-EVIDENCE-REMOVED",
        EvidenceRefusal::Twin { .. } => "OW-EVIDENCE-TWIN",
        EvidenceRefusal::TooMany { .. } => "OW-EVIDENCE-TOO-MANY",
        EvidenceRefusal::TooMuch { .. } => "OW-EVIDENCE-TOO-MUCH",
        EvidenceRefusal::Busy(_) => "OW-EVIDENCE-BUSY",
        EvidenceRefusal::Content { fault, .. } => match fault {
            Fault::TooLong { .. } => "OW-EVIDENCE-TOO-LONG",
            Fault::Cut { .. } => "OW-EVIDENCE-CUT",
            Fault::Slow { .. } => "OW-EVIDENCE-SLOW",
            Fault::Digest { .. } => "OW-EVIDENCE-DIGEST",
            Fault::Type { .. } => "OW-EVIDENCE-TYPE",
            Fault::Encoding { .. } | Fault::Control { .. } => "OW-EVIDENCE-TEXT",
        },
    }
}
