//! One act on many tickets, and how it is taken back.

use thiserror::Error;
use uuid::Uuid;

use super::{
    Instant,
    id::TicketId,
    ticket::{Act, Ticket},
};

/// Most tickets of one.
pub const MOST_TICKETS: usize = 100_000;

/// One ticket of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The ticket.
    pub ticket: TicketId,
    /// The version that was looked at; absent where any will do.
    pub seen: Option<i64>,
}

/// How far one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// Its id.
    pub id: Uuid,
    /// Login of who asked for it.
    pub actor: String,
    /// What is done; absent in one that takes another back.
    pub act: Option<Act>,
    /// What was written beside it.
    pub note: String,
    /// The one that it takes back.
    pub undoes: Option<Uuid>,
    /// The one that takes it back.
    pub undone_by: Option<Uuid>,
    /// How many tickets there are.
    pub total: i32,
    /// With how many it was done.
    pub done: i32,
    /// How many refused.
    pub refused: i32,
    /// When it was asked for.
    pub began_at: Instant,
    /// When the last ticket was through.
    pub ended_at: Option<Instant>,
}

/// What became of one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its turn has yet to come.
    Waiting,
    /// It was done.
    Done {
        /// The ticket's version right after.
        version: i64,
        /// What takes it back, where anything does.
        undo: Option<Act>,
    },
    /// It was not possible.
    Refused {
        /// The error's code.
        code: String,
        /// The error.
        refusal: String,
    },
}

/// Why many tickets cannot be acted on so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BulkRefusal {
    /// There is none of this id.
    #[error("there is no bulk operation {0}")]
    Unknown(Uuid),
    /// The id was used for something else.
    #[error("bulk operation {0} is another one: make up an id of its own for each")]
    Other(Uuid),
    /// There is nothing to act on.
    #[error("no ticket is meant: none passes the filter, or none of the group is open")]
    Nothing,
    /// It would be too much.
    #[error("more than {MOST_TICKETS} tickets are meant: choose fewer")]
    TooMany,
    /// It has yet to end.
    #[error("bulk operation {0} still goes on: wait for its end before you take it back")]
    GoesOn(Uuid),
    /// It was taken back already.
    #[error("bulk operation {id} was taken back by {by}")]
    Undone {
        /// The one.
        id: Uuid,
        /// What took it back.
        by: Uuid,
    },
    /// Nothing of it can be taken back.
    #[error(
        "nothing of bulk operation {0} can be taken back: only claims, handing over, pauses and \
         putting aside can"
    )]
    Final(Uuid),
}

/// What takes an act back that made `after` of `before`, where anything does.
#[must_use]
pub fn undo(act: &Act, before: &Ticket, after: &Ticket) -> Option<Act> {
    match act {
        Act::Claim { step } | Act::HandOver { step, .. } => {
            placed_back(step.as_deref(), before, after)
        }
        Act::Pause { .. } => Some(Act::Resume),
        Act::Snooze { .. } => Some(match before.snoozed_until {
            Some(until) if until > after.changed_at => Act::Snooze { until },
            _ => Act::Unsnooze,
        }),
        _ => None,
    }
}

/// Has a step go back to who had it, or the other department no longer asked to take it.
fn placed_back(step: Option<&str>, before: &Ticket, after: &Ticket) -> Option<Act> {
    let index = before.step_named(step).ok()?;
    let name = before.sop.steps[index].name.clone();
    let (was, is) = (before.steps[index].active()?, after.steps[index].active()?);
    let step = Some(name);
    match (&was.offer, &is.offer) {
        (None, Some(_)) => Some(Act::Withdraw { step }),
        _ if was.holder != is.holder => Some(Act::HandOver {
            step,
            to: was.holder.clone(),
            reason: "what was done with many tickets is taken back".to_owned(),
        }),
        _ => None,
    }
}
