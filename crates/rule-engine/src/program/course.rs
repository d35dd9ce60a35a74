//! The truth of a program over all time, as sets of instants.

use super::Program;
use super::code::{Place, Step};
use super::node::{Dial, Literal, Operand, Test};
use super::point::{self, Look};
use super::scratch::{Frame, Scratch};
use super::tape::Set;
use crate::datum::Datum;
use crate::evaluate::Moment;
use crate::expression::Expression;
use order::{OrderView, Record, Timestamp};

/// One walk through the code for one order.
pub(super) struct Walk<'w> {
    /// At the beginning of time.
    look: Look<'w>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(program: &'w Program, view: &'w OrderView, scratch: &'w mut Scratch) -> Self {
        Self {
            look: Look::new(program, view, i64::MIN, scratch),
        }
    }

    /// Runs the code from a step to its return, or to past the last, for a set of instants; narrows
    /// it from test to test. Where it becomes empty, what follows is skipped.
    pub(super) fn run(&mut self, from: Place, mut set: Set) {
        let code = &self.look.program.code;
        let element = self.look.view.order();
        let mut next = from;
        loop {
            while let Some(frame) = self.look.scratch.frames.pop_if(|frame| frame.end == next) {
                set = frame.before;
            }
            let Some(step) = code.steps.get(next as usize) else {
                break;
            };
            next = match *step {
                Step::Test { literal, otherwise } => {
                    let holds = self.when(literal, element);
                    let narrowed = self.look.scratch.tape.intersect(set, holds);
                    if narrowed.is_empty() {
                        otherwise
                    } else {
                        self.look.scratch.frames.push(Frame {
                            end: otherwise,
                            before: set,
                        });
                        set = narrowed;
                        next + 1
                    }
                }
                Step::Switch { table, otherwise } => {
                    let table = &code.tables[table as usize];
                    self.look.case(table).unwrap_or(otherwise)
                }
                Step::Each { table, otherwise } => {
                    let table = &code.tables[table as usize];
                    for place in point::cases(code, table, self.look.view) {
                        self.run(place, set);
                    }
                    otherwise
                }
                Step::Jump(to) => to,
                Step::Return => break,
                Step::Say(rule) => {
                    self.look.scratch.heard.push((rule as usize, set));
                    next + 1
                }
                Step::SayOnce(rule) => {
                    if self.look.scratch.say_once(rule) {
                        self.look.scratch.heard.push((rule as usize, set));
                    }
                    next + 1
                }
            };
        }
    }

    /// When a literal holds; `element` is at hand where the node is local.
    fn when(&mut self, literal: Literal, element: &'w Record) -> Set {
        let node = self.look.program.node(literal);
        if !node.kept {
            return self.test(&node.test, literal.wanted(), element);
        }
        if let Some(known) = self.look.scratch.set(literal) {
            return known;
        }
        let set = self.test(&node.test, literal.wanted(), element);
        self.look.scratch.keep_set(literal, set);
        set
    }

    fn test(&mut self, test: &'w Test, wanted: bool, element: &'w Record) -> Set {
        match test {
            Test::All(parts) => {
                let mut parts = parts.iter();
                if wanted {
                    self.during_all(|walk| Some(walk.when(*parts.next()?, element)))
                } else {
                    self.during_any(|walk| Some(walk.when(!*parts.next()?, element)))
                }
            }
            Test::Exists(kind, body) => {
                let mut records = self.look.view.list(*kind).iter();
                if wanted {
                    self.during_any(|walk| Some(walk.when(*body, records.next()?)))
                } else {
                    self.during_all(|walk| Some(walk.when(!*body, records.next()?)))
                }
            }
            Test::Has(field) => {
                let value = point::stored(self.look.view, *field, element);
                let from = point::comes(*field, value).unwrap_or(i64::MAX);
                since(from, i64::MIN, wanted)
            }
            Test::Due(field, due) => {
                let value = point::stored(self.look.view, *field, element);
                let flip = point::micros(value).and_then(|micros| micros.checked_add(due.after));
                let known = point::comes(*field, value).unwrap_or(i64::MIN);
                flip.map_or(Set::EMPTY, |flip| since(flip, known, wanted == due.rises))
            }
            Test::Clock(dial, expression) => self
                .dial(dial, wanted, element)
                .unwrap_or_else(|| self.step(expression, wanted, element)),
            Test::Slow(expression) => self.step(expression, wanted, element),
            steady if point::steadily(steady, self.look.view, element) == Some(wanted) => {
                Set::ALWAYS
            }
            _ => Set::EMPTY,
        }
    }

    fn during_all(&mut self, mut next: impl FnMut(&mut Self) -> Option<Set>) -> Set {
        let mut all = Set::ALWAYS;
        while let Some(set) = next(self) {
            all = self.look.scratch.tape.intersect(all, set);
            if all.is_empty() {
                break;
            }
        }
        all
    }

    fn during_any(&mut self, mut next: impl FnMut(&mut Self) -> Option<Set>) -> Set {
        let mut any = Set::EMPTY;
        while let Some(set) = next(self) {
            any = self.look.scratch.tape.unite(any, set);
            if any == Set::ALWAYS {
                break;
            }
        }
        any
    }

    /// When a comparison with the clock gives an answer. None when what it is compared with
    /// changes over time.
    fn dial(&mut self, dial: &'w Dial, wanted: bool, element: &'w Record) -> Option<Set> {
        let (mut known, mut changes) = (i64::MIN, false);
        let flip = point::flip(dial, &mut |operand| match operand {
            Operand::Constant(micros) => Some(micros),
            Operand::Field(field) => {
                let micros = point::micros(point::stored(self.look.view, field, element))?;
                if field.event {
                    known = micros.max(known);
                }
                Some(micros)
            }
            Operand::Value(number) => {
                let value = self.look.value(number);
                changes |= value.bound != i64::MAX;
                value.micros
            }
        });
        if changes {
            return None;
        }
        Some(flip.map_or(Set::EMPTY, |flip| since(flip, known, wanted == dial.rises)))
    }

    /// Walks from change to change.
    fn step(&mut self, expression: &'w Expression, wanted: bool, element: &'w Record) -> Set {
        let tape = &mut self.look.scratch.tape;
        let (mark, mut at) = (tape.mark(), i64::MIN);
        loop {
            let mut moment = Moment::new(self.look.view, Timestamp::from_micros(at));
            moment.set_local(0, Datum::Record(element));
            let truth = moment.truth(expression);
            let bound = moment.bound().micros();
            if truth == Some(wanted) {
                tape.add(mark, at, bound);
            }
            if bound == i64::MAX {
                return tape.close(mark);
            }
            at = bound;
        }
    }
}

/// From an instant on, or until then, but only from `known` on.
fn since(instant: i64, known: i64, from_then: bool) -> Set {
    if from_then {
        Set::span(instant.max(known), i64::MAX)
    } else {
        Set::span(known, instant)
    }
}
