//! Handing a step to another department, which takes it or does not.

use super::{Active, Actor, Holder, Pen, Person, Refusal, pen::About};
use crate::domain::{
    step::Offer,
    transition::{PushBack, Transition},
};

impl Pen<'_> {
    /// Asks another department to take a step. Within a department nobody has to be asked.
    pub(super) fn hand_over(
        &mut self,
        person: &Person,
        step: Option<&str>,
        to: Holder,
        reason: &str,
        note: &str,
    ) -> Result<(), Refusal> {
        let step = self.ticket.step_named(step)?;
        let active = self.ticket.worked_on(step)?;
        self.may_act_for(person, &active.holder)?;
        if active.holder == to {
            return Err(Refusal::SameHolder { holder: to });
        }
        let actor = Actor::Person(person.clone());
        if active.holder.department() == to.department() {
            self.place(step, to, &actor, reason, note);
            return Ok(());
        }
        if let Some(offer) = &active.offer {
            return Err(Refusal::AlreadyOffered {
                to: offer.to.clone(),
                at: offer.asked_at,
            });
        }
        let within = &self.ticket.sop.terms.hand_over.answer_within;
        let offer = Offer {
            to,
            by: person.as_str().to_owned(),
            reason: reason.to_owned(),
            asked_at: self.at,
            answer_by: within.after(self.at, self.office),
            with_arbiter: false,
        };
        if let Some(active) = self.ticket.steps[step].active_mut() {
            active.offer = Some(offer);
        }
        self.tell_about(Transition::Offered, &actor, reason, about(step, note));
        Ok(())
    }

    /// The other side takes the step: its clock goes on, and another department answers for it.
    pub(super) fn accept(
        &mut self,
        person: &Person,
        step: Option<&str>,
        note: &str,
    ) -> Result<(), Refusal> {
        let (step, _, offer) = self.offered(step)?;
        self.may_act_for(person, &offer.to)?;
        self.take(step, &offer, &Actor::Person(person.clone()), note, true);
        Ok(())
    }

    /// The other side does not take the step.
    pub(super) fn reject(
        &mut self,
        person: &Person,
        step: Option<&str>,
        reason: &str,
        note: &str,
    ) -> Result<(), Refusal> {
        let (step, _, offer) = self.offered(step)?;
        self.may_act_for(person, &offer.to)?;
        if offer.with_arbiter {
            return Err(Refusal::WithArbiter {
                since: offer.answer_by,
                arbiter: self.ticket.sop.terms.hand_over.arbiter.clone(),
            });
        }
        self.push_back(step, &offer, &Actor::Person(person.clone()), reason, note);
        Ok(())
    }

    /// Who asked no longer does.
    pub(super) fn withdraw(
        &mut self,
        person: &Person,
        step: Option<&str>,
        note: &str,
    ) -> Result<(), Refusal> {
        let (step, holder, offer) = self.offered(step)?;
        self.may_act_for(person, &holder)?;
        if let Some(active) = self.ticket.steps[step].active_mut() {
            active.offer = None;
        }
        let reason = format!("{} need not take it", offer.to);
        let actor = Actor::Person(person.clone());
        self.tell_about(Transition::Withdrawn, &actor, &reason, about(step, note));
        Ok(())
    }

    /// The arbiter decides who has the step, when the other side was silent.
    pub(super) fn arbitrate(
        &mut self,
        person: &Person,
        step: Option<&str>,
        must_take: bool,
        reason: &str,
    ) -> Result<(), Refusal> {
        let (step, _, offer) = self.offered(step)?;
        self.is_arbiter(person)?;
        if !offer.with_arbiter {
            return Err(Refusal::NotWithArbiter {
                to: offer.to,
                until: offer.answer_by,
            });
        }
        let actor = Actor::Person(person.clone());
        if must_take {
            self.take(step, &offer, &actor, reason, false);
        } else {
            self.push_back(step, &offer, &actor, reason, "");
        }
        Ok(())
    }

    /// The other side was silent for too long.
    pub(super) fn refer(&mut self, step: usize) {
        let arbiter = self.ticket.sop.terms.hand_over.arbiter.clone();
        let active = self.ticket.steps[step].active_mut();
        if let Some(offer) = active.and_then(|it| it.offer.as_mut()) {
            offer.with_arbiter = true;
            let reason = format!("{} did not answer: {arbiter} decides", offer.to);
            self.tell_about(
                Transition::Referred,
                &Actor::Service,
                &reason,
                about(step, ""),
            );
        }
    }

    /// Gives a step to somebody in the department that has it.
    pub(super) fn place(
        &mut self,
        step: usize,
        to: Holder,
        actor: &Actor,
        reason: &str,
        note: &str,
    ) {
        if let Some(active) = self.ticket.steps[step].active_mut() {
            active.holder = to.clone();
        }
        if self.ticket.current == step {
            self.give_to(to, reason);
        }
        self.tell_about(Transition::Assigned, actor, reason, about(step, note));
    }

    /// Who accepts has taken the ticket up; who was made to take it has yet to.
    fn take(&mut self, step: usize, offer: &Offer, actor: &Actor, note: &str, taken_up: bool) {
        let Some(active) = self.ticket.steps[step].active_mut() else {
            return;
        };
        let giver = active.holder.department().to_owned();
        let goes_back = active.taken_from.as_deref() == Some(offer.to.department());
        let push_back = goes_back.then(|| PushBack {
            from: giver.clone(),
            to: offer.to.department().to_owned(),
        });
        active.holder = offer.to.clone();
        active.taken_from = Some(giver);
        active.offer = None;
        if self.ticket.current == step {
            self.give_to(offer.to.clone(), &offer.reason);
            if taken_up {
                self.take_up(actor.name());
            }
        }
        let told = About {
            push_back,
            ..about(step, note)
        };
        self.tell_about(Transition::HandedOver, actor, &offer.reason, told);
    }

    fn push_back(&mut self, step: usize, offer: &Offer, actor: &Actor, reason: &str, note: &str) {
        let Some(active) = self.ticket.steps[step].active_mut() else {
            return;
        };
        active.offer = None;
        let push_back = PushBack {
            from: offer.to.department().to_owned(),
            to: active.holder.department().to_owned(),
        };
        let told = About {
            push_back: Some(push_back),
            ..about(step, note)
        };
        self.tell_about(Transition::Rejected, actor, reason, told);
    }

    /// The step, who has it, and whom they asked to take it.
    fn offered(&self, step: Option<&str>) -> Result<(usize, Holder, Offer), Refusal> {
        let step = self.ticket.step_named(step)?;
        let Active { holder, offer, .. } = self.ticket.worked_on(step)?;
        match offer {
            Some(offer) => Ok((step, holder.clone(), offer.clone())),
            None => Err(Refusal::NotOffered {
                step: self.ticket.sop.steps[step].name.clone(),
            }),
        }
    }
}

fn about(step: usize, note: &str) -> About<'_> {
    About {
        step: Some(step),
        note,
        ..About::default()
    }
}
