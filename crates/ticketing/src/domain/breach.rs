//! Deadlines that were missed.

use super::{Instant, holder::Holder};

/// Which clock ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// Until somebody takes the ticket up.
    Response,
    /// Until a step is done.
    Step,
    /// Until nothing is left to do.
    Resolution,
}

/// A deadline that was missed, and who answered at that instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which clock ran out.
    pub promise: Promise,
    /// Name of the step; empty unless it is a step's clock.
    pub step: String,
    /// Who answered when it ran out.
    pub holder: Holder,
    /// When it ran out.
    pub due_at: Instant,
}

impl Promise {
    /// The word in the database and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Step => "step",
            Self::Resolution => "resolution",
        }
    }
}
