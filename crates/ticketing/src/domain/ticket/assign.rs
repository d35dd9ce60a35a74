//! Work that this service gives to somebody, or takes from them.

use super::{Active, Actor, Holder, Pen, Ticket};

impl Ticket {
    /// The steps that people work on and that somebody holds in person; with an empty login, those
    /// that nobody does.
    pub fn held_by(&self, login: &str) -> impl Iterator<Item = (usize, &Active)> {
        self.active()
            .filter(move |(_, active)| active.holder.assignee() == login && !active.is_automated())
    }
}

impl Pen<'_> {
    /// Gives a step to somebody, as long as it is worked on by whoever had it. Nobody has acted
    /// thereby, and nobody has taken it up.
    pub(super) fn assign(&mut self, step: usize, from: &Holder, to: Holder, reason: &str) {
        let active = self.ticket.steps.get(step).and_then(|it| it.active());
        if active.is_some_and(|active| active.holder == *from) && *from != to {
            self.place(step, to, &Actor::Service, reason, "");
        }
    }
}
