//! Levels that are told only when there are more than so many tickets in the group.
//!
//! A stage of such a level is passed over when it is due, and waits. Whoever knows how large the
//! groups are asks then, and again when they have grown.

use uuid::Uuid;

use super::{Effect, Escalation, State};
use crate::domain::{
    grouping::Sizes,
    policy::{Policy, course::Stage},
};

/// That a stage waits until its group is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Awaited {
    /// The group.
    pub group: Uuid,
    /// More tickets than so many must be in it.
    pub over: u32,
    /// Whether all that are not resolved count; else those that nobody has acknowledged.
    pub while_open: bool,
}

impl Escalation {
    /// Groups that the ticket is in and whose size some level of its course asks for.
    #[must_use]
    pub fn crowds(&self, policy: &Policy) -> Vec<Uuid> {
        let course = policy.course(&self.routes);
        let stages = course.stages(self.round_started_at).into_iter();
        let mut groups: Vec<Uuid> = stages
            .filter_map(|stage| Some(self.awaited(&stage)?.group))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// What its stages wait for that were passed over.
    #[must_use]
    pub fn awaits(&self, policy: &Policy) -> Vec<Awaited> {
        let course = policy.course(&self.routes);
        let stages = course.stages(self.round_started_at);
        let waiting = self.waiting.iter();
        let waiting = waiting.filter_map(|place| stages.get(*place as usize));
        let mut awaited: Vec<Awaited> = waiting.filter_map(|stage| self.awaited(stage)).collect();
        awaited.sort_unstable();
        awaited.dedup();
        awaited
    }

    /// What a stage waits for, if it is only told in a group that is large.
    #[must_use]
    pub fn awaited(&self, stage: &Stage<'_>) -> Option<Awaited> {
        let grouping = stage.route.terms.grouping.as_ref()?;
        Some(Awaited {
            group: grouping.whole(&self.policy, &stage.route.place, &self.ticket),
            over: stage.telling.group_over?,
            while_open: stage.telling.while_open,
        })
    }

    /// Tells the stages that were passed over and whose group is large by now. Of a level that was
    /// to be told several times meanwhile only the last is; what matters no more, as somebody has
    /// acted, waits no longer.
    #[must_use]
    pub fn weigh(mut self, policy: &Policy, sizes: &Sizes) -> (Self, Vec<Effect>) {
        let course = policy.course(&self.routes);
        let stages = course.stages(self.round_started_at);
        let acknowledged = self.state() == State::Acknowledged;
        let mut told: Vec<&Stage<'_>> = Vec::new();
        for place in std::mem::take(&mut self.waiting) {
            let Some(stage) = stages.get(place as usize) else {
                continue;
            };
            let Some(awaited) = self.awaited(stage) else {
                continue;
            };
            if acknowledged && !awaited.while_open {
                continue;
            }
            if sizes.of(awaited.group).counted(awaited.while_open) > awaited.over {
                told.retain(|before| !std::ptr::eq(before.telling, stage.telling));
                told.push(stage);
            } else {
                self.waiting.push(place);
            }
        }
        let effects = told.into_iter().flat_map(|stage| self.reach(stage));
        let effects = effects.collect();
        (self, effects)
    }
}

#[cfg(test)]
mod tests;
