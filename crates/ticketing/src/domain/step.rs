//! How far a step of a ticket has come.

use serde::{Deserialize, Serialize};

use super::{Instant, span::Span};

/// Progress of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Progress {
    /// Its turn has not come.
    Pending,
    /// It is worked on.
    Active {
        /// When its turn came.
        started_at: Instant,
        /// Until when it is expected.
        due_at: Instant,
    },
    /// It is done.
    Done {
        /// When its turn came.
        started_at: Instant,
        /// Until when it was expected.
        due_at: Instant,
        /// When it was done.
        completed_at: Instant,
        /// Login of who did it.
        completed_by: String,
        /// What came of it.
        outcome: String,
    },
    /// Left out.
    Skipped,
}

impl Progress {
    /// Starts a step now.
    #[must_use]
    pub fn start(now: Instant, expected: Span) -> Self {
        Self::Active {
            started_at: now,
            due_at: now + expected.delta(),
        }
    }

    /// Ends a step now; one that was never started started now.
    #[must_use]
    pub fn finish(&self, now: Instant, expected: Span, by: &str, outcome: &str) -> Self {
        let (started_at, due_at) = match self {
            Self::Active { started_at, due_at }
            | Self::Done {
                started_at, due_at, ..
            } => (*started_at, *due_at),
            Self::Pending | Self::Skipped => (now, now + expected.delta()),
        };
        Self::Done {
            started_at,
            due_at,
            completed_at: now,
            completed_by: by.to_owned(),
            outcome: outcome.to_owned(),
        }
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// Until when it is expected; only while it is worked on.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        match self {
            Self::Active { due_at, .. } => Some(*due_at),
            _ => None,
        }
    }
}
