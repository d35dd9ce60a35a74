//! One rule being heard about one order: what is said of its exceptions.

use super::{Cause, Effective, Judgement, Kind, Spoken, State, Transition};
use crate::Interval;
use crate::rule_set::{Rule, RuleSet};
use order::{OrderView, SourceId, Timestamp};
use uuid::Uuid;

/// One rule being heard about one order.
pub(super) struct Hearing<'h> {
    pub(super) rule_set: &'h RuleSet,
    pub(super) rule: &'h Rule,
    pub(super) view: &'h OrderView,
    pub(super) effective: &'h Effective,
    /// Through which instant the rule is judged.
    pub(super) horizon: Timestamp,
    pub(super) now: Timestamp,
}

impl Hearing<'_> {
    /// Says what is to be said of one exception, and sets the timer for when its exemption can
    /// change.
    pub(super) fn speak(
        &self,
        judgement: &mut Judgement,
        before: Option<&Spoken>,
        interval: Option<Interval>,
    ) {
        match (before, interval) {
            (Some(before), None) => judgement.retract(before, Cause::Signal),
            (Some(before), Some(interval)) => {
                let revised = self.revised(before, interval, judgement);
                judgement.revise(before, revised);
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

    fn first(&self, interval: Interval, judgement: &mut Judgement) -> Spoken {
        let cleared = interval.cleared_at.is_some();
        let exempt = self.exempt(interval, judgement);
        Spoken {
            id: self.new_id(interval.opened_at, judgement),
            rule: self.rule.name().to_owned(),
            opened_at: interval.opened_at,
            cleared_at: interval.cleared_at,
            state: if cleared { State::Cleared } else { State::Open },
            late_sources: self.late_at(interval.opened_at),
            retroactive: cleared,
            exempt,
            shadow: !self.rule.mode().is_active(),
            version: 1,
            detected_at: self.now,
        }
    }

    fn revised(&self, before: &Spoken, interval: Interval, judgement: &mut Judgement) -> Spoken {
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
            exempt: self.exempt_still(before, interval, judgement),
            shadow: match state {
                State::Open => !self.rule.mode().is_active(),
                _ => before.shadow,
            },
            ..before.clone()
        }
    }

    /// By which list an exception is exempt at the last instant of it that is known: just before
    /// its end, or as far as the sources have reported.
    fn exempt(&self, interval: Interval, judgement: &mut Judgement) -> Option<String> {
        let end = interval.cleared_at.unwrap_or(self.horizon);
        let last = Timestamp::from_micros(end.micros().saturating_sub(1)).max(interval.opened_at);
        let standing = self.rule_set.standing(self.rule, self.view, last);
        if let Some(next) = standing.next.filter(|_| interval.cleared_at.is_none()) {
            judgement.set_timer(self.rule.gate(), next);
        }
        standing.by.map(|(list, _)| list.name.clone())
    }

    /// Like [`Self::exempt`], for an exception that was spoken of. Where less is known than was,
    /// and where a list that is gone exempted what is long over, the word stands.
    fn exempt_still(
        &self,
        before: &Spoken,
        interval: Interval,
        judgement: &mut Judgement,
    ) -> Option<String> {
        let exempt = self.exempt(interval, judgement);
        let knows_less = before.state == State::Open
            && interval.cleared_at.is_none()
            && self.effective.at <= interval.opened_at;
        let is_history = before.state == State::Cleared
            && interval.cleared_at.is_some()
            && before
                .exempt
                .as_deref()
                .is_some_and(|list| !self.rule_set.has_exemption(list));
        if knows_less || is_history {
            return before.exempt.clone();
        }
        exempt
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
    fn say(&mut self, kind: Kind, cause: Cause, exception: Spoken) {
        self.spoken.push(exception.clone());
        self.transitions.push(Transition {
            kind,
            cause,
            exception,
        });
    }

    pub(super) fn retract(&mut self, before: &Spoken, cause: Cause) {
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
                (Kind::Updated, cause_of_update(before, &after))
            }
            (_, State::Open) => (Kind::Opened, Cause::Signal),
            _ => (Kind::Cleared, Cause::Signal),
        };
        self.say(kind, cause, after);
    }
}

/// Why something is told again of an exception that stays open, or cleared.
fn cause_of_update(before: &Spoken, after: &Spoken) -> Cause {
    if before.interval() != after.interval() {
        Cause::Signal
    } else if before.exempt != after.exempt {
        match after.exempt {
            Some(_) => Cause::Exempted,
            None => Cause::ExemptionEnded,
        }
    } else if before.shadow != after.shadow {
        Cause::ModeChanged
    } else if after.is_unconfirmed() {
        Cause::Signal
    } else {
        Cause::Confirmed
    }
}
