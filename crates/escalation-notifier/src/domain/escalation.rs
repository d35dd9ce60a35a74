//! How far the escalation of one ticket has come.
//!
//! Transitions may arrive in any order and more than once. What is kept is
//! therefore chosen so that the order does not matter: the ticket with the
//! highest version, the highest version at which it was resolved, and the
//! version at which the present round of escalation began.

use chrono::{DateTime, Utc};

use super::{
    policy::{Channel, Policy, Recipient, Reminder},
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
    /// Levels reached in this round.
    pub level: u32,
    /// When the next level is reached, unless somebody acts before.
    pub next_level_at: Option<DateTime<Utc>>,
    /// Policy that the ticket was opened under, which stays its policy.
    pub policy: String,
    /// Version of the policy set that holds it.
    pub policy_version: i64,
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

/// What is to be done after a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell somebody.
    Tell(Box<Notice>),
    /// Take back what has not gone out yet and was caused before a version.
    Withdraw {
        /// Notices caused at lower versions are taken back.
        before: i64,
        /// Also notices of overdue steps.
        overdue_too: bool,
    },
    /// Tell of the resolution whoever was told of the ticket.
    TellThoseTold {
        /// Version at which it was resolved.
        version: i64,
    },
    /// A level beyond the first was reached.
    Escalated {
        /// The level, from 1.
        level: u32,
        /// Round it belongs to.
        round: i64,
    },
}

/// One thing to say to several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Why.
    pub cause: Cause,
    /// Level of escalation, from 1; 0 for what belongs to none.
    pub level: u32,
    /// Version of the ticket that caused it: part of the natural key.
    pub occurrence: i64,
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// By which channel.
    pub channel: Channel,
    /// What the ticket looked like.
    pub ticket: Ticket,
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The ticket was opened.
    Opened,
    /// The ticket was opened again, or changed hands: whoever had taken it on
    /// no longer answers for it.
    Reopened,
    /// Nobody acknowledged in time.
    Escalated,
    /// A step's deadline is near.
    DueSoon,
    /// A step's deadline has passed.
    Overdue,
    /// The ticket is resolved.
    Resolved,
    /// Many tickets have one cause.
    Incident,
}

impl Cause {
    /// Its name in the ledger and in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Escalated => "escalated",
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::Resolved => "resolved",
            Self::Incident => "incident",
        }
    }

    /// Cause of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Opened,
            Self::Reopened,
            Self::Escalated,
            Self::DueSoon,
            Self::Overdue,
            Self::Resolved,
            Self::Incident,
        ]
        .into_iter()
        .find(|cause| cause.as_str() == name)
    }
}

impl Escalation {
    /// A ticket of which nothing has been observed yet.
    #[must_use]
    pub fn unobserved(observation: &Observation, policy: &Policy, policy_version: i64) -> Self {
        Self {
            ticket: observation.ticket.clone(),
            version: 0,
            acknowledged: false,
            resolved_version: 0,
            round: 0,
            round_started_at: observation.ticket.opened_at,
            level: 0,
            next_level_at: None,
            policy: policy.name.clone(),
            policy_version,
        }
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        if self.resolved_version > self.round {
            State::Resolved
        } else if self.acknowledged {
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
        self.adopt(observation);
        let mut effects = Vec::new();
        match self.state() {
            State::Resolved if before != State::Resolved || self.version == observation.version => {
                effects.push(Effect::Withdraw {
                    before: self.resolved_version,
                    overdue_too: true,
                });
                if policy.tells_resolution && observation.transition == Transition::Resolved {
                    effects.push(Effect::TellThoseTold {
                        version: self.resolved_version,
                    });
                }
            }
            State::Acknowledged if before != State::Acknowledged => {
                effects.push(Effect::Withdraw {
                    before: self.version,
                    overdue_too: false,
                });
            }
            _ => {}
        }
        effects.extend(
            self.reminder(observation, policy)
                .map(|notice| Effect::Tell(Box::new(notice))),
        );
        effects.extend(self.reach_levels(policy, now));
        (self, effects)
    }

    /// Reaches the levels that are due at `now`.
    #[must_use]
    pub fn advance(mut self, policy: &Policy, now: DateTime<Utc>) -> (Self, Vec<Effect>) {
        let effects = self.reach_levels(policy, now);
        (self, effects)
    }

    fn adopt(&mut self, observation: &Observation) {
        let acknowledged =
            observation.acknowledged || observation.transition == Transition::Acknowledged;
        let newer = observation.version > self.version;
        let taken_back = newer && self.acknowledged && !acknowledged;
        let reopened = observation.transition == Transition::Reopened;
        if (reopened || taken_back) && observation.version > self.round {
            self.round = observation.version;
            self.round_started_at = observation.at;
            self.level = 0;
        }
        if observation.transition == Transition::Resolved {
            self.resolved_version = self.resolved_version.max(observation.version);
        }
        if newer {
            self.version = observation.version;
            self.acknowledged = acknowledged;
            self.ticket = observation.ticket.clone();
        }
    }

    fn reminder(&self, observation: &Observation, policy: &Policy) -> Option<Notice> {
        let (cause, reminder): (Cause, &Reminder) = match observation.transition {
            Transition::DueSoon => (Cause::DueSoon, policy.due_soon.as_ref()?),
            Transition::Overdue => (Cause::Overdue, policy.overdue.as_ref()?),
            _ => return None,
        };
        let silenced = match self.state() {
            State::Resolved => true,
            State::Acknowledged => !reminder.after_acknowledgement,
            State::Running | State::Exhausted => false,
        };
        (!silenced).then(|| Notice {
            cause,
            level: 0,
            occurrence: observation.version,
            recipients: reminder.recipients.clone(),
            channel: reminder.channel,
            ticket: observation.ticket.clone(),
        })
    }

    fn reach_levels(&mut self, policy: &Policy, now: DateTime<Utc>) -> Vec<Effect> {
        self.next_level_at = None;
        if matches!(self.state(), State::Resolved | State::Acknowledged) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for level in policy.levels.iter().skip(self.level as usize) {
            let due_at = self.round_started_at + level.delay;
            if due_at > now {
                self.next_level_at = Some(due_at);
                break;
            }
            self.level += 1;
            let cause = match (self.level, self.round) {
                (1, 0) => Cause::Opened,
                (1, _) => Cause::Reopened,
                _ => Cause::Escalated,
            };
            if self.level > 1 {
                effects.push(Effect::Escalated {
                    level: self.level,
                    round: self.round,
                });
            }
            effects.push(Effect::Tell(Box::new(Notice {
                cause,
                level: self.level,
                occurrence: self.round,
                recipients: level.recipients.clone(),
                channel: level.channel,
                ticket: self.ticket.clone(),
            })));
        }
        effects
    }
}

#[cfg(test)]
mod tests;
