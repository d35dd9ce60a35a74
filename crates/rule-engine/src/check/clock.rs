//! What runs with the clock: `now`, `elapsed(x)`, and sums with one of them in it.

use super::{Checked, Checker, Outcome, Type};
use crate::expression::{Act, Clock, Comparison, Expression, Hand, Offset};
use crate::language::Syntax;

pub(super) const HELP: &str = "write `now > x`, `now - x > d`, `elapsed(x) > d` or `elapsed(x, \"calendar\") > d`, \
     with what does not run on the other side";

/// `±hand + offsets`.
pub(super) struct Moving {
    hand: Hand,
    negated: bool,
    offsets: Vec<Offset>,
    pub(super) value_type: Type,
}

impl Moving {
    pub(super) fn now() -> Self {
        Self {
            hand: Hand::Now,
            negated: false,
            offsets: Vec::new(),
            value_type: Type::Timestamp,
        }
    }

    /// `elapsed(since)`
    pub(super) fn elapsed(since: Expression) -> Self {
        let offsets = vec![Offset {
            negated: true,
            term: since,
        }];
        Self {
            hand: Hand::Now,
            negated: false,
            offsets,
            value_type: Type::Duration,
        }
    }

    /// `elapsed(since, "calendar")`
    pub(super) fn worked(hand: Hand) -> Self {
        Self {
            hand,
            negated: false,
            offsets: Vec::new(),
            value_type: Type::Duration,
        }
    }

    /// This plus or minus a term at rest, of a type already found right.
    pub(super) fn offset(mut self, negated: bool, term: Expression, value_type: Type) -> Self {
        self.offsets.push(Offset { negated, term });
        Self { value_type, ..self }
    }

    pub(super) fn negate(mut self) -> Self {
        self.negated = !self.negated;
        for offset in &mut self.offsets {
            offset.negated = !offset.negated;
        }
        self
    }
}

impl Checker<'_> {
    /// A comparison of what runs with what does not.
    pub(super) fn clock(
        &mut self,
        syntax: &Syntax,
        comparison: Comparison,
        moving: Moving,
        against: (Expression, Type),
    ) -> Outcome<Checked> {
        if moving.value_type != against.1 {
            let fault = self.fault(against.0.text.start, "wrong type");
            return self.report(fault.expected(moving.value_type, against.1));
        }
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let fault = self.fault(syntax.at, "the clock equals an instant for no time at all");
            return self.report(fault.help("use <, <=, > or >="));
        }
        let Moving {
            hand,
            negated,
            offsets,
            ..
        } = moving;
        let clock = Clock {
            hand,
            negated,
            offsets,
            comparison,
            against: against.0,
        };
        let act = Act::Clock(Box::new(clock));
        Ok(Checked::Steady(
            Expression {
                text: syntax.text.clone(),
                act,
            },
            Type::Bool,
        ))
    }
}
