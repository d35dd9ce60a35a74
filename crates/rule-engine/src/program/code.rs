//! The code of a program: what is asked of an order, one after the other.

use super::node::{Field, Literal};
use foldhash::HashMap;
use order::EntityKind;
use std::sync::Arc;

/// Steps, run from the first to past the last.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
    pub(super) keys: Vec<Dictionary>,
    pub(super) tables: Vec<Table>,
    /// The cases of dense tables.
    cases: Vec<Option<Place>>,
}

/// Places are numbers of steps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Goes on at `otherwise` when the literal does not hold.
    Test { literal: Literal, otherwise: Place },
    /// Goes on where a table says, or at `otherwise`.
    Switch { table: u32, otherwise: Place },
    /// Runs what a table says for each element of its list, up to the return; goes on at
    /// `otherwise`.
    Each { table: u32, otherwise: Place },
    /// The end of what is run for an element.
    Return,
    /// Goes on elsewhere.
    Jump(Place),
    /// A rule is true.
    Say(u32),
    /// The same, of a rule that may be found through several elements.
    SayOnce(u32),
}

/// Number of a step.
pub(super) type Place = u32;

/// What selects: a field of order or customer, or one of the elements of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) list: Option<EntityKind>,
    pub(super) field: Field,
}

/// All texts that tables know of a key, numbered: each is looked up once, however many tables it
/// selects from.
#[derive(Debug)]
pub(super) struct Dictionary {
    pub(super) key: Key,
    pub(super) numbers: HashMap<Arc<str>, u32>,
}

/// Where the rules begin that a text selects.
#[derive(Debug)]
pub(super) struct Table {
    /// Number of its dictionary.
    pub(super) key: u32,
    cases: Cases,
}

/// Places by number of the text.
#[derive(Debug)]
enum Cases {
    /// One after the other, from the first on.
    Dense(u32),
    Sparse(HashMap<u32, Place>),
}

impl Code {
    /// Every literal that is tested, as often as it is.
    pub(super) fn literals(&self) -> impl Iterator<Item = Literal> {
        self.steps.iter().filter_map(|step| match step {
            Step::Test { literal, .. } => Some(*literal),
            _ => None,
        })
    }

    /// Where the next step will be.
    pub(super) fn here(&self) -> Place {
        count(self.steps.len())
    }

    /// Adds a step that is not known yet.
    pub(super) fn reserve(&mut self) -> Place {
        self.steps.push(Step::Return);
        self.here() - 1
    }

    pub(super) fn set(&mut self, place: Place, step: Step) {
        self.steps[place as usize] = step;
    }

    /// Number of a key, which is made known.
    pub(super) fn key(&mut self, key: Key) -> usize {
        let known = self.keys.iter().position(|own| own.key == key);
        known.unwrap_or_else(|| {
            self.keys.push(Dictionary {
                key,
                numbers: HashMap::default(),
            });
            self.keys.len() - 1
        })
    }

    /// Gives the tables their cases, once all texts are known.
    pub(super) fn close(&mut self, tables: Vec<(usize, HashMap<u32, Place>)>) {
        for (key, cases) in tables {
            let texts = self.keys[key].numbers.len();
            let cases = if texts <= SMALL || texts <= cases.len() * SPACE {
                let first = count(self.cases.len());
                self.cases
                    .extend((0..count(texts)).map(|text| cases.get(&text).copied()));
                Cases::Dense(first)
            } else {
                Cases::Sparse(cases)
            };
            let key = count(key);
            self.tables.push(Table { key, cases });
        }
    }

    /// Where the rules begin that a text selects from a table.
    #[inline]
    pub(super) fn case(&self, table: &Table, text: u32) -> Option<Place> {
        match &table.cases {
            Cases::Dense(first) => self.cases[(first + text) as usize],
            Cases::Sparse(cases) => cases.get(&text).copied(),
        }
    }
}

/// Most texts of which a table has a place each, whether it knows them or not.
const SMALL: usize = 64;
/// And otherwise as many for each one that it knows.
const SPACE: usize = 8;

/// What is counted here fits into memory.
#[expect(
    clippy::cast_possible_truncation,
    reason = "2^32 steps do not fit into memory"
)]
pub(super) const fn count(things: usize) -> u32 {
    things as u32
}
