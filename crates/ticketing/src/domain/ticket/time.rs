//! What time does to a ticket by itself.

use super::{Actor, Instant, Pen, Ticket, pen::About};
use crate::domain::{
    breach::{Breach, Promise},
    timer::{Timer, TimerKind},
    transition::Transition,
};

impl Ticket {
    /// The instants at which it asks for attention by itself.
    #[must_use]
    pub fn timers(&self) -> Vec<Timer> {
        let mut timers = Vec::new();
        for (index, active) in self.active() {
            let mut add = |at: Option<Instant>, kind| {
                let step = Some(index);
                timers.extend(at.map(|at| Timer { at, kind, step }));
            };
            add(active.remind_at, TimerKind::DueSoon);
            add(
                active.deadline.threatens_at(),
                TimerKind::Overdue(Promise::Step),
            );
            let offer = active.offer.as_ref().filter(|offer| !offer.with_arbiter);
            add(offer.map(|offer| offer.answer_by), TimerKind::Unanswered);
            add(active.gives_up_at(), TimerKind::GiveUp);
        }
        let mut add = |at: Option<Instant>, kind| {
            timers.extend(at.map(|at| Timer {
                at,
                kind,
                step: None,
            }));
        };
        let promises = &self.promises;
        let response = promises.response.as_ref();
        add(
            response.and_then(|it| it.threatens_at()),
            TimerKind::Overdue(Promise::Response),
        );
        let resolution = promises.resolution.as_ref();
        add(
            resolution.and_then(|it| it.threatens_at()),
            TimerKind::Overdue(Promise::Resolution),
        );
        add(self.pause.as_ref().map(|it| it.until), TimerKind::PauseOver);
        timers
    }

    /// The first of them.
    #[must_use]
    pub fn next_timer(&self) -> Option<Instant> {
        self.timers().into_iter().map(|timer| timer.at).min()
    }
}

impl Pen<'_> {
    /// Tells all that has come due until now, in order, each at its own instant.
    pub(super) fn catch_up(&mut self) {
        while let Some(timer) = self.ticket.timers().into_iter().min() {
            if timer.at > self.now {
                break;
            }
            self.at = timer.at.max(self.ticket.changed_at);
            self.ring(timer);
        }
        self.at = self.now;
    }

    fn ring(&mut self, timer: Timer) {
        match (timer.kind, timer.step) {
            (TimerKind::DueSoon, Some(step)) => self.remind(step),
            (TimerKind::Overdue(promise), step) => self.miss(promise, step, timer.at),
            (TimerKind::Unanswered, Some(step)) => self.refer(step),
            (TimerKind::GiveUp, Some(step)) => self.give_up(step),
            (TimerKind::PauseOver, _) => {
                self.resume(&Actor::Service, "clocks have stood as long as they may", "");
            }
            (TimerKind::DueSoon | TimerKind::Unanswered | TimerKind::GiveUp, None) => {}
        }
    }

    /// Reminds the holder, unless it is too late for that.
    fn remind(&mut self, step: usize) {
        let now = self.now;
        let Some(active) = self.ticket.steps[step].active_mut() else {
            return;
        };
        active.remind_at = None;
        if active.deadline.clock.due_at().is_none_or(|due| due > now) {
            let reason = format!("step {} will be due", self.ticket.sop.steps[step].name);
            let about = About {
                step: Some(step),
                ..About::default()
            };
            self.tell_about(Transition::DueSoon, &Actor::Service, &reason, about);
        }
    }

    fn miss(&mut self, promise: Promise, step: Option<usize>, due_at: Instant) {
        let ticket = &mut self.ticket;
        let deadline = match (promise, step) {
            (Promise::Step, Some(step)) => {
                let active = ticket.steps[step].active_mut();
                active.map(|active| &mut active.deadline)
            }
            (Promise::Response, _) => ticket.promises.response.as_mut(),
            (Promise::Resolution, _) => ticket.promises.resolution.as_mut(),
            (Promise::Step, None) => None,
        };
        let Some(deadline) = deadline else { return };
        deadline.missed = true;
        let name = step.map(|step| ticket.sop.steps[step].name.clone());
        let (transition, reason) = match promise {
            Promise::Step => (
                Transition::Overdue,
                format!("step {} is past due", name.as_deref().unwrap_or_default()),
            ),
            Promise::Response => (
                Transition::ResponseOverdue,
                "nobody took it up in time".to_owned(),
            ),
            Promise::Resolution => (
                Transition::ResolutionOverdue,
                "it was not resolved in time".to_owned(),
            ),
        };
        let holder = step.and_then(|step| ticket.steps[step].active());
        let holder = holder.map_or_else(|| ticket.holder().clone(), |it| it.holder.clone());
        let breach = Breach {
            promise,
            step: name.unwrap_or_default(),
            holder,
            due_at,
        };
        let about = About {
            step,
            breach: Some(breach),
            ..About::default()
        };
        self.tell_about(transition, &Actor::Service, &reason, about);
    }
}
