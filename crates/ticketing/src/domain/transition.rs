//! What happened to a ticket.

use chrono::TimeDelta;

use super::{Instant, actor::Actor, holder::Holder};

/// Kind of a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transition {
    /// The ticket came to be.
    Opened,
    /// Another holder answers, because the procedure says so.
    Assigned,
    /// Somebody took it up.
    Acknowledged,
    /// A step is done.
    StepCompleted,
    /// Another holder answers, because a person says so.
    HandedOver,
    /// The step will be due.
    DueSoon,
    /// The step is past due.
    Overdue,
    /// Nothing is left to do.
    Resolved,
    /// The trouble is back.
    Reopened,
    /// Somebody wrote something.
    Commented,
}

/// An effect of a decision: one thing that happened, to be told to everybody.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// What happened.
    pub transition: Transition,
    /// Version of the ticket right after.
    pub version: i64,
    /// When.
    pub at: Instant,
    /// Who did it.
    pub actor: Actor,
    /// Why, in one sentence.
    pub reason: String,
    /// What a person wrote beside it.
    pub note: String,
    /// The ticket right after.
    pub snapshot: Snapshot,
}

/// The part of a ticket that changes between happenings.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Who answers, or answered last.
    pub holder: Holder,
    /// Index of the step that is worked on.
    pub step: usize,
    /// When that step is due; absent once resolved.
    pub due_at: Option<Instant>,
    /// Whether the holder has taken it up.
    pub acknowledged: bool,
    /// Resolved without a person.
    pub automatic: bool,
    /// By how much the step is past due; only on [`Transition::Overdue`].
    pub overdue_by: Option<TimeDelta>,
}

impl Transition {
    const ALL: [Self; 10] = [
        Self::Opened,
        Self::Assigned,
        Self::Acknowledged,
        Self::StepCompleted,
        Self::HandedOver,
        Self::DueSoon,
        Self::Overdue,
        Self::Resolved,
        Self::Reopened,
        Self::Commented,
    ];

    /// The word in subjects, event types, event ids and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Acknowledged => "acknowledged",
            Self::StepCompleted => "step-completed",
            Self::HandedOver => "handed-over",
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Commented => "commented",
        }
    }

    /// The transition behind a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|transition| transition.as_str() == word)
    }
}
