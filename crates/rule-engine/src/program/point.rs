//! The truth of a program just after an instant.

use super::Program;
use super::node::{Dial, Field, Literal, Number, Operand, Place, Sign, Test, Worked};
use super::scratch::{self, Scratch};
use super::selection::Step;
use crate::datum::Datum;
use crate::evaluate::Moment;
use crate::expression::Expression;
use order::{OrderView, Record, Span, Timestamp, Value};
use std::sync::Arc;

/// One look at an order.
pub(super) struct Look<'l> {
    pub(super) program: &'l Program,
    pub(super) view: &'l OrderView,
    pub(super) at: i64,
    pub(super) scratch: &'l mut Scratch,
}

impl<'l> Look<'l> {
    pub(super) fn new(
        program: &'l Program,
        view: &'l OrderView,
        at: i64,
        scratch: &'l mut Scratch,
    ) -> Self {
        Self {
            program,
            view,
            at,
            scratch,
        }
    }

    pub(super) fn run(&mut self, visit: &mut impl FnMut(usize)) {
        let code = &self.program.code;
        let element = self.view.order();
        let mut next = 0;
        while let Some(step) = code.steps.get(next) {
            next = match *step {
                Step::Test { literal, otherwise } => {
                    if self.holds(literal, element) {
                        next + 1
                    } else {
                        otherwise
                    }
                }
                Step::Switch {
                    field,
                    table,
                    otherwise,
                } => case(self.view, field, &code.tables[table]).unwrap_or(otherwise),
                Step::Jump(to) => to,
                Step::Say(rule) => {
                    visit(rule);
                    next + 1
                }
            };
        }
    }

    /// Whether a literal holds; `element` is at hand where the node is local.
    fn holds(&mut self, literal: Literal, element: &'l Record) -> bool {
        let node = self.program.node(literal);
        if !node.kept {
            return self.test(&node.test, literal.wanted(), element);
        }
        if let Some(known) = self.scratch.holds(literal) {
            return known;
        }
        let holds = self.test(&node.test, literal.wanted(), element);
        self.scratch.keep_holds(literal, holds);
        holds
    }

    fn test(&mut self, test: &'l Test, wanted: bool, element: &'l Record) -> bool {
        match test {
            Test::All(parts) if wanted => parts.iter().all(|part| self.holds(*part, element)),
            Test::All(parts) => parts.iter().any(|part| self.holds(!*part, element)),
            Test::Exists(kind, body) => {
                let mut records = self.view.list(*kind).iter();
                if wanted {
                    records.any(|record| self.holds(*body, record))
                } else {
                    records.all(|record| self.holds(!*body, record))
                }
            }
            Test::Due(field, due) => {
                let value = stored(self.view, *field, element);
                micros(value)
                    .filter(|micros| !field.event || *micros <= self.at)
                    .and_then(|micros| micros.checked_add(due.after))
                    .is_some_and(|flip| ((flip <= self.at) == due.rises) == wanted)
            }
            Test::Clock(dial, _) => self
                .flip(dial, element)
                .is_some_and(|flip| ((flip <= self.at) == dial.rises) == wanted),
            Test::Slow(expression) => self.slow(expression, element) == Some(wanted),
            Test::Has(field) => {
                let value = stored(self.view, *field, element);
                has_come(*field, value, self.at) == wanted
            }
            steady => self.steady(steady, element) == Some(wanted),
        }
    }

    /// Tests of a value that is as it is once it is there.
    fn steady(&self, test: &Test, element: &Record) -> Option<bool> {
        let (field, truth) = field_test(test, self.view, element)?;
        let value = stored(self.view, field, element);
        has_come(field, value, self.at).then_some(truth)
    }

    fn slow(&self, expression: &'l Expression, element: &'l Record) -> Option<bool> {
        let mut moment = Moment::new(self.view, Timestamp::from_micros(self.at));
        moment.set_local(0, Datum::Record(element));
        moment.truth(expression)
    }

    fn flip(&mut self, dial: &'l Dial, element: &'l Record) -> Option<i64> {
        flip(dial, &mut |operand| self.operand(operand, element))
    }

    fn operand(&mut self, operand: Operand, element: &Record) -> Option<i64> {
        match operand {
            Operand::Constant(micros) => Some(micros),
            Operand::Field(field) => {
                let value = stored(self.view, field, element);
                micros(value).filter(|micros| !field.event || *micros <= self.at)
            }
            Operand::Value(number) => self.value(number).micros,
        }
    }

    /// A value that is made once for all who need it.
    pub(super) fn value(&mut self, number: usize) -> scratch::Value {
        if let Some(known) = self.scratch.value(number) {
            return known;
        }
        let mut moment = Moment::new(self.view, Timestamp::from_micros(self.at));
        let datum = moment.datum(&self.program.values[number]);
        let value = scratch::Value {
            micros: datum.and_then(|datum| datum.as_micros()),
            bound: moment.bound().micros(),
        };
        self.scratch.keep_value(number, value);
        value
    }
}

/// Where the rules begin that a field's value selects.
pub(super) fn case(
    view: &OrderView,
    field: Field,
    table: &super::selection::Table,
) -> Option<usize> {
    match stored(view, field, view.order()) {
        Value::Text(text) => table.get(text).copied(),
        _ => None,
    }
}

/// What a record has in a field, whether it has come yet or not.
pub(super) fn stored<'v>(view: &'v OrderView, field: Field, element: &'v Record) -> &'v Value {
    let record = match field.place {
        Place::Order => view.order(),
        Place::Customer => view.customer(),
        Place::Element => element,
    };
    record.get(field.slot as usize)
}

/// From when on a value is there: an event when it comes, the first of several likewise.
pub(super) fn comes(field: Field, value: &Value) -> Option<i64> {
    match value {
        Value::Missing => None,
        Value::Timestamp(event) if field.event => Some(event.micros()),
        Value::InstantList(events) => Some(events.first()?.micros()),
        _ => Some(i64::MIN),
    }
}

fn has_come(field: Field, value: &Value, at: i64) -> bool {
    comes(field, value).is_some_and(|from| from <= at)
}

/// Microseconds of an instant or a span.
pub(super) fn micros(value: &Value) -> Option<i64> {
    match value {
        Value::Timestamp(instant) => Some(instant.micros()),
        Value::Duration(span) => Some(span.micros()),
        _ => None,
    }
}

/// Tests the value of one field; none when that says nothing.
pub(super) fn field_test(test: &Test, view: &OrderView, element: &Record) -> Option<(Field, bool)> {
    let value = |field: &Field| stored(view, *field, element);
    match test {
        Test::Text(field, texts) => match value(field) {
            Value::Text(text) => Some((*field, is_among(text, texts))),
            _ => None,
        },
        Test::Tagged(field, text) => match value(field) {
            Value::TextList(texts) => Some((*field, texts.contains(text))),
            _ => None,
        },
        Test::Flag(field) => match value(field) {
            Value::Bool(truth) => Some((*field, *truth)),
            _ => None,
        },
        Test::Number(field, comparison, number) => {
            let constant = match number {
                Number::Int(number) => Datum::Int(*number),
                Number::Double(number) => Datum::Double(*number),
            };
            let truth = Datum::of(value(field))?.compare(*comparison, &constant)?;
            Some((*field, truth))
        }
        Test::All(_)
        | Test::Exists(..)
        | Test::Has(_)
        | Test::Due(..)
        | Test::Clock(..)
        | Test::Slow(_) => None,
    }
}

fn is_among(text: &Arc<str>, texts: &[Arc<str>]) -> bool {
    match texts {
        [only] => text == only,
        few if few.len() < 8 => few.contains(text),
        many => many.binary_search(text).is_ok(),
    }
}

/// The instant at which a comparison with the clock flips; none when something in it is unknown.
pub(super) fn flip(dial: &Dial, micros: &mut impl FnMut(Operand) -> Option<i64>) -> Option<i64> {
    let mut limit = micros(dial.against)?;
    for (sign, term) in &dial.terms {
        let term = micros(*term)?;
        limit = match sign {
            Sign::Plus => limit.checked_add(term)?,
            Sign::Minus => limit.checked_sub(term)?,
        };
    }
    if dial.negated {
        limit = limit.checked_neg()?;
    }
    match &dial.worked {
        None => Some(limit),
        Some(worked) => Some(worked.flip(micros(worked.since)?, limit)),
    }
}

impl Worked {
    fn flip(&self, since: i64, amount: i64) -> i64 {
        let (since, amount) = (Timestamp::from_micros(since), Span::from_micros(amount));
        let flip = if self.exceeds {
            self.calendar.exceed_working_time(since, amount)
        } else {
            self.calendar.add_working_time(since, amount)
        };
        flip.micros()
    }
}
