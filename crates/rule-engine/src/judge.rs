//! From what the rules say now and what was said before, to what is to be said.

mod hearing;
mod matching;
mod spoken;

use crate::Gate;
use crate::program::Scratch;
use crate::rule_set::RuleSet;
use hearing::Hearing;
use order::{OrderView, SourceId, Timestamp};
use std::cell::RefCell;

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
///
/// The memory that it needs for a while is kept for the next order of the thread: it allocates
/// nothing but what it returns.
pub fn judge<'g>(
    rule_set: &RuleSet,
    view: &OrderView,
    effective: impl Fn(Gate) -> &'g Effective,
    spoken: &[Spoken],
    now: Timestamp,
) -> Judgement {
    SCRATCH.with(|kept| match kept.try_borrow_mut() {
        Ok(mut scratch) => judge_in(&mut scratch, rule_set, view, effective, spoken, now),
        // `effective` judges another order.
        Err(_) => judge_in(
            &mut Scratch::default(),
            rule_set,
            view,
            effective,
            spoken,
            now,
        ),
    })
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// [`judge`] in memory that its caller keeps.
pub fn judge_in<'g>(
    scratch: &mut Scratch,
    rule_set: &RuleSet,
    view: &OrderView,
    effective: impl Fn(Gate) -> &'g Effective,
    spoken: &[Spoken],
    now: Timestamp,
) -> Judgement {
    let mut judgement = Judgement::default();
    rule_set.hear(view, scratch, spoken.iter().map(|said| said.rule.as_str()));
    for index in 0..scratch.heard.len() {
        let rule = &rule_set.rules()[scratch.heard[index].0];
        let effective = effective(rule.gate());
        let said: Vec<&Spoken> = spoken
            .iter()
            .filter(|said| said.rule == rule.name())
            .collect();
        let horizon = horizon(effective.at, &said);
        let course = rule_set.heard_course(view, horizon, scratch, index);
        if let Some(next) = course.next {
            judgement.set_timer(rule.gate(), next);
        }
        if said.is_empty() && course.intervals.is_empty() {
            continue;
        }
        let hearing = Hearing {
            rule_set,
            rule,
            view,
            effective,
            horizon,
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

impl Judgement {
    fn set_timer(&mut self, gate: Gate, at: Timestamp) {
        match self.timers.iter_mut().find(|(known, _)| *known == gate) {
            Some((_, earliest)) => *earliest = at.min(*earliest),
            None => self.timers.push((gate, at)),
        }
    }
}
