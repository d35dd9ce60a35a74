//! What a person may do with a ticket.

use super::{Acknowledgement, Actor, Decision, Holder, Pen, Person, Progress, Refusal, Ticket};
use crate::domain::transition::Transition;

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Takes it up.
    Acknowledge,
    /// Says that a step is done. Steps before it that are not mandatory are
    /// left out.
    Complete {
        /// Name of the step, so that a stale click cannot complete the next.
        step: String,
        /// What came of it.
        outcome: String,
    },
    /// Makes somebody else accountable.
    HandOver {
        /// Whom.
        to: Holder,
        /// Why.
        reason: String,
    },
    /// Ends it, once every mandatory step is done.
    Resolve {
        /// Why.
        reason: String,
    },
    /// Writes something beside it.
    Comment,
}

pub(super) fn perform(
    mut pen: Pen,
    person: Person,
    act: Act,
    note: &str,
) -> Result<Decision, Refusal> {
    if act != Act::Comment {
        must_be_open(&pen.ticket)?;
    }
    let actor = Actor::Person(person.clone());
    pen.ticket.acted = Some(person);
    match act {
        Act::Acknowledge => acknowledge(&mut pen, &actor, note)?,
        Act::Complete { step, outcome } => complete(&mut pen, &actor, &step, &outcome, note)?,
        Act::HandOver { to, reason } => hand_over(&mut pen, &actor, to, &reason, note)?,
        Act::Resolve { reason } => {
            nothing_mandatory_left(&pen.ticket, 0..pen.ticket.steps.len())?;
            pen.resolve(&actor, &reason, note);
        }
        Act::Comment => pen.tell(Transition::Commented, &actor, "comment", note),
    }
    Ok(pen.done())
}

fn acknowledge(pen: &mut Pen, actor: &Actor, note: &str) -> Result<(), Refusal> {
    if let Some(earlier) = &pen.ticket.acknowledgement {
        return Err(Refusal::Acknowledged {
            at: earlier.at,
            by: earlier.by.clone(),
        });
    }
    let by = actor.name().to_owned();
    pen.ticket.acknowledgement = Some(Acknowledgement { at: pen.at, by });
    pen.ticket.first_acknowledged_at.get_or_insert(pen.at);
    pen.tell(Transition::Acknowledged, actor, "taken up", note);
    Ok(())
}

fn complete(
    pen: &mut Pen,
    actor: &Actor,
    step: &str,
    outcome: &str,
    note: &str,
) -> Result<(), Refusal> {
    let index = workable_step(&pen.ticket, step)?;
    nothing_mandatory_left(&pen.ticket, pen.ticket.current..index)?;
    let current = pen.ticket.current;
    pen.ticket.steps[current..index].fill(Progress::Skipped);
    let expected = pen.ticket.sop.steps[index].expected;
    let done = pen.ticket.steps[index].finish(pen.at, expected, actor.name(), outcome);
    pen.ticket.steps[index] = done;
    pen.ticket.current = index;
    let reason = match outcome {
        "" => format!("step {step} is done"),
        outcome => format!("step {step} is done: {outcome}"),
    };
    advance(pen, actor, &reason, note);
    Ok(())
}

/// Goes on to the next step and its holder, or ends the ticket after the last.
fn advance(pen: &mut Pen, actor: &Actor, reason: &str, note: &str) {
    let next = pen.ticket.current + 1;
    let Some(step) = pen.ticket.sop.steps.get(next).cloned() else {
        pen.tell(Transition::StepCompleted, actor, reason, note);
        return pen.resolve(actor, "every step is done", "");
    };
    pen.start_step(next);
    let why = format!("step {} began", step.name);
    let changes_hands = pen.give_to(step.holder, &why);
    pen.tell(Transition::StepCompleted, actor, reason, note);
    if changes_hands {
        pen.tell(Transition::Assigned, actor, &why, "");
    }
}

fn hand_over(
    pen: &mut Pen,
    actor: &Actor,
    to: Holder,
    reason: &str,
    note: &str,
) -> Result<(), Refusal> {
    if !pen.give_to(to, reason) {
        return Err(Refusal::SameHolder {
            holder: pen.ticket.holder().clone(),
        });
    }
    pen.tell(Transition::HandedOver, actor, reason, note);
    Ok(())
}

fn must_be_open(ticket: &Ticket) -> Result<(), Refusal> {
    match &ticket.resolution {
        Some(end) => Err(Refusal::Resolved {
            at: end.at,
            by: end.by.clone(),
            reason: end.reason.clone(),
        }),
        None => Ok(()),
    }
}

fn workable_step(ticket: &Ticket, step: &str) -> Result<usize, Refusal> {
    let over = |how: String| Refusal::StepOver {
        step: step.to_owned(),
        how,
    };
    let index = ticket
        .sop
        .position(step)
        .ok_or_else(|| Refusal::NoSuchStep {
            sop: ticket.sop.name.clone(),
            step: step.to_owned(),
            known: names(ticket, 0..ticket.steps.len()),
        })?;
    match &ticket.steps[index] {
        Progress::Done {
            completed_at,
            completed_by,
            ..
        } => Err(over(format!("done, at {completed_at} by {completed_by}"))),
        Progress::Skipped => Err(over("left out".to_owned())),
        Progress::Pending | Progress::Active { .. } => Ok(index),
    }
}

fn nothing_mandatory_left(ticket: &Ticket, range: std::ops::Range<usize>) -> Result<(), Refusal> {
    let left = range.filter(|&i| ticket.sop.steps[i].mandatory && !ticket.steps[i].is_done());
    let steps = names(ticket, left);
    if steps.is_empty() {
        Ok(())
    } else {
        Err(Refusal::MandatoryStepsLeft { steps })
    }
}

fn names(ticket: &Ticket, indexes: impl Iterator<Item = usize>) -> String {
    indexes
        .map(|i| ticket.sop.steps[i].name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
