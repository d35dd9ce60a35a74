//! From what the rules say now and what was said before, to what is to be said.

mod matching;
mod spoken;

use crate::rule_set::{Rule, RuleSet};
use crate::{Gate, Interval};
use order::{OrderView, SourceId, Timestamp};
use uuid::Uuid;

pub use spoken::{Cause, Kind, Spoken, State, Transition};

/// How far one gate's sources have reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Verdicts of the gate may be given through this instant.
    pub at: Timestamp,
    /// Sources of the gate that have not reported through `at`: waiting for them has run out.
    pub late: Vec<Late>,
}

/// A source that keeps verdicts unconfirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The source.
    pub source: SourceId,
    /// Through which instant it has reported; [`Timestamp::MIN`] when it never has.
    pub watermark: Timestamp,
}

/// The outcome of judging one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What is to be said, by rule and beginning.
    pub transitions: Vec<Transition>,
    /// Everything spoken of so far: what the next judgement must be given.
    pub spoken: Vec<Spoken>,
    /// For each gate, the instant past which there is more to say: judge again as soon as the
    /// gate's effective time is later than it.
    pub timers: Vec<(Gate, Timestamp)>,
}

/// Judges one order by every rule.
///
/// `effective` answers for every gate of the rule set. `now` is only written down, as the instant
/// of detection; it decides nothing. Instants that were already spoken of stay known even if a
/// gate's effective time falls behind them.
pub fn judge<'g>(
    rule_set: &RuleSet,
    view: &OrderView,
    effective: impl Fn(Gate) -> &'g Effective,
    spoken: &[Spoken],
    now: Timestamp,
) -> Judgement {
    let mut judgement = Judgement::default();
    for rule in rule_set.rules() {
        let effective = effective(rule.gate());
        let said: Vec<&Spoken> = spoken
            .iter()
            .filter(|said| said.rule == rule.name())
            .collect();
        let course = rule_set.course(rule, view, horizon(effective.at, &said));
        if let Some(next) = course.next {
            judgement.set_timer(rule.gate(), next);
        }
        if said.is_empty() && course.intervals.is_empty() {
            continue;
        }
        let hearing = Hearing {
            rule,
            view,
            effective,
            now,
        };
        for (before, interval) in matching::pair(&said, &course.intervals) {
            hearing.speak(&mut judgement, before, interval);
        }
    }
    for gone in spoken
        .iter()
        .filter(|said| rule_set.rule(&said.rule).is_none())
    {
        judgement.retract(gone, Cause::RuleRemoved);
    }
    judgement
}

/// Through which instant a rule is judged: never short of what was said of it.
fn horizon(effective: Timestamp, said: &[&Spoken]) -> Timestamp {
    said.iter()
        .filter(|said| said.state != State::Retracted)
        .map(|said| match said.cleared_at {
            Some(cleared_at) => cleared_at,
            None => Timestamp::from_micros(said.opened_at.micros().saturating_add(1)),
        })
        .fold(effective, Timestamp::max)
}

/// One rule being heard about one order.
struct Hearing<'h> {
    rule: &'h Rule,
    view: &'h OrderView,
    effective: &'h Effective,
    now: Timestamp,
}

impl Hearing<'_> {
    fn speak(
        &self,
        judgement: &mut Judgement,
        before: Option<&Spoken>,
        interval: Option<Interval>,
    ) {
        match (before, interval) {
            (Some(before), None) => judgement.retract(before, Cause::Signal),
            (Some(before), Some(interval)) => {
                judgement.revise(before, self.revised(before, interval));
            }
            (None, Some(interval)) => {
                let first = self.first(interval, judgement);
                let kind = if first.retroactive {
                    Kind::Cleared
                } else {
                    Kind::Opened
                };
                judgement.say(kind, Cause::Signal, first);
            }
            (None, None) => {}
        }
    }

    fn first(&self, interval: Interval, judgement: &Judgement) -> Spoken {
        let cleared = interval.cleared_at.is_some();
        Spoken {
            id: self.new_id(interval.opened_at, judgement),
            rule: self.rule.name().to_owned(),
            opened_at: interval.opened_at,
            cleared_at: interval.cleared_at,
            state: if cleared { State::Cleared } else { State::Open },
            late_sources: self.late_at(interval.opened_at),
            retroactive: cleared,
            version: 1,
            detected_at: self.now,
        }
    }

    fn revised(&self, before: &Spoken, interval: Interval) -> Spoken {
        let state = if interval.cleared_at.is_some() {
            State::Cleared
        } else {
            State::Open
        };
        Spoken {
            opened_at: interval.opened_at,
            cleared_at: interval.cleared_at,
            state,
            late_sources: self.late_at(interval.opened_at),
            retroactive: before.retroactive && state == State::Cleared,
            ..before.clone()
        }
    }

    fn late_at(&self, opened_at: Timestamp) -> Vec<SourceId> {
        let late = self
            .effective
            .late
            .iter()
            .filter(|late| late.watermark <= opened_at);
        late.map(|late| late.source.clone()).collect()
    }

    /// Another exception of the same order and rule may have begun at the same instant before it
    /// was revised; then a number tells them apart.
    fn new_id(&self, opened_at: Timestamp, judgement: &Judgement) -> Uuid {
        let order = self.view.order_id();
        let mut name = format!("{order}\n{}\n{}", self.rule.name(), opened_at.micros());
        let mut id = Uuid::new_v5(&NAMESPACE, name.as_bytes());
        while judgement.spoken.iter().any(|said| said.id == id) {
            name.push('+');
            id = Uuid::new_v5(&NAMESPACE, name.as_bytes());
        }
        id
    }
}

/// Namespace of the ids of exceptions.
const NAMESPACE: Uuid = Uuid::from_u128(0x9c1f_06c2_58d1_4e0b_8a63_3f0a_7d52_e411);

impl Judgement {
    fn set_timer(&mut self, gate: Gate, at: Timestamp) {
        match self.timers.iter_mut().find(|(known, _)| *known == gate) {
            Some((_, earliest)) => *earliest = at.min(*earliest),
            None => self.timers.push((gate, at)),
        }
    }

    fn say(&mut self, kind: Kind, cause: Cause, exception: Spoken) {
        self.spoken.push(exception.clone());
        self.transitions.push(Transition {
            kind,
            cause,
            exception,
        });
    }

    fn retract(&mut self, before: &Spoken, cause: Cause) {
        if before.state == State::Retracted {
            self.spoken.push(before.clone());
            return;
        }
        let version = before.version + 1;
        let exception = Spoken {
            state: State::Retracted,
            version,
            ..before.clone()
        };
        self.say(Kind::Retracted, cause, exception);
    }

    fn revise(&mut self, before: &Spoken, mut after: Spoken) {
        if after == *before {
            self.spoken.push(after);
            return;
        }
        after.version = before.version + 1;
        let (kind, cause) = match (before.state, after.state) {
            (State::Open | State::Cleared, State::Open | State::Cleared)
                if before.state == after.state =>
            {
                let confirmed = before.interval() == after.interval() && !after.is_unconfirmed();
                (
                    Kind::Updated,
                    if confirmed {
                        Cause::Confirmed
                    } else {
                        Cause::Signal
                    },
                )
            }
            (_, State::Open) => (Kind::Opened, Cause::Signal),
            _ => (Kind::Cleared, Cause::Signal),
        };
        self.say(kind, cause, after);
    }
}
