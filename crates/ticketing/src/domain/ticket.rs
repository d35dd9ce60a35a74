//! The ticket: what must be done about an exception, by whom, until when.

mod act;
mod assign;
mod automatic;
mod exhibit;
mod finish;
mod flow;
mod guard;
mod migrate;
mod offer;
mod pause;
mod pen;
mod refusal;
mod report;
mod time;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

pub use act::Act;
pub use automatic::Answer;
pub use refusal::Refusal;

use super::{
    Instant,
    actor::{Actor, Person},
    automation::{Awaited, Call},
    clock::Deadline,
    exception::{Exception, Report},
    holder::Holder,
    id::TicketId,
    ledger::Ledger,
    office::Office,
    sop::{Sop, Step},
    step::{Active, Progress},
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
    /// Index of the step that is, or was last, answered for.
    pub current: usize,
    /// Who answered when.
    pub ledger: Ledger,
    /// When it came to be, by this service's clock.
    pub opened_at: Instant,
    /// That the present holder has taken it up.
    pub acknowledgement: Option<Acknowledgement>,
    /// When anybody first took it up; stays when the holder changes.
    pub first_acknowledged_at: Option<Instant>,
    /// What was promised for the whole of it.
    pub promises: Promises,
    /// That its clocks stand.
    pub pause: Option<Pause>,
    /// For how long they stood before, in microseconds, by reason.
    pub paused: BTreeMap<String, i64>,
    /// Until when it is put aside; its clocks run all the same.
    pub snoozed_until: Option<Instant>,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// Who last acted on it, as far as it was a person.
    pub acted: Option<Person>,
    /// Grows with every happening; what a caller must have seen.
    pub version: i64,
    /// Instant of the last happening; time never runs backwards in a ticket.
    pub changed_at: Instant,
}

/// What was promised for the whole of a ticket, each by its clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promises {
    /// Until somebody takes it up; stands once somebody has.
    pub response: Option<Deadline>,
    /// Until nothing is left to do; stands once nothing is.
    pub resolution: Option<Deadline>,
}

/// That the clocks of a ticket stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why: a reason that the procedure allows.
    pub reason: String,
    /// Since when.
    pub since: Instant,
    /// When they run again of themselves.
    pub until: Instant,
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
    /// A person has it go on under another version of its procedure.
    Migrate {
        /// Who.
        person: Person,
        /// The version of the ticket that the person looked at; absent where any will do.
        seen: Option<i64>,
        /// The version of the procedure.
        sop: Arc<Sop>,
        /// Whether deadlines that run become those of the new version.
        deadlines: bool,
        /// Why.
        reason: String,
    },
    /// An automation has answered, or will not.
    Answered {
        /// The call.
        call: Call,
        /// What it said; else why there is no answer, in one sentence.
        answer: Result<Answer, String>,
    },
    /// The order's facts say that a step is done.
    Met(Awaited),
    /// This service gives a step to somebody of the department that has it.
    Assign {
        /// Index of the step.
        step: usize,
        /// Who has had it; when that is somebody else by then, nothing changes.
        from: Holder,
        /// Who gets it.
        to: Holder,
        /// Why.
        reason: String,
    },
    /// Some instant has come that it waited for.
    Wake,
}

/// What a command leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The ticket afterwards; absent when there is none to open.
    pub ticket: Option<Ticket>,
    /// What happened, in order.
    pub effects: Vec<Happening>,
}

/// Decides what a command leads to. Whatever had come due before is told first, at its own
/// instant, so that it does not matter when the service came to look.
///
/// # Errors
/// A [`Refusal`] when a person's act is not possible. Nothing else is ever refused; what comes
/// too late changes nothing.
pub fn decide(
    state: Option<Ticket>,
    command: Command,
    office: &Office,
    now: Instant,
) -> Result<Decision, Refusal> {
    let Some(ticket) = state else {
        return match command {
            Command::Report { report, sop } => Ok(report::open(&report, sop, office, now)),
            Command::Act { .. } | Command::Migrate { .. } => Err(Refusal::Unknown),
            Command::Assign { .. } | Command::Answered { .. } | Command::Met(_) | Command::Wake => {
                Ok(Decision::nothing(None))
            }
        };
    };
    if let Command::Act { seen, .. } | Command::Migrate { seen, .. } = &command {
        ticket.must_be_seen(*seen)?;
    }
    let mut pen = Pen::new(ticket, office, now);
    pen.catch_up();
    match command {
        Command::Report { report, .. } => report::follow(&mut pen, report),
        Command::Act {
            person, act, note, ..
        } => act::perform(&mut pen, person, act, &note)?,
        Command::Migrate {
            person,
            sop,
            deadlines,
            reason,
            ..
        } => migrate::migrate(&mut pen, person, &sop, deadlines, &reason)?,
        Command::Answered { call, answer } => pen.hear_answer(&call, answer),
        Command::Met(awaited) => pen.hear_facts(&awaited),
        Command::Assign {
            step,
            from,
            to,
            reason,
        } => pen.assign(step, &from, to, &reason),
        Command::Wake => {}
    }
    Ok(pen.done())
}

impl Decision {
    fn nothing(ticket: Option<Ticket>) -> Self {
        Self {
            ticket,
            effects: Vec::new(),
        }
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

    /// The step that is, or was last, answered for.
    #[must_use]
    pub fn step(&self) -> &Step {
        &self.sop.steps[self.current]
    }

    /// The steps that are worked on, each with its index, in the order of the procedure. The
    /// holder of the first of them answers for the ticket.
    pub fn active(&self) -> impl Iterator<Item = (usize, &Active)> {
        self.steps
            .iter()
            .enumerate()
            .filter_map(|(index, progress)| Some((index, progress.active()?)))
    }

    /// Who answers, or answered last.
    #[must_use]
    pub fn holder(&self) -> &Holder {
        self.ledger.last_holder().unwrap_or(&self.step().holder)
    }

    /// When the first of its running steps is due; absent once resolved and while clocks stand.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        self.steps.iter().filter_map(Progress::due_at).min()
    }

    /// The soonest of all deadlines that run: of its steps, of the response and of the resolution.
    #[must_use]
    pub fn deadline_at(&self) -> Option<Instant> {
        let promises = [&self.promises.response, &self.promises.resolution];
        let promised = promises
            .into_iter()
            .flatten()
            .filter_map(|it| it.clock.due_at());
        self.due_at().into_iter().chain(promised).min()
    }

    /// Whether a step that is worked on is past due.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.active().any(|(_, active)| active.deadline.missed)
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
