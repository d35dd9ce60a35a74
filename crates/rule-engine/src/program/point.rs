//! The truth of a program just after an instant.

use super::Program;
use super::code::{Code, Dictionary, Place, Step, Table};
use super::node::{self, Dial, Field, Literal, Number, Operand, Sign, Test, Worked};
use super::scratch::{self, Scratch};

use crate::datum::Datum;
use crate::evaluate::Moment;
use crate::expression::{Comparison, Expression};
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

    /// Runs the code from a step to its return, or to past the last.
    pub(super) fn run(&mut self, from: Place, visit: &mut impl FnMut(usize)) {
        let code = &self.program.code;
        let element = self.view.order();
        let mut next = from;
        while let Some(step) = code.steps.get(next as usize) {
            next = match *step {
                Step::Test { literal, otherwise } => {
                    if self.holds(literal, element) {
                        next + 1
                    } else {
                        otherwise
                    }
                }
                Step::Switch { table, otherwise } => {
                    self.case(&code.tables[table as usize]).unwrap_or(otherwise)
                }
                Step::Each { table, otherwise } => {
                    let table = &code.tables[table as usize];
                    for place in cases(code, table, self.view) {
                        self.run(place, visit);
                    }
                    otherwise
                }
                Step::Jump(to) => to,
                Step::Return => break,
                Step::Say(rule) => {
                    visit(rule as usize);
                    next + 1
                }
                Step::SayOnce(rule) => {
                    if self.scratch.say_once(rule) {
                        visit(rule as usize);
                    }
                    next + 1
                }
            };
        }
    }

    /// Where the rules begin that the order selects.
    #[inline]
    pub(super) fn case(&mut self, table: &Table) -> Option<Place> {
        let code = &self.program.code;
        let text = self.scratch.text(table.key).unwrap_or_else(|| {
            let dictionary = &code.keys[table.key as usize];
            let text = number(dictionary, self.view, self.view.order());
            self.scratch.keep_text(table.key, text);
            text
        });
        code.case(table, text?)
    }

    /// Whether a literal holds; `element` is at hand where the node is local.
    #[inline(always)]
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

    #[inline(always)]
    fn test(&mut self, test: &'l Test, wanted: bool, element: &'l Record) -> bool {
        match test {
            Test::Has(field) => {
                let value = stored(self.view, *field, element);
                has_come(*field, value, self.at) == wanted
            }
            Test::Due(field, due) => {
                let value = stored(self.view, *field, element);
                micros(value)
                    .filter(|micros| !field.event || *micros <= self.at)
                    .and_then(|micros| micros.checked_add(due.after))
                    .is_some_and(|flip| ((flip <= self.at) == due.rises) == wanted)
            }
            Test::Text(..) | Test::Tagged(..) | Test::Flag(_) | Test::Number(..) => {
                steadily(test, self.view, element) == Some(wanted)
            }
            Test::All(_) | Test::Exists(..) | Test::Clock(..) | Test::Slow(_) => {
                self.composite(test, wanted, element)
            }
        }
    }

    /// Tests that take more than a look at a field.
    #[inline(never)]
    fn composite(&mut self, test: &'l Test, wanted: bool, element: &'l Record) -> bool {
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
            Test::Clock(dial, _) => self
                .flip(dial, element)
                .is_some_and(|flip| ((flip <= self.at) == dial.rises) == wanted),
            Test::Slow(expression) => self.slow(expression, element) == Some(wanted),
            simple => self.test(simple, wanted, element),
        }
    }

    #[inline(never)]
    fn slow(&self, expression: &'l Expression, element: &'l Record) -> Option<bool> {
        let mut moment = Moment::new(self.view, Timestamp::from_micros(self.at));
        moment.set_local(0, Datum::Record(element));
        moment.truth(expression)
    }

    #[inline(never)]
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

/// Where the rules begin that the elements of a list select; like neighbours do so once.
pub(super) fn cases<'c>(
    code: &'c Code,
    table: &'c Table,
    view: &'c OrderView,
) -> impl Iterator<Item = Place> + 'c {
    let dictionary = &code.keys[table.key as usize];
    let records = dictionary.key.list.map_or(&[][..], |list| view.list(list));
    let mut last = None;
    records.iter().filter_map(move |record| {
        let text = number(dictionary, view, record)?;
        let again = last.replace(text) == Some(text);
        code.case(table, text).filter(|_| !again)
    })
}

/// Number of the text that a record has.
#[inline]
fn number(dictionary: &Dictionary, view: &OrderView, element: &Record) -> Option<u32> {
    match stored(view, dictionary.key.field, element) {
        Value::Text(text) => dictionary.numbers.get(text).copied(),
        _ => None,
    }
}

/// What a record has in a field, whether it has come yet or not.
#[inline(always)]
pub(super) fn stored<'v>(view: &'v OrderView, field: Field, element: &'v Record) -> &'v Value {
    let record = match field.place {
        node::Place::Order => view.order(),
        node::Place::Customer => view.customer(),
        node::Place::Element => element,
    };
    record.get(field.slot as usize)
}

/// From when on a value is there: an event when it comes, the first of several likewise.
#[inline]
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

/// Tests a value that is the same at all times; none when it is missing.
#[inline(always)]
pub(super) fn steadily(test: &Test, view: &OrderView, element: &Record) -> Option<bool> {
    match test {
        Test::Text(field, texts) => match stored(view, *field, element) {
            Value::Text(text) => Some(is_among(text, texts)),
            _ => None,
        },
        Test::Tagged(field, text) => match stored(view, *field, element) {
            Value::TextList(texts) => Some(texts.contains(text)),
            _ => None,
        },
        Test::Flag(field) => match stored(view, *field, element) {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        },
        Test::Number(field, comparison, number) => match (stored(view, *field, element), number) {
            (Value::Int(value), Number::Int(number)) => Some(comparison.holds(value.cmp(number))),
            (Value::Double(value), Number::Double(number)) => Some(
                value
                    .partial_cmp(number)
                    .map_or(*comparison == Comparison::NotEqual, |order| {
                        comparison.holds(order)
                    }),
            ),
            (value, Number::Int(number)) => {
                Datum::of(value)?.compare(*comparison, &Datum::Int(*number))
            }
            (value, Number::Double(number)) => {
                Datum::of(value)?.compare(*comparison, &Datum::Double(*number))
            }
        },
        Test::All(_)
        | Test::Exists(..)
        | Test::Has(_)
        | Test::Due(..)
        | Test::Clock(..)
        | Test::Slow(_) => None,
    }
}

#[inline(always)]
fn is_among(text: &Arc<str>, texts: &[Arc<str>]) -> bool {
    match texts {
        [only] => is_same(text, only),
        few if few.len() < 8 => few.iter().any(|one| is_same(text, one)),
        many => many.binary_search(text).is_ok(),
    }
}

/// Names of places and kinds differ in their last letter more often than in their first.
#[inline(always)]
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().last() == other.as_bytes().last() && one == other
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
