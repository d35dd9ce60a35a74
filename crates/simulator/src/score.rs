//! Found, missed, false, withdrawn: what was said, held against the truth.

use std::collections::HashMap;

use order::{Span, Timestamp};

use crate::baseline::Alarm;
use crate::rule::Rule;
use crate::truth::RealException;

/// An exception as Orderwatch says it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Name of the rule.
    pub rule: String,
    /// Which order.
    pub order_id: String,
    /// From when.
    pub opened_at: Timestamp,
    /// Until when; none while it lasts.
    pub cleared_at: Option<Timestamp>,
    /// When it was first said.
    pub detected_at: Timestamp,
    /// Taken back: a late fact showed that it never was so.
    pub retracted: bool,
    /// Over before it could be known: nobody was disturbed.
    pub retroactive: bool,
}

/// How good a judgement was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Real exceptions.
    pub real: usize,
    /// Real ones that were found.
    pub found: usize,
    /// Alarms without a real exception.
    pub false_alarms: usize,
    /// Alarms that were taken back when the books were corrected.
    pub withdrawn: usize,
    /// Found ones whose end is not the real one.
    pub wrong_ends: usize,
    /// From the opening to the detection, shortest first.
    pub delays: Vec<Span>,
}

impl Score {
    /// Returns how many real exceptions were not found.
    #[must_use]
    pub const fn missed(&self) -> usize {
        self.real - self.found
    }

    /// Returns which share of the alarms was right; those taken back were not.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.found, self.found + self.false_alarms + self.withdrawn)
    }

    /// Returns which share of the real exceptions was found.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.found, self.real)
    }

    /// Returns the delay that the given share of the found ones did not exceed.
    #[must_use]
    pub fn delay(&self, share: f64) -> Option<Span> {
        let last = self.delays.len().checked_sub(1)?;
        let index = (last as f64 * share).round() as usize;
        self.delays.get(index.min(last)).copied()
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    part as f64 / whole as f64
}

/// Scores exceptions with exact instants: found is the same rule, order and opening.
#[must_use]
pub fn of_verdicts(truth: &[RealException], verdicts: &[Verdict], scope: &[Rule]) -> Score {
    let mut real: HashMap<_, _> = truth
        .iter()
        .filter(|exception| scope.contains(&exception.rule))
        .map(|exception| {
            let key = (exception.order_id.as_str(), exception.rule.name());
            (
                (key, exception.interval.opened_at),
                exception.interval.cleared_at,
            )
        })
        .collect();
    let mut score = Score {
        real: real.len(),
        ..Score::default()
    };
    let in_scope = |verdict: &&Verdict| scope.iter().any(|rule| rule.name() == verdict.rule);
    for verdict in verdicts.iter().filter(in_scope) {
        let key = (verdict.order_id.as_str(), verdict.rule.as_str());
        if verdict.retracted {
            score.withdrawn += usize::from(!verdict.retroactive);
        } else if let Some(cleared_at) = real.remove(&(key, verdict.opened_at)) {
            score.found += 1;
            score.wrong_ends += usize::from(cleared_at != verdict.cleared_at);
            let delay = verdict.detected_at.since(verdict.opened_at);
            score.delays.push(delay.max(Span::ZERO));
        } else {
            score.false_alarms += 1;
        }
    }
    score.delays.sort_unstable();
    score
}

/// Scores a poll's alarms. An alarm counts at the instant at which it is raised: when
/// nothing is wrong then, it is false, whatever comes of the order later.
#[must_use]
pub fn of_alarms(truth: &[RealException], alarms: &[Alarm], scope: &[Rule]) -> Score {
    let mut raised: HashMap<(&str, Rule), Vec<Timestamp>> = HashMap::new();
    for alarm in alarms.iter().filter(|alarm| scope.contains(&alarm.rule)) {
        let key = (alarm.order_id.as_str(), alarm.rule);
        raised.entry(key).or_default().push(alarm.first);
    }
    let mut score = Score {
        false_alarms: raised.values().map(Vec::len).sum(),
        ..Score::default()
    };
    for exception in truth
        .iter()
        .filter(|exception| scope.contains(&exception.rule))
    {
        score.real += 1;
        let key = (exception.order_id.as_str(), exception.rule);
        let own = raised.get(&key).into_iter().flatten();
        let right: Vec<_> = own.filter(|at| exception.interval.covers(**at)).collect();
        score.false_alarms -= right.len();
        if let Some(first) = right.into_iter().min() {
            score.found += 1;
            score.delays.push(first.since(exception.interval.opened_at));
        }
    }
    score.delays.sort_unstable();
    score
}
