//! Instants at which a ticket asks for attention by itself.

use chrono::TimeDelta;

use super::{Instant, span::Span};

/// The longest time by which a reminder runs ahead of the due instant.
const LONGEST_LEAD: TimeDelta = TimeDelta::hours(1);

/// What a timer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKind {
    /// The step will be due.
    DueSoon,
    /// The step is past due.
    Overdue,
}

/// An instant to wake up at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// What it is about.
    pub kind: TimerKind,
    /// When it goes off.
    pub at: Instant,
}

impl TimerKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::DueSoon, Self::Overdue];

    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
        }
    }

    /// The kind behind a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// When a step that is due at `due_at` and may take `expected` asks for
    /// attention: an hour before, or a quarter of the duration when that is
    /// shorter, and again at the due instant.
    #[must_use]
    pub fn instant(self, due_at: Instant, expected: Span) -> Instant {
        match self {
            Self::DueSoon => due_at - (expected.delta() / 4).min(LONGEST_LEAD),
            Self::Overdue => due_at,
        }
    }
}
