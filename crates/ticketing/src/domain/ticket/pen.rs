//! The hand that writes a decision: a ticket being changed at one instant, and
//! what is to be told about it.

use super::{
    Acknowledgement, Actor, Decision, Happening, Holder, Instant, Office, Resolution, Ticket,
};
use crate::domain::{
    breach::Breach,
    span::Span,
    step::Progress,
    transition::{PushBack, Snapshot, Transition},
};

pub(super) struct Pen<'a> {
    pub(super) ticket: Ticket,
    pub(super) office: &'a Office,
    /// The instant of what is written.
    pub(super) at: Instant,
    /// The instant at which it is written.
    pub(super) now: Instant,
    /// Whether automation did all there was to do.
    pub(super) automated: bool,
    effects: Vec<Happening>,
}

/// What is told beside the transition.
#[derive(Debug, Default)]
pub(super) struct About<'a> {
    /// Index of the step that it is about; that which is answered for unless said.
    pub(super) step: Option<usize>,
    /// Index of the step that ended thereby.
    pub(super) ended: Option<usize>,
    pub(super) note: &'a str,
    pub(super) overridden: bool,
    pub(super) breach: Option<Breach>,
    pub(super) push_back: Option<PushBack>,
    pub(super) come_back: Option<Span>,
}

impl<'a> Pen<'a> {
    /// Takes a ticket up now, or at its last change when the clock is behind.
    pub(super) fn new(ticket: Ticket, office: &'a Office, now: Instant) -> Self {
        let now = now.max(ticket.changed_at);
        Self {
            automated: ticket.is_automated(),
            ticket,
            office,
            at: now,
            now,
            effects: Vec::new(),
        }
    }

    pub(super) fn done(self) -> Decision {
        Decision {
            ticket: Some(self.ticket),
            effects: self.effects,
        }
    }

    /// Writes down what just happened, under the next version.
    pub(super) fn tell(&mut self, transition: Transition, actor: &Actor, reason: &str, note: &str) {
        let about = About {
            note,
            ..About::default()
        };
        self.tell_about(transition, actor, reason, about);
    }

    /// Writes down what just happened, and what it was about.
    pub(super) fn tell_about(
        &mut self,
        transition: Transition,
        actor: &Actor,
        reason: &str,
        about: About,
    ) {
        self.ticket.version += 1;
        self.ticket.changed_at = self.at;
        let snapshot = self.snapshot(about.step, about.breach.as_ref());
        self.effects.push(Happening {
            transition,
            version: self.ticket.version,
            at: self.at,
            actor: actor.clone(),
            reason: reason.to_owned(),
            ended: about.ended,
            note: about.note.to_owned(),
            overridden: about.overridden,
            breach: about.breach,
            push_back: about.push_back,
            come_back: about.come_back,
            snapshot,
        });
    }

    fn snapshot(&self, step: Option<usize>, breach: Option<&Breach>) -> Snapshot {
        let ticket = &self.ticket;
        let step = step.unwrap_or(ticket.current);
        let active = ticket.steps[step].active();
        Snapshot {
            holder: ticket.holder().clone(),
            step,
            due_at: ticket.steps[step].due_at(),
            acknowledged: ticket.acknowledgement.is_some() || ticket.is_automated(),
            automatic: ticket.resolution.as_ref().is_some_and(|it| it.automatic),
            overdue_by: breach.map(|breach| self.now - breach.due_at),
            offered_to: active.and_then(|it| it.offer.as_ref().map(|offer| offer.to.clone())),
        }
    }

    /// Makes somebody accountable from this instant on, who has yet to take it
    /// up. False when they already are.
    pub(super) fn give_to(&mut self, holder: Holder, reason: &str) -> bool {
        if self.ticket.ledger.holder() == Some(&holder) {
            return false;
        }
        self.ticket.ledger.switch(holder, self.at, reason);
        self.ticket.acknowledgement = None;
        true
    }

    /// Notes that somebody took it up: nobody else has to respond.
    pub(super) fn take_up(&mut self, by: &str) {
        self.ticket.acknowledgement = Some(Acknowledgement {
            at: self.at,
            by: by.to_owned(),
        });
        self.ticket.first_acknowledged_at.get_or_insert(self.at);
        if let Some(response) = &mut self.ticket.promises.response {
            response.clock.stop(self.at, self.office);
        }
    }

    /// Stops work on a step, so that it can go on later from where it was.
    pub(super) fn halt(&mut self, step: usize) {
        let (at, office) = (self.at, self.office);
        let progress = &mut self.ticket.steps[step];
        if let Progress::Active(active) = progress {
            active.stop(at, office);
            active.remind_at = None;
            active.offer = None;
            *progress = Progress::Halted(active.clone());
        }
    }

    /// Ends the ticket: clocks stop, and nobody answers any more.
    pub(super) fn resolve(&mut self, actor: &Actor, reason: &str, about: About) {
        self.end_pause();
        let promises = &mut self.ticket.promises;
        for deadline in [&mut promises.response, &mut promises.resolution]
            .into_iter()
            .flatten()
        {
            deadline.clock.stop(self.at, self.office);
        }
        for step in 0..self.ticket.steps.len() {
            self.halt(step);
        }
        self.ticket.ledger.close(self.at);
        self.ticket.snoozed_until = None;
        self.ticket.resolution = Some(Resolution {
            at: self.at,
            by: actor.name().to_owned(),
            reason: reason.to_owned(),
            automatic: self.ticket.acted.is_none(),
        });
        self.tell_about(Transition::Resolved, actor, reason, about);
    }
}
