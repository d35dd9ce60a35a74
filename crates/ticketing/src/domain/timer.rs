//! Instants at which a ticket asks for attention by itself.

use super::{Instant, breach::Promise};

/// What a timer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKind {
    /// The step will be due.
    DueSoon,
    /// Something is past due.
    Overdue(Promise),
    /// The other side of a handing over was silent for too long.
    Unanswered,
    /// Clocks were stopped for as long as they may be.
    PauseOver,
    /// An automation has taken too long.
    GiveUp,
}

/// An instant to wake up at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer {
    /// When it goes off.
    pub at: Instant,
    /// What it is about.
    pub kind: TimerKind,
    /// Index of the step that it is about; absent when it is about the whole ticket.
    pub step: Option<usize>,
}
