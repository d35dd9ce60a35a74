//! The hand that writes a decision: a ticket being changed at one instant, and
//! what is to be told about it.

use super::{
    Actor, Decision, Happening, Holder, Instant, Progress, Resolution, Ticket, Timer, TimerKind,
};
use crate::domain::transition::{Snapshot, Transition};

pub(super) struct Pen {
    pub(super) ticket: Ticket,
    pub(super) at: Instant,
    effects: Vec<Happening>,
}

impl Pen {
    /// Takes a ticket up now, or at its last change when the clock is behind.
    pub(super) fn new(ticket: Ticket, now: Instant) -> Self {
        let at = now.max(ticket.changed_at);
        Self {
            ticket,
            at,
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
        self.ticket.version += 1;
        self.ticket.changed_at = self.at;
        self.effects.push(Happening {
            transition,
            version: self.ticket.version,
            at: self.at,
            actor: actor.clone(),
            reason: reason.to_owned(),
            note: note.to_owned(),
            snapshot: self.snapshot(transition),
        });
    }

    fn snapshot(&self, transition: Transition) -> Snapshot {
        let due_at = self.ticket.due_at();
        Snapshot {
            holder: self.ticket.holder().clone(),
            step: self.ticket.current,
            due_at,
            acknowledged: self.ticket.acknowledgement.is_some(),
            automatic: self
                .ticket
                .resolution
                .as_ref()
                .is_some_and(|it| it.automatic),
            overdue_by: due_at
                .filter(|_| transition == Transition::Overdue)
                .map(|due| self.at - due),
        }
    }

    /// Starts a step, with its reminders ahead of it.
    pub(super) fn start_step(&mut self, index: usize) {
        let expected = self.ticket.sop.steps[index].expected;
        self.ticket.current = index;
        self.ticket.steps[index] = Progress::start(self.at, expected);
        self.ticket.reminded = false;
        self.ticket.overdue = false;
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

    /// Ends the ticket: the clock stops, what is not done is left out.
    pub(super) fn resolve(&mut self, actor: &Actor, reason: &str, note: &str) {
        for progress in self
            .ticket
            .steps
            .iter_mut()
            .filter(|progress| !progress.is_done())
        {
            *progress = Progress::Skipped;
        }
        self.ticket.ledger.close(self.at);
        self.ticket.overdue = false;
        self.ticket.resolution = Some(Resolution {
            at: self.at,
            by: actor.name().to_owned(),
            reason: reason.to_owned(),
            automatic: self.ticket.acted.is_none(),
        });
        self.tell(Transition::Resolved, actor, reason, note);
    }

    /// Rings a timer, unless it is no longer wanted.
    pub(super) fn ring(mut self, timer: Timer) -> Decision {
        if !self.ticket.timers().contains(&timer) {
            return self.done();
        }
        let step = self.ticket.step().name.clone();
        match timer.kind {
            TimerKind::DueSoon => {
                self.ticket.reminded = true;
                self.tell(
                    Transition::DueSoon,
                    &Actor::Service,
                    &format!("step {step} will be due"),
                    "",
                );
            }
            TimerKind::Overdue => {
                self.ticket.overdue = true;
                self.tell(
                    Transition::Overdue,
                    &Actor::Service,
                    &format!("step {step} is past due"),
                    "",
                );
            }
        }
        self.done()
    }
}
