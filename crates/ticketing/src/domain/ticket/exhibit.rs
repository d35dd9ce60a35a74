//! Files attached to a ticket, as its history tells of them.

use super::{Actor, Holder, Pen, Person, Refusal, pen::About};
use crate::domain::{roster::Role, transition::Transition};

impl Pen<'_> {
    /// Tells that somebody attached a file.
    pub(super) fn attach(
        &mut self,
        person: &Person,
        step: Option<&str>,
        what: &str,
        note: &str,
    ) -> Result<(), Refusal> {
        let step = self.ticket.step_named(step)?;
        self.may_prove(person, step)?;
        let about = About {
            step: Some(step),
            note,
            ..About::default()
        };
        let actor = Actor::Person(person.clone());
        let reason = format!("{what} is attached");
        self.tell_about(Transition::EvidenceAttached, &actor, &reason, about);
        Ok(())
    }

    /// Tells that somebody removed the content of one.
    pub(super) fn detach(
        &mut self,
        person: &Person,
        step: &str,
        what: &str,
        reason: &str,
    ) -> Result<(), Refusal> {
        self.has_role(person, Role::Supervisor)?;
        let about = About {
            // A newer version of the procedure may have none of that name.
            step: self.ticket.step_named(Some(step)).ok(),
            ..About::default()
        };
        let actor = Actor::Person(person.clone());
        let reason = format!("{what} is removed: {reason}");
        self.tell_about(Transition::EvidenceRemoved, &actor, &reason, about);
        Ok(())
    }

    /// The person does the work of a department that this is between, or is to decide it.
    fn may_prove(&self, person: &Person, step: usize) -> Result<(), Refusal> {
        let active = self.ticket.steps[step].active();
        let offer = active.and_then(|active| active.offer.as_ref());
        let holders: [Option<&Holder>; 3] = [
            Some(self.ticket.holder()),
            Some(active.map_or(&self.ticket.sop.steps[step].holder, |it| &it.holder)),
            offer.map(|offer| &offer.to),
        ];
        let mut parties = holders.into_iter().flatten();
        let is_party = parties.any(|holder| self.may_act_for(person, holder).is_ok());
        if is_party || self.is_arbiter(person).is_ok() {
            return Ok(());
        }
        let department = self.ticket.holder().department();
        Err(Refusal::NotPermitted {
            who: person.as_str().to_owned(),
            needs: format!(
                "it is for the people of {department}, of who is asked to take the step, the \
                 arbiter and supervisors"
            ),
        })
    }
}
