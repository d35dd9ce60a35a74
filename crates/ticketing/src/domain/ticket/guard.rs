//! What nobody gets past, on whichever way they come.

use super::{Active, Holder, Pen, Person, Refusal, Ticket};
use crate::domain::{roster::Role, step::Progress};

impl Ticket {
    pub(super) fn must_be_open(&self) -> Result<(), Refusal> {
        match &self.resolution {
            Some(end) => Err(Refusal::Resolved {
                at: end.at,
                by: end.by.clone(),
                reason: end.reason.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The step of that name, or that which is answered for when none is named.
    pub(in crate::domain) fn step_named(&self, step: Option<&str>) -> Result<usize, Refusal> {
        let Some(name) = step else {
            return Ok(self.current);
        };
        self.sop.position(name).ok_or_else(|| Refusal::NoSuchStep {
            sop: self.sop.name.clone(),
            step: name.to_owned(),
            known: self.names(0..self.steps.len()),
        })
    }

    /// The step as it is worked on.
    pub(super) fn worked_on(&self, step: usize) -> Result<&Active, Refusal> {
        let how = match &self.steps[step] {
            Progress::Active(active) => return Ok(active),
            Progress::Done(done) => {
                let (at, by) = (done.completed_at, &done.completed_by);
                format!("already done, at {at} by {by}")
            }
            Progress::Skipped => "already left out".to_owned(),
            Progress::Waiting => "waiting for the steps beside it".to_owned(),
            Progress::Pending | Progress::Halted(_) => "not begun".to_owned(),
        };
        Err(Refusal::StepNotActive {
            step: self.sop.steps[step].name.clone(),
            how,
        })
    }

    /// No mandatory step is worked on, or can still be reached.
    pub(super) fn nothing_mandatory_left(&self) -> Result<(), Refusal> {
        let active: Vec<usize> = self.active().map(|(index, _)| index).collect();
        let mut ahead = vec![false; self.steps.len()];
        for step in active.iter().copied().chain(self.sop.reached(&active)) {
            ahead[step] = true;
        }
        let left = (0..self.steps.len()).filter(|&step| {
            ahead[step] && !self.sop.steps[step].is_optional() && !self.steps[step].is_done()
        });
        self.none_of(left)
    }

    pub(super) fn none_of(&self, left: impl Iterator<Item = usize>) -> Result<(), Refusal> {
        let steps = self.names(left);
        if steps.is_empty() {
            Ok(())
        } else {
            Err(Refusal::MandatoryStepsLeft { steps })
        }
    }

    pub(super) fn names(&self, steps: impl Iterator<Item = usize>) -> String {
        steps
            .map(|step| self.sop.steps[step].name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Pen<'_> {
    /// The person does the work of this holder's department.
    pub(super) fn may_act_for(&self, person: &Person, holder: &Holder) -> Result<(), Refusal> {
        let (who, department) = (person.as_str(), holder.department());
        if self.office.roster().may_act_for(who, department) {
            return Ok(());
        }
        Err(Refusal::NotPermitted {
            who: who.to_owned(),
            needs: format!("it is for the people of {department}, or a supervisor"),
        })
    }

    /// The person is the arbiter whom the procedure names, or has the role.
    pub(super) fn is_arbiter(&self, person: &Person) -> Result<(), Refusal> {
        let named = &self.ticket.sop.terms.hand_over.arbiter;
        if named.assignee() == person.as_str() {
            return Ok(());
        }
        self.has_role(person, Role::Arbiter)
    }

    /// The person has a role.
    pub(super) fn has_role(&self, person: &Person, role: Role) -> Result<(), Refusal> {
        if self.office.roster().has_role(person.as_str(), role) {
            return Ok(());
        }
        Err(Refusal::NotPermitted {
            who: person.as_str().to_owned(),
            needs: format!("it takes the role {} in a team", role.as_str()),
        })
    }
}
