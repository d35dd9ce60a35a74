//! A fact in whatever form it is kept.

use std::cmp::Ordering;

use crate::fact::{EntityKind, Fact, Revision};
use crate::value::Value;

/// What one source says of one entity: a [`Fact`], or one that has not been taken
/// apart yet.
pub trait Statement {
    /// Returns what kind of thing it is about.
    fn kind(&self) -> EntityKind;

    /// Returns the entity it is about.
    fn entity_id(&self) -> &str;

    /// Returns the source that said it.
    fn source(&self) -> &str;

    /// Returns the source's own version.
    fn revision(&self) -> Revision;

    /// Compares two versions of one entity: the higher revision is newer, equal
    /// revisions are decided by content, so that no order of arrival matters.
    fn compare_versions(&self, other: &Self) -> Ordering;

    /// Hands over its attributes, each name once.
    fn each_attribute(&self, visit: impl FnMut(&str, Value));

    /// Returns what two versions of one entity share.
    fn key(&self) -> (EntityKind, &str, &str) {
        (self.kind(), self.entity_id(), self.source())
    }
}

impl Statement for Fact {
    fn kind(&self) -> EntityKind {
        self.kind()
    }

    fn entity_id(&self) -> &str {
        self.entity_id().as_str()
    }

    fn source(&self) -> &str {
        self.source().as_str()
    }

    fn revision(&self) -> Revision {
        self.revision()
    }

    fn compare_versions(&self, other: &Self) -> Ordering {
        self.compare_versions(other)
    }

    fn each_attribute(&self, mut visit: impl FnMut(&str, Value)) {
        for (name, value) in self.attributes() {
            visit(name, value.clone());
        }
    }
}
