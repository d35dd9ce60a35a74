//! How a ticket goes from step to step.

use std::ops::ControlFlow;

use super::{Actor, Instant, Office, Pen, pen::About};
use crate::domain::{
    clock::Deadline,
    exception::Standing,
    sop::{Mandatory, Step},
    step::{Active, Progress},
    transition::Transition,
};

impl Pen<'_> {
    /// Begins these steps, and those for which others had waited; gives the ticket to whoever
    /// answers now. True when that is somebody else.
    pub(super) fn begin(&mut self, steps: &[usize]) -> bool {
        for &step in steps {
            self.enter(step);
        }
        self.let_wait_end();
        self.await_response();
        self.follow_lead()
    }

    /// Goes on after a step ended, and ends the ticket when no way is left.
    pub(super) fn go_on(
        &mut self,
        transition: Transition,
        next: &[usize],
        actor: &Actor,
        reason: &str,
        about: About,
    ) {
        let changes_hands = self.begin(next);
        self.tell_about(transition, actor, reason, about);
        if self.ticket.active().next().is_none() {
            let why = if self.is_over() {
                "the exception is over, and every step that had to be done is"
            } else {
                "every step is done"
            };
            return self.resolve(actor, why, About::default());
        }
        if changes_hands {
            let why = began(self.ticket.step(), self.office, self.at);
            self.tell(Transition::Assigned, actor, &why, "");
        }
    }

    /// Whether the trouble is over, so that only what must always be done is left.
    pub(super) fn is_over(&self) -> bool {
        self.ticket.exception.standing != Standing::Open
    }

    /// Sets when the holder of a step is reminded: within hours, and before it is due.
    pub(super) fn set_reminder(&mut self, step: usize) {
        let (office, at) = (self.office, self.at);
        let sop = std::sync::Arc::clone(&self.ticket.sop);
        let Some(active) = self.ticket.steps[step].active_mut() else {
            return;
        };
        active.remind_at = active.deadline.threatens_at().and_then(|due| {
            let wanted = due - sop.steps[step].lead();
            let at = match &sop.terms.remind_within {
                Some(hours) => office.within_hours(wanted, at, hours),
                None => wanted,
            };
            (at < due).then_some(at)
        });
    }

    /// Begins a step when nothing keeps it back.
    pub(super) fn enter(&mut self, step: usize) {
        let sop = std::sync::Arc::clone(&self.ticket.sop);
        let template = &sop.steps[step];
        if self.ticket.steps[step].is_active() {
            return;
        }
        if !self.is_wanted(step) {
            self.ticket.steps[step] = Progress::Waiting;
            // Only ahead, lest it goes in a circle.
            for next in sop.past(step).into_iter().filter(|next| *next > step) {
                self.enter(next);
            }
            return;
        }
        if template.joins && self.can_be_led_to(step) {
            self.ticket.steps[step] = Progress::Waiting;
            return;
        }
        self.activate(step);
    }

    /// Whether anybody has to do it as the exception stands.
    fn is_wanted(&self, step: usize) -> bool {
        !self.is_over() || self.ticket.sop.steps[step].mandatory == Mandatory::Always
    }

    /// Goes on with all that was worked on, or had to wait, when the trouble was over. False
    /// when there is nothing of that kind.
    pub(super) fn take_up_again(&mut self) -> bool {
        let (at, office) = (self.at, self.office);
        let stands = self.ticket.pause.is_some();
        for step in 0..self.ticket.steps.len() {
            let progress = &mut self.ticket.steps[step];
            if let Progress::Halted(active) = progress {
                active.holder = office.present(&active.holder, at);
                active.run(stands, at, office);
                *progress = Progress::Active(active.clone());
                self.set_reminder(step);
            }
        }
        self.let_wait_end();
        self.ticket.active().next().is_some()
    }

    fn activate(&mut self, step: usize) {
        let sop = std::sync::Arc::clone(&self.ticket.sop);
        let template = &sop.steps[step];
        let order = &self.ticket.exception.order;
        let automation = template.automation.as_ref();
        let automation = automation.map(|it| self.begin_automation(it));
        let mut deadline = Deadline::set(template.allowance(), self.at, self.office);
        if self.ticket.pause.is_some() || automation.is_some() {
            deadline.clock.stop(self.at, self.office);
        }
        self.ticket.steps[step] = Progress::Active(Box::new(Active {
            started_at: self.at,
            turn: self.ticket.version,
            holder: self.office.holder_of(template, order, self.at),
            deadline,
            remind_at: None,
            offer: None,
            taken_from: None,
            automation,
        }));
        self.set_reminder(step);
    }

    /// Begins steps that wait for nobody any more; one of them in any case when nothing else is
    /// worked on, so that steps never wait for each other.
    fn let_wait_end(&mut self) {
        while self.let_one_begin().is_continue() {}
    }

    fn let_one_begin(&mut self) -> ControlFlow<()> {
        let waits =
            |step: &usize| self.ticket.steps[*step] == Progress::Waiting && self.is_wanted(*step);
        let waiting: Vec<usize> = (0..self.ticket.steps.len()).filter(waits).collect();
        let free = waiting
            .iter()
            .copied()
            .find(|step| !self.can_be_led_to(*step));
        let idle = self.ticket.active().next().is_none();
        match free.or(waiting.first().copied().filter(|_| idle)) {
            Some(step) => {
                self.activate(step);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }

    fn can_be_led_to(&self, step: usize) -> bool {
        self.ticket
            .active()
            .any(|(active, _)| self.ticket.sop.leads(active, step))
    }

    /// Gives the ticket to the holder of the first step that is worked on.
    pub(super) fn follow_lead(&mut self) -> bool {
        let Some((step, active)) = self.ticket.active().next() else {
            return false;
        };
        let holder = active.holder.clone();
        self.ticket.current = step;
        let why = began(self.ticket.step(), self.office, self.at);
        self.give_to(holder, &why)
    }
}

/// Why the holder of a step answers from the instant on at which it begins.
pub(super) fn began(step: &Step, office: &Office, at: Instant) -> String {
    let (name, named) = (&step.name, step.holder.assignee());
    let absences = office.absences();
    match (absences.of(named, at), absences.stand_in(named, at)) {
        (None, _) => format!("step {name} began"),
        (Some(_), Some(stand_in)) => {
            format!("step {name} began, and {stand_in} stands in for {named}, who is away")
        }
        (Some(_), None) => format!("step {name} began, and {named} is away"),
    }
}
