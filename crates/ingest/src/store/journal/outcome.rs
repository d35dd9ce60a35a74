//! What became of what requests want.

use order::{SourceId, Timestamp};

use crate::domain::{BatchKey, Entry, FeedKey, Intake};

/// What one transaction wrote.
#[derive(Debug)]
pub(crate) struct Written<'i> {
    /// What became of each intake, in order.
    pub(crate) outcomes: Vec<(&'i Intake, Outcome)>,
    /// Records that were not in quarantine before.
    pub(crate) quarantined: Vec<&'i Entry>,
}

impl Written<'_> {
    /// Returns what became of each intake, in order.
    pub(crate) fn into_outcomes(self) -> Vec<Outcome> {
        let outcomes = self.outcomes.into_iter();
        outcomes.map(|(_, outcome)| outcome).collect()
    }
}

/// What became of one intake.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It is in the journal; the watermark is the one in force.
    Accepted { watermark: Option<Timestamp> },
    /// It had been accepted before.
    Duplicate { facts: i32 },
    /// It cannot be accepted; the others are not harmed.
    Refused(Refusal),
}

/// Why an intake cannot be accepted.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another batch was accepted under that id.
    #[error(
        "batch `{}` of {} was accepted before with other content: give new content a new batch id",
        .0.batch_id, .0.origin
    )]
    Conflict(BatchKey),
    /// Nobody declared the source, and its name does not say what system it is.
    #[error("source `{0}` is not declared: call DeclareSource first and say what system it is")]
    Undeclared(SourceId),
    /// A live source states no watermarks.
    #[error(
        "source `{0}` is declared as live: declare it with WATERMARK_MODE_STATED before it states watermarks"
    )]
    Live(SourceId),
    /// Somebody else runs the feed by now.
    #[error("feed {0} was taken over by another replica, so nothing of this run is written")]
    Overtaken(FeedKey),
}
