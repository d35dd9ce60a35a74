//! How far the escalation of one ticket has come.
//!
//! Transitions may arrive in any order and more than once. What is kept is
//! therefore chosen so that the order does not matter: the ticket with the
//! highest version, the highest version at which it was resolved, the version
//! at which the present round of escalation began, and the highest version at
//! which somebody who had taken it on did something with it.

mod crowd;
mod notice;

use chrono::{DateTime, Utc};

pub use self::{
    crowd::Awaited,
    notice::{Cause, Effect, Notice},
};
use super::{
    policy::{Policy, course::Stage},
    ticket::{Observation, Ticket, Transition},
};

/// Escalation of one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// The ticket at its highest version seen.
    pub ticket: Ticket,
    /// That version; 0 before the first.
    pub version: i64,
    /// Whether the ticket was acknowledged at that version.
    pub acknowledged: bool,
    /// Highest version at which it was resolved; 0 when never.
    pub resolved_version: i64,
    /// Version at which the present round began; 0 for the first.
    pub round: i64,
    /// When the present round began.
    pub round_started_at: DateTime<Utc>,
    /// Highest version at which its holder did something with it; 0 when never.
    pub touched_version: i64,
    /// When that was.
    pub touched_at: DateTime<Utc>,
    /// When it comes back by the word of whoever took it on last.
    pub own_return: OwnReturn,
    /// Version of the last touch after which it came back, because nothing
    /// happened; 0 when it never did.
    pub came_back_version: i64,
    /// Levels reached in this round.
    pub level: u32,
    /// Stages of its course that were passed in this round.
    pub stage: u32,
    /// Places in its course of the stages that were passed over in this round
    /// because the group was small.
    pub waiting: Vec<u32>,
    /// When something is to be decided next, unless somebody acts before.
    pub next_level_at: Option<DateTime<Utc>>,
    /// Policy that the ticket was opened under, which stays its policy.
    pub policy: String,
    /// Version of the policy set that holds it.
    pub policy_version: i64,
    /// Places of the routes that took the ticket when the round began.
    pub routes: Vec<String>,
}

/// What whoever acknowledged a ticket said of when it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnReturn {
    /// Version at which it was acknowledged; 0 when never.
    pub version: i64,
    /// When it comes back unless it is resolved by then; `None` when its policy says.
    pub at: Option<DateTime<Utc>>,
}

/// When an acknowledged ticket comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Return {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether whoever took it on wished so; else its policy says so, unless
    /// somebody does something with it.
    pub is_wished: bool,
}

/// How an escalation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Further levels wait.
    Running,
    /// Somebody took the ticket on.
    Acknowledged,
    /// The ticket is resolved.
    Resolved,
    /// Every level was reached and nobody acted.
    Exhausted,
}

impl Escalation {
    /// A ticket of which nothing has been observed yet.
    #[must_use]
    pub fn unobserved(observation: &Observation, policy: &Policy, policy_version: i64) -> Self {
        let opened_at = observation.ticket.opened_at;
        Self {
            ticket: observation.ticket.clone(),
            version: 0,
            acknowledged: false,
            resolved_version: 0,
            round: 0,
            round_started_at: opened_at,
            touched_version: 0,
            touched_at: opened_at,
            own_return: OwnReturn::default(),
            came_back_version: 0,
            level: 0,
            stage: 0,
            waiting: Vec::new(),
            next_level_at: None,
            policy: policy.name.clone(),
            policy_version,
            routes: policy.routes_for(&observation.ticket),
        }
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        if self.resolved_version > self.round {
            State::Resolved
        } else if self.acknowledged && !self.has_come_back() {
            State::Acknowledged
        } else if self.next_level_at.is_some() {
            State::Running
        } else {
            State::Exhausted
        }
    }

    /// Takes in one transition at `now`.
    #[must_use]
    pub fn observe(
        mut self,
        observation: &Observation,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> (Self, Vec<Effect>) {
        let before = self.state();
        self.adopt(observation, policy);
        let mut effects = Vec::new();
        match self.state() {
            State::Resolved if before != State::Resolved || self.version == observation.version => {
                effects.push(Effect::Withdraw {
                    before: self.resolved_version,
                    overdue_too: true,
                });
                if policy.course(&self.routes).tells_resolution()
                    && observation.transition == Transition::Resolved
                {
                    effects.push(Effect::TellThoseTold {
                        cause: Cause::Resolved,
                        version: self.resolved_version,
                    });
                }
            }
            State::Acknowledged if before != State::Acknowledged => {
                effects.push(Effect::Withdraw {
                    before: self.version,
                    overdue_too: false,
                });
                effects.push(Effect::TellThoseTold {
                    cause: Cause::Acknowledged,
                    version: self.version,
                });
            }
            _ => {}
        }
        let reminders = self.reminders(observation, policy).into_iter();
        effects.extend(reminders.map(|notice| Effect::Tell(Box::new(notice))));
        effects.extend(self.pass_stages(policy, now));
        (self, effects)
    }

    /// Passes the stages that are due at `now`.
    #[must_use]
    pub fn advance(mut self, policy: &Policy, now: DateTime<Utc>) -> (Self, Vec<Effect>) {
        let effects = self.pass_stages(policy, now);
        (self, effects)
    }

    /// Puts it under another policy at `now`: as many levels as were reached
    /// count as reached, and those whose time has passed are told at once.
    #[must_use]
    pub fn migrated(
        mut self,
        policy: &Policy,
        policy_version: i64,
        now: DateTime<Utc>,
    ) -> (Self, Vec<Effect>) {
        self.policy.clone_from(&policy.name);
        self.policy_version = policy_version;
        self.routes = policy.routes_for(&self.ticket);
        self.waiting.clear();
        let stages = policy.course(&self.routes).stages(self.round_started_at);
        let reached = stages
            .iter()
            .take_while(|stage| stage.due_at <= now && stage.level <= self.level);
        self.stage = u32::try_from(reached.count()).unwrap_or(u32::MAX);
        self.advance(policy, now)
    }

    fn adopt(&mut self, observation: &Observation, policy: &Policy) {
        let acknowledged =
            observation.acknowledged || observation.transition == Transition::Acknowledged;
        let newer = observation.version > self.version;
        let taken_back = newer && self.acknowledged && !acknowledged;
        let reopened = observation.transition == Transition::Reopened;
        if (reopened || taken_back) && observation.version > self.round {
            self.begin_round(observation.version, observation.at);
            self.routes = policy.routes_for(&observation.ticket);
        }
        if observation.transition == Transition::Resolved {
            self.resolved_version = self.resolved_version.max(observation.version);
        }
        if acknowledged
            && observation.transition.is_an_act()
            && observation.version > self.touched_version
        {
            self.touched_version = observation.version;
            self.touched_at = observation.at;
        }
        if observation.transition == Transition::Acknowledged
            && observation.version > self.own_return.version
        {
            self.own_return = OwnReturn {
                version: observation.version,
                at: observation.come_back.map(|wait| observation.at + wait),
            };
        }
        if newer {
            self.version = observation.version;
            self.acknowledged = acknowledged;
            self.ticket = observation.ticket.clone();
        }
    }

    fn begin_round(&mut self, version: i64, at: DateTime<Utc>) {
        self.round = version;
        self.round_started_at = at;
        self.level = 0;
        self.stage = 0;
        self.waiting.clear();
    }

    /// Whether it came back after the last thing that its holder did with it.
    fn has_come_back(&self) -> bool {
        self.came_back_version > 0 && self.came_back_version >= self.touched_version
    }

    fn reminders(&self, observation: &Observation, policy: &Policy) -> Vec<Notice> {
        let course = policy.course(&self.routes);
        let state = self.state();
        let ticket = &observation.ticket;
        // Whoever is asked to take a step is who it is about.
        let asked = Ticket {
            department: ticket.asked_department.clone(),
            assignee: ticket.asked_assignee.clone(),
            ..ticket.clone()
        };
        let alarm = self.alarm(observation.version);
        let about = match observation.transition {
            Transition::Offered if !asked.department.is_empty() => &asked,
            _ => ticket,
        };
        course
            .reminders(observation.transition)
            .filter(|(cause, reminder)| match state {
                State::Resolved => false,
                State::Acknowledged => {
                    reminder.after_acknowledgement || cause.is_news_to_the_holder()
                }
                State::Running | State::Exhausted => true,
            })
            .flat_map(|(cause, reminder)| {
                Notice::of_reminder(reminder, cause, (observation.version, alarm), about)
            })
            .collect()
    }

    fn pass_stages(&mut self, policy: &Policy, now: DateTime<Utc>) -> Vec<Effect> {
        self.next_level_at = None;
        if self.state() == State::Resolved {
            self.waiting.clear();
            return Vec::new();
        }
        let comes_back_at = self.returns(policy).map(|it| it.at);
        if let Some(at) = comes_back_at.filter(|at| *at <= now) {
            self.came_back_version = self.touched_version;
            self.begin_round(self.touched_version, at);
        }
        let acknowledged = self.state() == State::Acknowledged;
        let mut effects = Vec::new();
        let course = policy.course(&self.routes);
        for stage in course
            .stages(self.round_started_at)
            .iter()
            .skip(self.stage as usize)
        {
            if stage.due_at > now {
                // Nobody waits for a stage that will tell nobody.
                if !acknowledged || stage.telling.while_open {
                    self.next_level_at = Some(stage.due_at);
                    break;
                }
                continue;
            }
            let place = self.stage;
            self.stage += 1;
            if acknowledged && !stage.telling.while_open {
                continue;
            }
            match stage.telling.group_over {
                Some(_) => self.waiting.push(place),
                None => effects.extend(self.reach(stage)),
            }
        }
        if acknowledged {
            self.next_level_at = self.next_level_at.into_iter().chain(comes_back_at).min();
        }
        effects
    }

    /// When it comes back, as long as somebody has taken it on. What they wished themselves goes
    /// before the policy, once.
    #[must_use]
    pub fn returns(&self, policy: &Policy) -> Option<Return> {
        if self.state() != State::Acknowledged || self.touched_version == 0 {
            return None;
        }
        let OwnReturn { version, at: wish } = self.own_return;
        let wish = wish.filter(|_| version > self.round && version > self.came_back_version);
        let at = wish.or_else(|| policy.course(&self.routes).comes_back(self.touched_at))?;
        Some(Return {
            at,
            is_wished: wish.is_some(),
        })
    }

    /// Version at which the alarm began that something at a version belongs to: an alarm that is
    /// acknowledged pages nobody any more, so what is told after that is one of its own.
    fn alarm(&self, version: i64) -> i64 {
        match self.state() {
            State::Acknowledged => version,
            _ => self.round,
        }
    }

    fn reach(&mut self, stage: &Stage<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if stage.level > self.level {
            self.level = stage.level;
            if self.level > 1 {
                effects.push(Effect::Escalated {
                    level: self.level,
                    round: self.round,
                });
            }
        }
        let cause = match (stage.level, self.round) {
            (1, 0) => Cause::Opened,
            (1, round) if round == self.came_back_version => Cause::Unresolved,
            (1, _) => Cause::Reopened,
            _ => Cause::Escalated,
        };
        let alarm = self.alarm(self.version);
        let joining = stage.route.terms.grouping.as_ref().map(|grouping| {
            let level = stage.level.to_string();
            let place = [
                self.policy.as_str(),
                stage.route.place.as_str(),
                level.as_str(),
            ];
            grouping.joining(&place, &self.ticket, stage.due_at)
        });
        effects.extend(stage.telling.channels.iter().map(|&channel| {
            Effect::Tell(Box::new(Notice {
                cause,
                level: stage.level,
                occurrence: self.round,
                alarm,
                repetition: stage.repetition,
                recipients: stage.telling.recipients.clone(),
                channel,
                ticket: self.ticket.clone(),
                joining: joining.clone(),
            }))
        }));
        effects
    }
}

#[cfg(test)]
mod tests;
