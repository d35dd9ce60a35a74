//! What judging an order needs for a while, kept so that the next order finds it made.

use super::node::Literal;
use super::tape::{Set, Tape};
use crate::signal::Course;
use order::Timestamp;

/// Memory that judging reuses from order to order, whatever the rule set: with it, an order of
/// which nothing is to be said is judged without an allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Number of the look; answers of another look are none.
    look: u32,
    holds: Vec<Kept<bool>>,
    sets: Vec<Kept<Set>>,
    values: Vec<Kept<Value>>,
    pub(super) tape: Tape,
    pub(super) frames: Vec<Frame>,
    /// Rules by number, and when they are true.
    pub(crate) heard: Vec<(usize, Set)>,
    /// The course that was followed last.
    pub(crate) course: Course,
}

/// A value that was made, in microseconds if it is known, and until when it stays so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    pub(super) micros: Option<i64>,
    pub(super) bound: i64,
}

/// A set that is narrowed while a stretch of code is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Where the stretch ends.
    pub(super) end: usize,
    /// The set as it was before.
    pub(super) before: Set,
}

#[derive(Debug, Clone, Copy)]
struct Kept<T> {
    look: u32,
    value: T,
}

impl Scratch {
    pub(super) fn begin(&mut self, nodes: usize, values: usize) {
        if self.look == u32::MAX {
            *self = Self::default();
        }
        self.look += 1;
        let literals = 2 * nodes;
        if self.holds.len() < literals {
            let (holds, sets) = (
                Kept {
                    look: 0,
                    value: false,
                },
                Kept {
                    look: 0,
                    value: Set::EMPTY,
                },
            );
            self.holds.resize(literals, holds);
            self.sets.resize(literals, sets);
        }
        if self.values.len() < values {
            let value = Value {
                micros: None,
                bound: i64::MAX,
            };
            self.values.resize(values, Kept { look: 0, value });
        }
        self.tape.clear();
        self.frames.clear();
        self.heard.clear();
    }

    /// Adds rules that never are true, unless they are.
    pub(crate) fn hear_also(&mut self, rules: impl Iterator<Item = usize>) {
        self.heard.extend(rules.map(|rule| (rule, Set::EMPTY)));
        self.heard
            .sort_unstable_by_key(|(rule, set)| (*rule, set.is_empty()));
        self.heard.dedup_by_key(|(rule, _)| *rule);
    }

    /// The stretches during which a rule that was heard is true, from the first.
    pub(crate) fn stretches(
        &self,
        index: usize,
    ) -> impl Iterator<Item = (Timestamp, Option<Timestamp>)> {
        let set = self.heard[index].1;
        let spans = (0..).map_while(move |span| self.tape.get(set, span));
        spans.map(|(from, to)| {
            let to = Some(Timestamp::from_micros(to)).filter(|to| *to != Timestamp::MAX);
            (Timestamp::from_micros(from), to)
        })
    }

    pub(super) fn holds(&self, literal: Literal) -> Option<bool> {
        let kept = self.holds[literal.index()];
        (kept.look == self.look).then_some(kept.value)
    }

    pub(super) fn keep_holds(&mut self, literal: Literal, value: bool) {
        self.holds[literal.index()] = Kept {
            look: self.look,
            value,
        };
    }

    pub(super) fn set(&self, literal: Literal) -> Option<Set> {
        let kept = self.sets[literal.index()];
        (kept.look == self.look).then_some(kept.value)
    }

    pub(super) fn keep_set(&mut self, literal: Literal, value: Set) {
        self.sets[literal.index()] = Kept {
            look: self.look,
            value,
        };
    }

    pub(super) fn value(&self, number: usize) -> Option<Value> {
        let kept = self.values[number];
        (kept.look == self.look).then_some(kept.value)
    }

    pub(super) fn keep_value(&mut self, number: usize, value: Value) {
        self.values[number] = Kept {
            look: self.look,
            value,
        };
    }
}
