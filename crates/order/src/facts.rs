//! All facts about one order, merged as they come.

use std::cmp::Ordering;

use crate::fact::Fact;

/// The newest version of every entity of one order, from every source.
///
/// The same facts give the same content, in whatever order, batches and numbers
/// they are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFacts {
    facts: Vec<Fact>,
}

impl OrderFacts {
    /// Makes an order of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { facts: Vec::new() }
    }

    /// Takes a fact in. Returns whether anything is new: an older version, or the
    /// same again, changes nothing.
    pub fn merge(&mut self, fact: Fact) -> bool {
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

    /// Walks through the facts by kind, entity and source.
    pub fn iter(&self) -> std::slice::Iter<'_, Fact> {
        self.facts.iter()
    }

    /// Returns whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Returns how many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }
}

impl FromIterator<Fact> for OrderFacts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut merged = Self::default();
        for fact in facts {
            merged.merge(fact);
        }
        merged
    }
}

impl<'a> IntoIterator for &'a OrderFacts {
    type Item = &'a Fact;
    type IntoIter = std::slice::Iter<'a, Fact>;

    fn into_iter(self) -> Self::IntoIter {
        self.facts.iter()
    }
}
