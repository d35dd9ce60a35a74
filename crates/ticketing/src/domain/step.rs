//! How far a step of a ticket has come.

use serde::{Deserialize, Serialize};

use super::{
    Instant,
    clock::{Clock, Deadline},
    field::Filled,
    holder::Holder,
    office::Office,
};

/// Progress of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Progress {
    /// Its turn has not come.
    Pending,
    /// Its turn has come, but other ways may still lead to it, or the trouble is over.
    Waiting,
    /// It is worked on.
    Active(Box<Active>),
    /// It was worked on when the trouble was over; goes on should that come back.
    Halted(Box<Active>),
    /// It is done.
    Done(Box<Done>),
    /// Left out.
    Skipped,
}

/// A step that is worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// When its turn came.
    pub started_at: Instant,
    /// Version of the ticket when its turn came: tells one turn of a step from another.
    #[serde(default)]
    pub turn: i64,
    /// Who answers for it.
    pub holder: Holder,
    /// Until when it is expected.
    pub deadline: Deadline,
    /// When to remind its holder; absent once that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Instant>,
    /// That its holder wants somebody else to take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Department that handed it over to the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<String>,
    /// How far its automation has come; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automation: Option<Underway>,
}

/// How far an automation has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Underway {
    /// It works, against this clock. That of the step stands meanwhile.
    Works(Clock),
    /// It failed, and the step's holder has to do it.
    Failed {
        /// When.
        at: Instant,
        /// Why, in one sentence.
        why: String,
    },
}

/// A handing over that the other side has yet to answer. Until then the clock is the giver's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who is to take it.
    pub to: Holder,
    /// Login of who asked.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was asked.
    pub asked_at: Instant,
    /// Until when the other side may be silent.
    pub answer_by: Instant,
    /// The other side was silent for too long: the arbiter decides.
    #[serde(default)]
    pub with_arbiter: bool,
}

/// A step that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// When its turn came.
    pub started_at: Instant,
    /// Until when it was expected; absent where its clock stood.
    pub due_at: Option<Instant>,
    /// When it was done.
    pub completed_at: Instant,
    /// Who did it.
    pub completed_by: String,
    /// What came of it.
    pub outcome: String,
    /// What was filled in.
    #[serde(default, skip_serializing_if = "Filled::is_empty")]
    pub fields: Filled,
}

impl Progress {
    /// The step as it is worked on.
    #[must_use]
    pub fn active(&self) -> Option<&Active> {
        match self {
            Self::Active(active) => Some(active),
            _ => None,
        }
    }

    /// The step as it is worked on, to be changed.
    #[must_use]
    pub fn active_mut(&mut self) -> Option<&mut Active> {
        match self {
            Self::Active(active) => Some(active),
            _ => None,
        }
    }

    /// Whether it is worked on.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active().is_some()
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Until when it is expected; only while its clock runs.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        self.active()?.deadline.clock.due_at()
    }
}

impl Active {
    /// Whether automation works on it, so that nobody else has to.
    #[must_use]
    pub fn is_automated(&self) -> bool {
        matches!(self.automation, Some(Underway::Works(_)))
    }

    /// When its automation has taken too long; absent where none works.
    #[must_use]
    pub fn gives_up_at(&self) -> Option<Instant> {
        match &self.automation {
            Some(Underway::Works(clock)) => clock.due_at(),
            _ => None,
        }
    }

    /// Lets the clock run that counts: its automation's, or the step's own unless `stands`.
    pub fn run(&mut self, stands: bool, now: Instant, office: &Office) {
        match &mut self.automation {
            Some(Underway::Works(clock)) => clock.resume(now, office),
            _ if stands => {}
            _ => self.deadline.clock.resume(now, office),
        }
    }

    /// Stops its clocks.
    pub fn stop(&mut self, now: Instant, office: &Office) {
        if let Some(Underway::Works(clock)) = &mut self.automation {
            clock.stop(now, office);
        }
        self.deadline.clock.stop(now, office);
    }

    /// The step once it is done.
    #[must_use]
    pub fn done(self, now: Instant, by: &str, outcome: &str, fields: Filled) -> Progress {
        Progress::Done(Box::new(Done {
            started_at: self.started_at,
            due_at: self.deadline.clock.due_at(),
            completed_at: now,
            completed_by: by.to_owned(),
            outcome: outcome.to_owned(),
            fields,
        }))
    }
}
