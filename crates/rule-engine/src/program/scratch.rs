//! What judging an order needs for a while, kept so that the next order finds it made.

use super::code::Place;
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
    /// Numbers of the texts of keys.
    texts: Vec<Kept<Option<u32>>>,
    /// The look in which a rule was said.
    said: Vec<Kept<()>>,
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
    pub(super) end: Place,
    /// The set as it was before.
    pub(super) before: Set,
}

#[derive(Debug, Clone, Copy)]
struct Kept<T> {
    look: u32,
    value: T,
}

/// How much a program needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) nodes: usize,
    pub(super) values: usize,
    pub(super) keys: usize,
    pub(super) rules: usize,
}

impl Scratch {
    pub(super) fn begin(&mut self, room: Room) {
        if self.look == u32::MAX {
            *self = Self::default();
        }
        self.look += 1;
        let value = Value {
            micros: None,
            bound: i64::MAX,
        };
        make_room(&mut self.holds, 2 * room.nodes, false);
        make_room(&mut self.sets, 2 * room.nodes, Set::EMPTY);
        make_room(&mut self.values, room.values, value);
        make_room(&mut self.texts, room.keys, None);
        make_room(&mut self.said, room.rules, ());
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

    pub(super) fn text(&self, key: u32) -> Option<Option<u32>> {
        let kept = self.texts[key as usize];
        (kept.look == self.look).then_some(kept.value)
    }

    pub(super) fn keep_text(&mut self, key: u32, value: Option<u32>) {
        self.texts[key as usize] = Kept {
            look: self.look,
            value,
        };
    }

    /// Whether a rule is said for the first time.
    pub(super) fn say_once(&mut self, rule: u32) -> bool {
        std::mem::replace(&mut self.said[rule as usize].look, self.look) != self.look
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

/// Whatever is added was kept in no look.
#[inline]
fn make_room<T: Clone>(kept: &mut Vec<Kept<T>>, count: usize, value: T) {
    if kept.len() < count {
        kept.resize(count, Kept { look: 0, value });
    }
}
