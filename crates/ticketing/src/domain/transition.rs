//! What happened to a ticket.

use chrono::TimeDelta;

use super::{Instant, actor::Actor, breach::Breach, holder::Holder, span::Span};

/// Declares the transitions with the words that subjects, event types, event ids and the
/// database have for them.
macro_rules! transitions {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// Kind of a transition.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Transition {
            $($(#[$doc])* $name,)+
        }

        impl Transition {
            /// The word in subjects, event types, event ids and the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

transitions! {
    /// The ticket came to be.
    Opened = "opened",
    /// Another holder answers, because the procedure or the holder's department says so.
    Assigned = "assigned",
    /// Somebody took it up.
    Acknowledged = "acknowledged",
    /// A step is done.
    StepCompleted = "step-completed",
    /// A step was left out by somebody who may.
    StepSkipped = "step-skipped",
    /// Another department was asked to take a step.
    Offered = "offered",
    /// It took it: another holder answers.
    HandedOver = "handed-over",
    /// It did not.
    Rejected = "rejected",
    /// It is no longer asked to.
    Withdrawn = "withdrawn",
    /// It was silent for too long: the arbiter decides.
    Referred = "referred",
    /// Clocks stand.
    Paused = "paused",
    /// Clocks run again.
    Resumed = "resumed",
    /// It was put aside until an instant.
    Snoozed = "snoozed",
    /// It is no longer put aside.
    Unsnoozed = "unsnoozed",
    /// The step will be due.
    DueSoon = "due-soon",
    /// The step is past due.
    Overdue = "overdue",
    /// Nobody took it up in time.
    ResponseOverdue = "response-overdue",
    /// It was not resolved in time.
    ResolutionOverdue = "resolution-overdue",
    /// It goes on under another version of its procedure.
    Migrated = "migrated",
    /// Its automation failed: the holder has to do it.
    AutomationFailed = "automation-failed",
    /// An automation answered when nobody waited for it any more.
    AutomationIgnored = "automation-ignored",
    /// Nothing is left to do.
    Resolved = "resolved",
    /// The trouble is back.
    Reopened = "reopened",
    /// Somebody wrote something.
    Commented = "commented",
    /// Somebody attached a file.
    EvidenceAttached = "evidence-attached",
    /// Its content was removed by somebody who may.
    EvidenceRemoved = "evidence-removed",
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
    /// Index of the step that ended, when it tells of that.
    pub ended: Option<usize>,
    /// What a person wrote beside it.
    pub note: String,
    /// A guard was passed by a role.
    pub overridden: bool,
    /// The deadline that was missed, when it tells of one.
    pub breach: Option<Breach>,
    /// Work that went back, when it tells of that.
    pub push_back: Option<PushBack>,
    /// How long after somebody took it up it is to come back, unless it is resolved by then.
    pub come_back: Option<Span>,
    /// The ticket right after.
    pub snapshot: Snapshot,
}

impl Happening {
    /// Index of the step that it was about.
    #[must_use]
    pub fn step(&self) -> usize {
        self.ended.unwrap_or(self.snapshot.step)
    }
}

/// Work that one department did not take, or gave back to where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushBack {
    /// The department that did not want it.
    pub from: String,
    /// The department that has it again.
    pub to: String,
}

/// The part of a ticket that changes between happenings.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Who answers, or answered last.
    pub holder: Holder,
    /// Index of the step that it is about, or that is worked on next.
    pub step: usize,
    /// When that step is due; absent once resolved and while clocks stand.
    pub due_at: Option<Instant>,
    /// Whether the holder has taken it up, or automation works on it so that nobody has to.
    pub acknowledged: bool,
    /// Resolved without a person.
    pub automatic: bool,
    /// By how much what was missed is past due.
    pub overdue_by: Option<TimeDelta>,
    /// Who has been asked to take the step, and has yet to answer.
    pub offered_to: Option<Holder>,
}
