//! Comparisons with the clock: between which instants they hold.

use super::domain::Range;
use super::key::key;
use crate::expression::{Act, Arithmetic, Clock, Comparison, Expression, Hand};
use order::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// One end of a stretch of the clock, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    micros: i128,
    /// Of two instants after the same working time, the later: when work goes on.
    is_later: bool,
}

/// Since when at least, and until when at most.
#[derive(Debug, Clone, Default)]
struct Stretch {
    since: Option<End>,
    before: Option<End>,
}

/// Every comparison with the clock that must hold at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Clocks(HashMap<String, Stretch>);

/// A sum: what is constant in it, and what is not.
#[derive(Default)]
struct Sum {
    least: i128,
    greatest: i128,
    terms: Vec<String>,
    /// The one term is an event that has come.
    is_event: bool,
}

impl Clocks {
    /// Takes in that a comparison is true, or is false. Answers whether that cannot be.
    pub(super) fn add(&mut self, clock: &Clock, truth: bool) -> bool {
        let rises = matches!(
            clock.running(),
            Comparison::Greater | Comparison::GreaterOrEqual
        );
        let has_passed = rises == truth;
        // Once with tables as what they may say, once as what they are.
        [true, false].into_iter().any(|through_tables| {
            let Some((name, sum)) = read(clock, through_tables) else {
                return false;
            };
            let is_later = matches!(clock.hand, Hand::Worked { .. })
                && matches!(
                    clock.running(),
                    Comparison::Greater | Comparison::LessOrEqual
                );
            let stretch = self.0.entry(name).or_default();
            if sum.is_event {
                stretch.hold_since(End {
                    micros: 0,
                    is_later: false,
                });
            }
            if has_passed {
                stretch.hold_since(End {
                    micros: sum.least,
                    is_later,
                });
            } else {
                stretch.hold_before(End {
                    micros: sum.greatest,
                    is_later,
                });
            }
            stretch.is_empty()
        })
    }
}

/// The name of what the clock is held against, and the constant part of when it passes.
fn read(clock: &Clock, through_tables: bool) -> Option<(String, Sum)> {
    let mut sum = Sum::default();
    let forward = !clock.negated;
    sum.add(&clock.against, forward, through_tables);
    for offset in &clock.offsets {
        let plus = offset.negated == forward;
        sum.add(&offset.term, plus, through_tables);
    }
    sum.terms.sort_unstable();
    match &clock.hand {
        Hand::Now => {
            sum.is_event &= sum.terms.len() == 1;
            Some((format!("{through_tables} now {}", sum.terms.join(" ")), sum))
        }
        Hand::Worked { since, calendar } => {
            sum.is_event = false;
            if !sum.terms.is_empty() || sum.least < 0 {
                return None;
            }
            let calendar = Arc::as_ptr(calendar);
            let since = key(since);
            Some((format!("{through_tables} {calendar:p} {since}"), sum))
        }
    }
}

impl Sum {
    fn add(&mut self, expression: &Expression, plus: bool, through_tables: bool) {
        if let Act::Arithmetic(arithmetic @ (Arithmetic::Add | Arithmetic::Subtract), sides) =
            &expression.act
        {
            self.add(&sides[0], plus, through_tables);
            let second = plus == (*arithmetic == Arithmetic::Add);
            return self.add(&sides[1], second, through_tables);
        }
        let is_table = matches!(expression.act, Act::Threshold(_));
        let range = Range::of(expression).filter(|_| !is_table || through_tables);
        let ends = range.and_then(|range| micros(&range.least).zip(micros(&range.greatest)));
        if let Some((least, greatest)) = ends {
            let (least, greatest) = if plus {
                (least, greatest)
            } else {
                (-greatest, -least)
            };
            self.least += least;
            self.greatest += greatest;
            return;
        }
        let is_event = matches!(&expression.act, Act::Field(field) if field.event);
        self.is_event = is_event && plus;
        let sign = if plus { '+' } else { '-' };
        self.terms.push(format!("{sign}{}", key(expression)));
    }
}

fn micros(value: &Value) -> Option<i128> {
    match value {
        Value::Timestamp(instant) => Some(instant.micros().into()),
        Value::Duration(span) => Some(span.micros().into()),
        _ => None,
    }
}

impl Stretch {
    fn hold_since(&mut self, end: End) {
        let rank = |end: &End| (end.micros, end.is_later);
        if self.since.is_none_or(|known| rank(&known) < rank(&end)) {
            self.since = Some(end);
        }
    }

    fn hold_before(&mut self, end: End) {
        let rank = |end: &End| (end.micros, end.is_later);
        if self.before.is_none_or(|known| rank(&known) > rank(&end)) {
            self.before = Some(end);
        }
    }

    fn is_empty(&self) -> bool {
        let (Some(since), Some(before)) = (self.since, self.before) else {
            return false;
        };
        before.micros < since.micros
            || (before.micros == since.micros && (since.is_later || !before.is_later))
    }
}
