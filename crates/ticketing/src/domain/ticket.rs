//! The ticket: what must be done about an exception, by whom, until when.

mod act;
mod pen;
mod report;

use std::sync::Arc;

use thiserror::Error;

pub use act::Act;

use super::{
    Instant,
    actor::{Actor, Person},
    exception::{Exception, Report},
    holder::Holder,
    id::TicketId,
    ledger::Ledger,
    sop::{Sop, Step},
    step::Progress,
    timer::{Timer, TimerKind},
    transition::Happening,
};
use pen::Pen;

/// Everything known about one ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Follows from the exception's id.
    pub id: TicketId,
    /// The exception, as last reported.
    pub exception: Exception,
    /// The procedure under which it was opened.
    pub sop: Arc<Sop>,
    /// Progress of each step of the procedure.
    pub steps: Vec<Progress>,
    /// Index of the step that is, or was last, worked on.
    pub current: usize,
    /// Who answered when.
    pub ledger: Ledger,
    /// When it came to be, by this service's clock.
    pub opened_at: Instant,
    /// That the present holder has taken it up.
    pub acknowledgement: Option<Acknowledgement>,
    /// When anybody first took it up; stays when the holder changes.
    pub first_acknowledged_at: Option<Instant>,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// Who last acted on it, as far as it was a person.
    pub acted: Option<Person>,
    /// Whether the holder was reminded of the present step.
    pub reminded: bool,
    /// Whether the present step went past due.
    pub overdue: bool,
    /// Grows with every happening; what a caller must have seen.
    pub version: i64,
    /// Instant of the last happening; time never runs backwards in a ticket.
    pub changed_at: Instant,
}

/// Who took a ticket up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When.
    pub at: Instant,
    /// Login.
    pub by: String,
}

/// How a ticket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// When.
    pub at: Instant,
    /// Name of who ended it.
    pub by: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Whether no person acted on it at all.
    pub automatic: bool,
}

/// How a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for its holder.
    Open,
    /// Its holder has taken it up.
    Acknowledged,
    /// Nothing is left to do.
    Resolved,
}

/// What may be asked of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Rule evaluation says how the exception stands. The procedure counts only
    /// when this opens the ticket.
    Report {
        /// What it says.
        report: Report,
        /// The procedure in force for the scenario.
        sop: Arc<Sop>,
    },
    /// A person acts.
    Act {
        /// Who.
        person: Person,
        /// The version that the person looked at; absent where any will do.
        seen: Option<i64>,
        /// What they do.
        act: Act,
        /// What they write beside it.
        note: String,
    },
    /// A timer went off.
    Timer(Timer),
}

/// What a command leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The ticket afterwards; absent when there is none to open.
    pub ticket: Option<Ticket>,
    /// What happened, in order.
    pub effects: Vec<Happening>,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such ticket.
    #[error("there is no such ticket")]
    Unknown,
    /// The person looked at an older version.
    #[error("the ticket has changed: it is at version {current}, you saw {seen}")]
    Stale {
        /// The version that the person looked at.
        seen: i64,
        /// The version it is at.
        current: i64,
    },
    /// It is over.
    #[error("the ticket was resolved at {at} by {by}: {reason}")]
    Resolved {
        /// When it was resolved.
        at: Instant,
        /// Who resolved it.
        by: String,
        /// Why.
        reason: String,
    },
    /// Somebody else was first.
    #[error("the ticket was acknowledged at {at} by {by}")]
    Acknowledged {
        /// When.
        at: Instant,
        /// Who.
        by: String,
    },
    /// The procedure has no step of that name.
    #[error("sop {sop} has no step `{step}`; its steps are {known}")]
    NoSuchStep {
        /// The procedure.
        sop: String,
        /// The name that was given.
        step: String,
        /// The names that there are.
        known: String,
    },
    /// The step is already behind.
    #[error("step `{step}` is already {how}")]
    StepOver {
        /// The step.
        step: String,
        /// Done by whom, or left out.
        how: String,
    },
    /// Mandatory steps would be left out.
    #[error("mandatory steps are not done yet: {steps}")]
    MandatoryStepsLeft {
        /// Their names.
        steps: String,
    },
    /// It is already there.
    #[error("the ticket is already with {holder}")]
    SameHolder {
        /// Who has it.
        holder: Holder,
    },
}

/// Decides what a command leads to.
///
/// # Errors
/// A [`Refusal`] when a person's act is not possible. Reports and timers are
/// never refused; those that come too late change nothing.
pub fn decide(state: Option<Ticket>, command: Command, now: Instant) -> Result<Decision, Refusal> {
    match (state, command) {
        (None, Command::Report { report, sop }) => Ok(report::open(&report, sop, now)),
        (Some(ticket), Command::Report { report, .. }) => {
            Ok(report::follow(Pen::new(ticket, now), report))
        }
        (None, Command::Act { .. }) => Err(Refusal::Unknown),
        (
            Some(ticket),
            Command::Act {
                person,
                seen,
                act,
                note,
            },
        ) => {
            ticket.must_be_seen(seen)?;
            act::perform(Pen::new(ticket, now), person, act, &note)
        }
        (None, Command::Timer(_)) => Ok(Decision {
            ticket: None,
            effects: Vec::new(),
        }),
        (Some(ticket), Command::Timer(timer)) => Ok(Pen::new(ticket, now).ring(timer)),
    }
}

impl Ticket {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        match (&self.resolution, &self.acknowledgement) {
            (Some(_), _) => State::Resolved,
            (None, Some(_)) => State::Acknowledged,
            (None, None) => State::Open,
        }
    }

    /// The step that is, or was last, worked on.
    #[must_use]
    pub fn step(&self) -> &Step {
        &self.sop.steps[self.current]
    }

    /// Who answers, or answered last.
    #[must_use]
    pub fn holder(&self) -> &Holder {
        self.ledger.last_holder().unwrap_or(&self.step().holder)
    }

    /// Until when the present step is expected; absent once resolved.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        self.steps[self.current].due_at()
    }

    /// The instants at which it asks for attention by itself.
    #[must_use]
    pub fn timers(&self) -> Vec<Timer> {
        let Some(due_at) = self.due_at() else {
            return Vec::new();
        };
        TimerKind::ALL
            .into_iter()
            .filter(|kind| !self.has_rung(*kind))
            .map(|kind| Timer {
                kind,
                at: kind.instant(due_at, self.step().expected),
            })
            .collect()
    }

    fn has_rung(&self, kind: TimerKind) -> bool {
        match kind {
            TimerKind::DueSoon => self.reminded,
            TimerKind::Overdue => self.overdue,
        }
    }

    fn must_be_seen(&self, seen: Option<i64>) -> Result<(), Refusal> {
        match seen {
            Some(seen) if seen != self.version => Err(Refusal::Stale {
                seen,
                current: self.version,
            }),
            _ => Ok(()),
        }
    }
}

impl State {
    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

#[cfg(test)]
mod tests;
