//! What a person may do with a ticket.

use serde::{Deserialize, Serialize};

use super::{Actor, Holder, Instant, Pen, Person, Progress, Refusal, finish::Told, pen::About};
use crate::domain::{field::Filled, roster::Role, span::Span, transition::Transition};

/// What a person does. Where a step may be named, none means that which is answered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Takes it up.
    Acknowledge,
    /// Takes it up, and wishes it to come back unless it is resolved by then.
    AcknowledgeFor {
        /// How long.
        come_back: Span,
    },
    /// Takes it up and answers for the step in person.
    Claim {
        /// Name of the step.
        step: Option<String>,
    },
    /// Says that a step is done. Steps before it that are not mandatory are
    /// left out.
    Complete {
        /// Name of the step, so that a stale click cannot complete the next.
        step: String,
        /// What came of it; the first outcome of the step unless said.
        outcome: String,
        /// What was filled in.
        fields: Filled,
    },
    /// Leaves a step out that cannot be; a supervisor's right.
    Skip {
        /// Name of the step.
        step: String,
        /// Why.
        reason: String,
    },
    /// Gives a step to somebody of the same department, or asks another to take it.
    HandOver {
        /// Name of the step.
        step: Option<String>,
        /// Whom.
        to: Holder,
        /// Why.
        reason: String,
    },
    /// Takes a step that the department was asked to take.
    Accept {
        /// Name of the step.
        step: Option<String>,
    },
    /// Does not take it.
    Reject {
        /// Name of the step.
        step: Option<String>,
        /// Why.
        reason: String,
    },
    /// Asks no longer.
    Withdraw {
        /// Name of the step.
        step: Option<String>,
    },
    /// Decides who has a step, when the department that was asked is silent.
    Arbitrate {
        /// Name of the step.
        step: Option<String>,
        /// Whether it has to take the step.
        must_take: bool,
        /// Why.
        reason: String,
    },
    /// Stops clocks for a reason that the procedure allows.
    Pause {
        /// The reason.
        reason: String,
    },
    /// Lets them run again.
    Resume,
    /// Puts it aside until an instant.
    Snooze {
        /// Until when.
        until: Instant,
    },
    /// Takes it up again before then.
    Unsnooze,
    /// Ends it, once every mandatory step is done.
    Resolve {
        /// Why.
        reason: String,
        /// Ends it all the same; a supervisor's right.
        past_mandatory: bool,
    },
    /// Writes something beside it.
    Comment,
    /// Attaches a file to it, also when it is resolved: proof often comes afterwards.
    Attach {
        /// Name of the step that it is about.
        step: Option<String>,
        /// The file, in a few words.
        what: String,
    },
    /// Removes the content of one; a supervisor's right.
    Detach {
        /// Name of the step that it was about.
        step: String,
        /// The file, in a few words.
        what: String,
        /// Why.
        reason: String,
    },
}

impl Act {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledge | Self::AcknowledgeFor { .. } => "acknowledge",
            Self::Claim { .. } => "claim",
            Self::Complete { .. } => "complete",
            Self::Skip { .. } => "skip",
            Self::HandOver { .. } => "hand-over",
            Self::Accept { .. } => "accept",
            Self::Reject { .. } => "reject",
            Self::Withdraw { .. } => "withdraw",
            Self::Arbitrate { .. } => "arbitrate",
            Self::Pause { .. } => "pause",
            Self::Resume => "resume",
            Self::Snooze { .. } => "snooze",
            Self::Unsnooze => "unsnooze",
            Self::Resolve { .. } => "resolve",
            Self::Comment => "comment",
            Self::Attach { .. } => "attach",
            Self::Detach { .. } => "detach",
        }
    }

    /// Whether it can be done to a ticket that is resolved.
    fn is_possible_afterwards(&self) -> bool {
        matches!(
            self,
            Self::Comment | Self::Attach { .. } | Self::Detach { .. }
        )
    }
}

pub(super) fn perform(pen: &mut Pen, person: Person, act: Act, note: &str) -> Result<(), Refusal> {
    if !act.is_possible_afterwards() {
        pen.ticket.must_be_open()?;
    }
    pen.ticket.acted = Some(person.clone());
    match act {
        Act::Acknowledge => acknowledge(pen, &person, None, note),
        Act::AcknowledgeFor { come_back } => acknowledge(pen, &person, Some(come_back), note),
        Act::Claim { step } => claim(pen, &person, step.as_deref(), note),
        Act::Complete {
            step,
            outcome,
            fields,
        } => complete(pen, &person, &step, &outcome, &fields, note),
        Act::Skip { step, reason } => skip(pen, &person, &step, &reason, note),
        Act::HandOver { step, to, reason } => {
            pen.hand_over(&person, step.as_deref(), to, &reason, note)
        }
        Act::Accept { step } => pen.accept(&person, step.as_deref(), note),
        Act::Reject { step, reason } => pen.reject(&person, step.as_deref(), &reason, note),
        Act::Withdraw { step } => pen.withdraw(&person, step.as_deref(), note),
        Act::Arbitrate {
            step,
            must_take,
            reason,
        } => pen.arbitrate(&person, step.as_deref(), must_take, &reason),
        Act::Pause { reason } => {
            pen.may_act_for(&person, &pen.ticket.holder().clone())?;
            pen.pause(&Actor::Person(person), &reason, note)
        }
        Act::Resume => resume(pen, person, note),
        Act::Snooze { until } => snooze(pen, person, until, note),
        Act::Unsnooze => unsnooze(pen, person, note),
        Act::Resolve {
            reason,
            past_mandatory,
        } => resolve(pen, person, &reason, past_mandatory, note),
        Act::Attach { step, what } => pen.attach(&person, step.as_deref(), &what, note),
        Act::Detach { step, what, reason } => pen.detach(&person, &step, &what, &reason),
        Act::Comment => {
            pen.tell(
                Transition::Commented,
                &Actor::Person(person),
                "comment",
                note,
            );
            Ok(())
        }
    }
}

fn acknowledge(
    pen: &mut Pen,
    person: &Person,
    come_back: Option<Span>,
    note: &str,
) -> Result<(), Refusal> {
    if let Some(earlier) = &pen.ticket.acknowledgement {
        return Err(Refusal::Acknowledged {
            at: earlier.at,
            by: earlier.by.clone(),
        });
    }
    pen.may_act_for(person, &pen.ticket.holder().clone())?;
    pen.take_up(person.as_str());
    let actor = Actor::Person(person.clone());
    let back = come_back.map(|wait| format!(", and comes back in {wait} unless it is resolved"));
    let reason = format!("taken up{}", back.unwrap_or_default());
    let about = About {
        note,
        come_back,
        ..About::default()
    };
    pen.tell_about(Transition::Acknowledged, &actor, &reason, about);
    Ok(())
}

fn claim(pen: &mut Pen, person: &Person, step: Option<&str>, note: &str) -> Result<(), Refusal> {
    let step = pen.ticket.step_named(step)?;
    let holder = pen.ticket.worked_on(step)?.holder.clone();
    pen.may_act_for(person, &holder)?;
    let mine = holder.with_assignee(person.as_str());
    if mine == holder {
        return acknowledge(pen, person, None, note);
    }
    let actor = Actor::Person(person.clone());
    let reason = format!("claimed by {}", person.as_str());
    pen.place(step, mine, &actor, &reason, note);
    if pen.ticket.current == step {
        pen.take_up(person.as_str());
        pen.tell(Transition::Acknowledged, &actor, "taken up", "");
    }
    Ok(())
}

fn complete(
    pen: &mut Pen,
    person: &Person,
    step: &str,
    outcome: &str,
    filled: &Filled,
    note: &str,
) -> Result<(), Refusal> {
    let index = pen.ticket.step_named(Some(step))?;
    reach(pen, index)?;
    let holder = pen.ticket.worked_on(index)?.holder.clone();
    pen.may_act_for(person, &holder)?;
    let actor = Actor::Person(person.clone());
    let told = Told {
        note,
        ..Told::default()
    };
    pen.finish(index, outcome, filled, &actor, told)
}

/// Leaves out what lies before a step that has not begun, when all of that may be left out.
fn reach(pen: &mut Pen, step: usize) -> Result<(), Refusal> {
    if pen.ticket.steps[step] != Progress::Pending {
        return Ok(());
    }
    let sop = std::sync::Arc::clone(&pen.ticket.sop);
    let ways: Vec<(usize, Option<Vec<usize>>)> = pen
        .ticket
        .active()
        .map(|(active, _)| (active, sop.shortcut(active, step)))
        .collect();
    let optional = |step: &usize| sop.steps[*step].is_optional();
    let way = ways.iter().find_map(|(active, between)| {
        let between = between.as_ref()?;
        optional(active).then(|| (*active, between.clone()))
    });
    let Some((active, between)) = way else {
        let in_the_way = ways
            .iter()
            .map(|(active, _)| *active)
            .filter(|active| !optional(active))
            .chain(ahead_of(pen, step));
        let mut left: Vec<usize> = in_the_way.collect();
        left.sort_unstable();
        left.dedup();
        pen.ticket.none_of(left.into_iter())?;
        return pen.ticket.worked_on(step).map(drop);
    };
    for skipped in between.into_iter().chain([active]) {
        pen.ticket.steps[skipped] = Progress::Skipped;
    }
    pen.begin(&[step]);
    Ok(())
}

/// Mandatory steps between what is worked on and a step.
fn ahead_of(pen: &Pen, step: usize) -> Vec<usize> {
    let sop = &pen.ticket.sop;
    let active: Vec<usize> = pen.ticket.active().map(|(index, _)| index).collect();
    sop.reached(&active)
        .filter(|&between| {
            between != step
                && !sop.steps[between].is_optional()
                && !pen.ticket.steps[between].is_done()
                && sop.leads(between, step)
        })
        .collect()
}

fn skip(
    pen: &mut Pen,
    person: &Person,
    step: &str,
    reason: &str,
    note: &str,
) -> Result<(), Refusal> {
    let index = pen.ticket.step_named(Some(step))?;
    pen.ticket.worked_on(index)?;
    pen.has_role(person, Role::Supervisor)?;
    pen.ticket.steps[index] = Progress::Skipped;
    let next = pen.ticket.sop.past(index);
    let actor = Actor::Person(person.clone());
    let about = About {
        ended: Some(index),
        note,
        overridden: true,
        ..About::default()
    };
    pen.go_on(Transition::StepSkipped, &next, &actor, reason, about);
    Ok(())
}

fn resume(pen: &mut Pen, person: Person, note: &str) -> Result<(), Refusal> {
    pen.may_act_for(&person, &pen.ticket.holder().clone())?;
    if pen.ticket.pause.is_none() {
        return Err(Refusal::NotPaused);
    }
    pen.resume(&Actor::Person(person), "clocks run again", note);
    Ok(())
}

fn snooze(pen: &mut Pen, person: Person, until: Instant, note: &str) -> Result<(), Refusal> {
    pen.may_act_for(&person, &pen.ticket.holder().clone())?;
    let at_most = pen.ticket.sop.terms.snooze;
    if until <= pen.at || until > pen.at + at_most.delta() {
        return Err(Refusal::SnoozeTooLong { at_most });
    }
    pen.ticket.snoozed_until = Some(until);
    let reason = format!("put aside until {}", until.to_rfc3339());
    pen.tell(Transition::Snoozed, &Actor::Person(person), &reason, note);
    Ok(())
}

fn unsnooze(pen: &mut Pen, person: Person, note: &str) -> Result<(), Refusal> {
    pen.may_act_for(&person, &pen.ticket.holder().clone())?;
    let until = pen.ticket.snoozed_until.take();
    if until.is_none_or(|until| until <= pen.at) {
        return Err(Refusal::NotSnoozed);
    }
    let reason = "no longer put aside";
    pen.tell(Transition::Unsnoozed, &Actor::Person(person), reason, note);
    Ok(())
}

fn resolve(
    pen: &mut Pen,
    person: Person,
    reason: &str,
    past_mandatory: bool,
    note: &str,
) -> Result<(), Refusal> {
    pen.may_act_for(&person, &pen.ticket.holder().clone())?;
    let mut about = About {
        note,
        ..About::default()
    };
    if let Err(refusal) = pen.ticket.nothing_mandatory_left() {
        if !past_mandatory {
            return Err(refusal);
        }
        pen.has_role(&person, Role::Supervisor)?;
        about.overridden = true;
    }
    pen.resolve(&Actor::Person(person), reason, about);
    Ok(())
}
