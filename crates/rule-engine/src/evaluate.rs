//! The value of an expression just after an instant, and until when it must stay so.

mod list;

use crate::datum::Datum;
use crate::expression::{
    Act, Clock, Comparison, Equality, Expression, FieldRef, Hand, MAX_LOCALS, Place, TextTest,
    Threshold,
};
use order::{OrderView, Record, Span, Timestamp, Value};

/// One look at an order, just after an instant.
///
/// Whatever depends on the instant lowers `bound` to the earliest later instant at which it
/// changes; so a result holds from `at` up to and without `bound`. What short-circuit evaluation
/// did not look at cannot change the result before that.
pub(crate) struct Moment<'e> {
    view: &'e OrderView,
    at: i64,
    bound: i64,
    locals: [Option<Datum<'e>>; MAX_LOCALS],
}

impl<'e> Moment<'e> {
    pub(crate) fn new(view: &'e OrderView, at: Timestamp) -> Self {
        Self {
            view,
            at: at.micros(),
            bound: i64::MAX,
            locals: [const { None }; MAX_LOCALS],
        }
    }

    /// The same order at another instant, with what macros look at in place.
    pub(crate) fn at_another(&self, at: Timestamp) -> Self {
        Self {
            view: self.view,
            at: at.micros(),
            bound: i64::MAX,
            locals: self.locals.clone(),
        }
    }

    /// Earliest instant later than this moment at which something it looked at changes.
    pub(crate) fn bound(&self) -> Timestamp {
        Timestamp::from_micros(self.bound)
    }

    pub(crate) fn at(&self) -> i64 {
        self.at
    }

    /// Truth in three values: none is unknown.
    pub(crate) fn truth(&mut self, expression: &'e Expression) -> Option<bool> {
        match &expression.act {
            Act::And(parts) => self.absorb(parts, false),
            Act::Or(parts) => self.absorb(parts, true),
            Act::Not(part) => self.truth(part).map(|truth| !truth),
            Act::Has(field) => Some(!self.stored(*field)?.is_missing()),
            Act::If(parts) => {
                let branch = if self.truth(&parts[0])? {
                    &parts[1]
                } else {
                    &parts[2]
                };
                self.truth(branch)
            }
            Act::Compare(comparison, sides) => {
                let left = self.datum(&sides[0])?;
                left.compare(*comparison, &self.datum(&sides[1])?)
            }
            Act::Clock(clock) => self.clock(clock),
            Act::In(element, list) => self.contains(element, list),
            Act::CompareLists(equality, lists) => {
                let equal = self.equal(&lists[0], &lists[1])?;
                Some(equal == (*equality == Equality::Equal))
            }
            Act::Quantify(quantifier, each) => self.quantify(*quantifier, each),
            Act::TextTest(test, sides) => {
                let (text, part) = (self.datum(&sides[0])?, self.datum(&sides[1])?);
                let (text, part) = (text.as_text()?, part.as_text()?);
                Some(match test {
                    TextTest::StartsWith => text.starts_with(part),
                    TextTest::EndsWith => text.ends_with(part),
                    TextTest::Contains => text.contains(part),
                })
            }
            Act::Matches(text, pattern) => Some(pattern.is_match(self.datum(text)?.as_text()?)),
            _ => self.datum(expression)?.as_bool(),
        }
    }

    /// A value; none is unknown.
    pub(crate) fn datum(&mut self, expression: &'e Expression) -> Option<Datum<'e>> {
        match &expression.act {
            Act::Constant(value) => Datum::of(value),
            Act::Field(field) => Datum::of(self.stored(*field)?),
            Act::Local(local) => self.locals[*local].clone(),
            Act::If(parts) => {
                let branch = if self.truth(&parts[0])? {
                    &parts[1]
                } else {
                    &parts[2]
                };
                self.datum(branch)
            }
            Act::Arithmetic(arithmetic, sides) => {
                let left = self.datum(&sides[0])?;
                left.calculate(*arithmetic, self.datum(&sides[1])?)
            }
            Act::Negate(part) => self.datum(part)?.negate(),
            Act::ListSize(list) => self
                .size(list)
                .and_then(|size| i64::try_from(size).ok())
                .map(Datum::Int),
            Act::TextSize(text) => {
                let characters = self.datum(text)?.as_text()?.chars().count();
                i64::try_from(characters).ok().map(Datum::Int)
            }
            Act::Concatenate(texts) => {
                let first = self.datum(&texts[0])?;
                first.concatenate(&self.datum(&texts[1])?)
            }
            Act::Index(list, index) => self.element(list, index),
            Act::Read(reading) => self.datum(&reading.of)?.read(reading.part, &reading.zone),
            Act::Convert(conversion, part) => self.datum(part)?.convert(*conversion),
            Act::Threshold(threshold) => self.row(threshold).1,
            _ => self.truth(expression).map(Datum::Bool),
        }
    }

    /// `&&` and `||`: the absorbing value decides, whatever else is unknown.
    fn absorb(&mut self, parts: &'e [Expression], absorbing: bool) -> Option<bool> {
        let mut result = Some(!absorbing);
        for part in parts {
            match self.truth(part) {
                Some(truth) if truth == absorbing => return Some(absorbing),
                None => result = None,
                Some(_) => {}
            }
        }
        result
    }

    /// What a field says at this moment: an event to come is missing. None when its record is.
    pub(crate) fn stored(&mut self, field: FieldRef) -> Option<&'e Value> {
        let value = self.record(field.record)?.get(field.slot);
        match value {
            Value::Timestamp(instant) if field.event && instant.micros() > self.at => {
                self.bound = self.bound.min(instant.micros());
                Some(&Value::Missing)
            }
            Value::InstantList(instants) if self.happened(instants).is_empty() => {
                Some(&Value::Missing)
            }
            value => Some(value),
        }
    }

    /// Those of several events that have happened at this moment; the next one changes what is
    /// said of them.
    fn happened(&mut self, instants: &'e [Timestamp]) -> &'e [Timestamp] {
        let count = instants.partition_point(|instant| instant.micros() <= self.at);
        if let Some(next) = instants.get(count) {
            self.bound = self.bound.min(next.micros());
        }
        &instants[..count]
    }

    fn record(&self, place: Place) -> Option<&'e Record> {
        match place {
            Place::Order => Some(self.view.order()),
            Place::Customer => Some(self.view.customer()),
            Place::Local(local) => match self.locals[local] {
                Some(Datum::Record(record)) => Some(record),
                _ => None,
            },
        }
    }

    fn clock(&mut self, clock: &'e Clock) -> Option<bool> {
        let flip = self.flip(clock)?;
        let comparison = clock.running();
        if flip.micros() > self.at {
            self.bound = self.bound.min(flip.micros());
        }
        let passed = flip.micros() <= self.at;
        Some(passed == matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual))
    }

    /// The instant at which a comparison with the clock flips. Just after it, `>` and `>=` hold.
    pub(crate) fn flip(&mut self, clock: &'e Clock) -> Option<Timestamp> {
        let mut limit = self.datum(&clock.against)?.as_micros()?;
        for offset in &clock.offsets {
            let term = self.datum(&offset.term)?.as_micros()?;
            limit = if offset.negated {
                limit.checked_add(term)?
            } else {
                limit.checked_sub(term)?
            };
        }
        if clock.negated {
            limit = limit.checked_neg()?;
        }
        match &clock.hand {
            Hand::Now => Some(Timestamp::from_micros(limit)),
            Hand::Worked { since, calendar } => {
                let since = Timestamp::from_micros(self.datum(since)?.as_micros()?);
                let amount = Span::from_micros(limit);
                Some(match clock.running() {
                    Comparison::Greater | Comparison::LessOrEqual => {
                        calendar.exceed_working_time(since, amount)
                    }
                    _ => calendar.add_working_time(since, amount),
                })
            }
        }
    }

    /// The row of a decision table that decides, and its value; no row means the default.
    pub(crate) fn row(&mut self, threshold: &'e Threshold) -> (Option<usize>, Option<Datum<'e>>) {
        let mut moment = Moment::new(self.view, Timestamp::from_micros(self.at));
        let decided = threshold.rows.iter().enumerate().find_map(|(index, row)| {
            let applies = moment.truth(&row.when) == Some(true);
            let value = applies.then(|| moment.datum(&row.value)).flatten()?;
            Some((index, value))
        });
        self.bound = self.bound.min(moment.bound);
        match decided {
            Some((index, value)) => (Some(index), Some(value)),
            None => (None, Datum::of(&threshold.default)),
        }
    }

    pub(crate) fn set_local(&mut self, local: usize, element: Datum<'e>) {
        self.locals[local] = Some(element);
    }
}

impl Clock {
    /// The comparison as seen by the hand that runs forward.
    pub(crate) fn running(&self) -> Comparison {
        if self.negated {
            self.comparison.mirrored()
        } else {
            self.comparison
        }
    }
}
