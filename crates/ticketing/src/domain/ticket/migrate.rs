//! Going on under another version of the procedure.

use std::sync::Arc;

use super::{Actor, Pen, Person, Progress, Refusal, Sop};
use crate::domain::{roster::Role, transition::Transition};

/// Takes progress over by the names of the steps. Deadlines that run stay as they are, unless
/// they are to become those of the new version; what was used of them stays used.
pub(super) fn migrate(
    pen: &mut Pen,
    person: Person,
    sop: &Arc<Sop>,
    deadlines: bool,
    reason: &str,
) -> Result<(), Refusal> {
    pen.ticket.must_be_open()?;
    pen.has_role(&person, Role::Supervisor)?;
    let old = std::mem::replace(&mut pen.ticket.sop, Arc::clone(sop));
    let mut steps = vec![Progress::Pending; sop.steps.len()];
    for (template, progress) in old.steps.iter().zip(&pen.ticket.steps) {
        match sop.position(&template.name) {
            Some(index) => steps[index] = progress.clone(),
            None if progress.is_active() || *progress == Progress::Waiting => {
                return Err(Refusal::StepIsGone {
                    sop: sop.name.clone(),
                    version: sop.version,
                    step: template.name.clone(),
                });
            }
            None => {}
        }
    }
    pen.ticket.steps = steps;
    pen.follow_lead();
    if deadlines {
        adopt_deadlines(pen, sop);
    }
    let reason = format!("version {} of sop {}: {reason}", sop.version, sop.name);
    pen.tell(Transition::Migrated, &Actor::Person(person), &reason, "");
    for step in 0..sop.steps.len() {
        if sop.steps[step].automation.is_none() {
            pen.fail(step, "this version of the procedure leaves it to people");
        }
    }
    Ok(())
}

fn adopt_deadlines(pen: &mut Pen, sop: &Sop) {
    let (at, office) = (pen.at, pen.office);
    let ticket = &mut pen.ticket;
    for (template, progress) in sop.steps.iter().zip(&mut ticket.steps) {
        if let Some(active) = progress.active_mut() {
            active
                .deadline
                .clock
                .allow(template.allowance(), at, office);
        }
    }
    let promises = &mut ticket.promises;
    for (deadline, allowance) in [
        (&mut promises.response, &sop.terms.response),
        (&mut promises.resolution, &sop.terms.resolution),
    ] {
        if let (Some(deadline), Some(allowance)) = (deadline, allowance) {
            deadline.clock.allow(allowance.clone(), at, office);
        }
    }
    for step in 0..ticket.steps.len() {
        pen.set_reminder(step);
    }
}
