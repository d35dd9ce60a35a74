//! What values one term can have: bounds, what it must be among, what it is not.

use crate::datum::Datum;
use crate::expression::{Act, Comparison, Expression, Threshold};
use order::Value;

/// The least and greatest of some constants.
#[derive(Debug, Clone)]
pub(super) struct Range {
    pub(super) least: Value,
    pub(super) greatest: Value,
}

impl Range {
    /// Of a constant, or of a table whose values are all constants.
    pub(super) fn of(expression: &Expression) -> Option<Self> {
        match &expression.act {
            Act::Constant(value) => Self::over([value]),
            Act::Threshold(threshold) => Self::of_table(threshold),
            _ => None,
        }
    }

    pub(super) fn of_table(threshold: &Threshold) -> Option<Self> {
        let rows: Option<Vec<&Value>> = threshold
            .rows
            .iter()
            .map(|row| match &row.value.act {
                Act::Constant(value) => Some(value),
                _ => None,
            })
            .collect();
        Self::over(rows?.into_iter().chain([&threshold.default]))
    }

    fn over<'v>(values: impl IntoIterator<Item = &'v Value>) -> Option<Self> {
        let mut range: Option<Self> = None;
        for value in values {
            let is_ordered = !matches!(value, Value::Bool(_));
            if !is_ordered || !holds(value, Comparison::LessOrEqual, value) {
                return None;
            }
            let range = range.get_or_insert_with(|| Self {
                least: value.clone(),
                greatest: value.clone(),
            });
            if holds(value, Comparison::Less, &range.least) {
                range.least = value.clone();
            }
            if holds(value, Comparison::Greater, &range.greatest) {
                range.greatest = value.clone();
            }
        }
        range
    }

    /// The value, when there is but one.
    pub(super) fn single(&self) -> Option<&Value> {
        holds(&self.least, Comparison::Equal, &self.greatest).then_some(&self.least)
    }

    /// Whether some value of this and some value of the other compare so.
    pub(super) fn can(&self, comparison: Comparison, other: &Self) -> bool {
        match comparison {
            Comparison::Less | Comparison::LessOrEqual => {
                holds(&self.least, comparison, &other.greatest)
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                holds(&self.greatest, comparison, &other.least)
            }
            Comparison::Equal => {
                self.can(Comparison::LessOrEqual, other)
                    && self.can(Comparison::GreaterOrEqual, other)
            }
            Comparison::NotEqual => match (self.single(), other.single()) {
                (Some(a), Some(b)) => holds(a, Comparison::NotEqual, b),
                _ => true,
            },
        }
    }
}

/// Whether two values compare so, for certain.
pub(super) fn holds(a: &Value, comparison: Comparison, b: &Value) -> bool {
    let values = Datum::of(a).zip(Datum::of(b));
    values.is_some_and(|(a, b)| a.compare(comparison, &b) == Some(true))
}

/// What is known of one term.
#[derive(Debug, Clone, Default)]
pub(super) struct Domain {
    lower: Option<(Value, bool)>,
    upper: Option<(Value, bool)>,
    among: Option<Vec<Value>>,
    excluded: Vec<Value>,
    /// Not-a-number was ruled out.
    is_ordered: bool,
}

impl Domain {
    /// A count.
    pub(super) fn natural() -> Self {
        Self {
            lower: Some((Value::Int(0), true)),
            is_ordered: true,
            ..Self::default()
        }
    }

    /// Takes in that the term compares so with something in a range; `is_certain` says that it
    /// does, and is no comparison that fails.
    pub(super) fn constrain(&mut self, comparison: Comparison, range: &Range, is_certain: bool) {
        let is_number = matches!(range.least, Value::Int(_) | Value::Double(_));
        self.is_ordered |= !is_number || (is_certain && comparison != Comparison::NotEqual);
        match comparison {
            Comparison::Less => self.below(&range.greatest, false),
            Comparison::LessOrEqual => self.below(&range.greatest, true),
            Comparison::Greater => self.above(&range.least, false),
            Comparison::GreaterOrEqual => self.above(&range.least, true),
            Comparison::Equal => {
                self.below(&range.greatest, true);
                self.above(&range.least, true);
            }
            Comparison::NotEqual => self.excluded.extend(range.single().cloned()),
        }
    }

    /// Takes in that the term is one of some values.
    pub(super) fn be_among(&mut self, values: &[Value]) {
        self.is_ordered = true;
        let equal = |a: &Value, b: &Value| holds(a, Comparison::Equal, b);
        self.among = Some(match self.among.take() {
            Some(known) => known
                .into_iter()
                .filter(|value| values.iter().any(|other| equal(value, other)))
                .collect(),
            None => values.to_vec(),
        });
    }

    /// Takes in that the term is none of some values.
    pub(super) fn exclude(&mut self, values: &[Value]) {
        self.excluded.extend_from_slice(values);
    }

    fn above(&mut self, value: &Value, inclusive: bool) {
        let is_tighter = self.lower.as_ref().is_none_or(|(known, known_inclusive)| {
            holds(value, Comparison::Greater, known)
                || (holds(value, Comparison::Equal, known) && *known_inclusive && !inclusive)
        });
        if is_tighter {
            self.lower = Some((value.clone(), inclusive));
        }
    }

    fn below(&mut self, value: &Value, inclusive: bool) {
        let is_tighter = self.upper.as_ref().is_none_or(|(known, known_inclusive)| {
            holds(value, Comparison::Less, known)
                || (holds(value, Comparison::Equal, known) && *known_inclusive && !inclusive)
        });
        if is_tighter {
            self.upper = Some((value.clone(), inclusive));
        }
    }

    /// Whether no value is left, for certain.
    pub(super) fn is_empty(&self) -> bool {
        if !self.is_ordered {
            return false;
        }
        if let Some(among) = &self.among {
            return among.iter().all(|value| self.refuses(value));
        }
        let (Some((lower, from)), Some((upper, to))) = (&self.lower, &self.upper) else {
            return false;
        };
        if holds(lower, Comparison::Greater, upper) {
            return true;
        }
        holds(lower, Comparison::Equal, upper) && (!(*from && *to) || self.refuses(lower))
    }

    /// Whether a value is out of bounds or excluded, for certain.
    fn refuses(&self, value: &Value) -> bool {
        let equal = |other: &Value| holds(value, Comparison::Equal, other);
        let too_small = self.lower.as_ref().is_some_and(|(lower, inclusive)| {
            holds(value, Comparison::Less, lower) || (equal(lower) && !inclusive)
        });
        let too_great = self.upper.as_ref().is_some_and(|(upper, inclusive)| {
            holds(value, Comparison::Greater, upper) || (equal(upper) && !inclusive)
        });
        too_small || too_great || self.excluded.iter().any(equal)
    }
}
