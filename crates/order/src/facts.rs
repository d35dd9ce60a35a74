//! All facts about one order, merged as they come.

use std::cmp::Ordering;

use crate::fact::Fact;
use crate::statement::Statement;

/// The newest version of every entity of one order, from every source.
///
/// The same facts give the same content, in whatever order, batches and numbers
/// they are merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFacts<F = Fact> {
    facts: Vec<F>,
}

impl<F> OrderFacts<F> {
    /// Makes an order of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { facts: Vec::new() }
    }

    /// Walks through the facts by kind, entity and source.
    pub fn iter(&self) -> std::slice::Iter<'_, F> {
        self.facts.iter()
    }

    /// Returns whether nothing is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Returns how many facts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.facts.len()
    }
}

impl<F: Statement> OrderFacts<F> {
    /// Takes a fact in. Returns whether anything is new: an older version, or the
    /// same again, changes nothing.
    pub fn merge(&mut self, fact: F) -> bool {
        match self
            .facts
            .binary_search_by(|known| known.key().cmp(&fact.key()))
        {
            Err(index) => {
                self.facts.insert(index, fact);
                true
            }
            Ok(index) if fact.compare_versions(&self.facts[index]) == Ordering::Greater => {
                self.facts[index] = fact;
                true
            }
            Ok(_) => false,
        }
    }
}

impl<F> Default for OrderFacts<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Statement> FromIterator<F> for OrderFacts<F> {
    fn from_iter<I: IntoIterator<Item = F>>(facts: I) -> Self {
        let mut merged = Self::default();
        for fact in facts {
            merged.merge(fact);
        }
        merged
    }
}

impl<'a, F> IntoIterator for &'a OrderFacts<F> {
    type Item = &'a F;
    type IntoIter = std::slice::Iter<'a, F>;

    fn into_iter(self) -> Self::IntoIter {
        self.facts.iter()
    }
}
