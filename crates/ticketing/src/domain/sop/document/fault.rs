//! What is wrong with documents.

use std::fmt::Display;

use thiserror::Error;

/// Everything wrong with the documents, each fault by its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Faults(pub Vec<Fault>);

/// One fault in a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// Path to the value, such as `Sop/shipping-delay: spec.steps[1].expected`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Faults {
    /// Nothing is wrong when there are none.
    pub(crate) fn unless_none(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }
}

pub(crate) fn fault(place: impl Into<String>, what: impl Display) -> Fault {
    Fault {
        place: place.into(),
        what: what.to_string(),
    }
}
