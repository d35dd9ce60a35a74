//! Clocks that stand for a reason, for so long as the procedure allows.

use chrono::TimeDelta;

use super::{Actor, Pause, Pen, Refusal};
use crate::domain::transition::Transition;

impl Pen<'_> {
    /// Stops the clocks of all steps, and that of the resolution. The holder answers all the same.
    pub(super) fn pause(&mut self, actor: &Actor, reason: &str, note: &str) -> Result<(), Refusal> {
        if let Some(pause) = &self.ticket.pause {
            return Err(Refusal::AlreadyPaused {
                since: pause.since,
                reason: pause.reason.clone(),
            });
        }
        let until = self.at + self.left_of(reason)?;
        let (at, office) = (self.at, self.office);
        for active in self
            .ticket
            .steps
            .iter_mut()
            .filter_map(|it| it.active_mut())
        {
            active.deadline.clock.stop(at, office);
            active.remind_at = None;
        }
        if let Some(resolution) = &mut self.ticket.promises.resolution {
            resolution.clock.stop(at, office);
        }
        self.ticket.ledger.pause(Some(reason), self.at, reason);
        self.ticket.pause = Some(Pause {
            reason: reason.to_owned(),
            since: self.at,
            until,
        });
        self.tell(Transition::Paused, actor, reason, note);
        Ok(())
    }

    /// Lets clocks run again, when they stand.
    pub(super) fn resume(&mut self, actor: &Actor, reason: &str, note: &str) {
        if self.ticket.pause.is_none() {
            return;
        }
        self.end_pause();
        self.ticket.ledger.pause(None, self.at, reason);
        let (at, office) = (self.at, self.office);
        for active in self
            .ticket
            .steps
            .iter_mut()
            .filter_map(|it| it.active_mut())
        {
            active.run(false, at, office);
        }
        if let Some(resolution) = &mut self.ticket.promises.resolution {
            resolution.clock.resume(at, office);
        }
        for step in 0..self.ticket.steps.len() {
            self.set_reminder(step);
        }
        self.tell(Transition::Resumed, actor, reason, note);
    }

    /// Counts the pause that ends now.
    pub(super) fn end_pause(&mut self) {
        if let Some(pause) = self.ticket.pause.take() {
            let stood = (self.at - pause.since)
                .num_microseconds()
                .unwrap_or(i64::MAX);
            let before = self.ticket.paused.entry(pause.reason).or_default();
            *before = before.saturating_add(stood);
        }
    }

    fn left_of(&self, reason: &str) -> Result<TimeDelta, Refusal> {
        let sop = &self.ticket.sop;
        let terms = sop.terms.pauses.iter().find(|it| it.reason == reason);
        let terms = terms.ok_or_else(|| Refusal::NoSuchPause {
            sop: sop.name.clone(),
            reason: reason.to_owned(),
            known: match &sop.terms.pauses[..] {
                [] => "none".to_owned(),
                some => some
                    .iter()
                    .map(|it| it.reason.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        })?;
        let used = self.ticket.paused.get(reason).copied().unwrap_or_default();
        let left = terms.at_most.delta() - TimeDelta::microseconds(used);
        if left <= TimeDelta::zero() {
            return Err(Refusal::PauseUsedUp {
                reason: reason.to_owned(),
                at_most: terms.at_most,
            });
        }
        Ok(left)
    }
}
