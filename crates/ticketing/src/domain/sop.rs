//! Standard operating procedures: which steps a kind of trouble asks for.

pub mod document;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{holder::Holder, span::Span};

/// Name of the procedure for scenarios that have none of their own.
pub const DEFAULT: &str = "default";

/// One version of a procedure. Never changes once stored, so that a ticket
/// keeps the procedure under which it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sop {
    /// Name, unique among procedures.
    pub name: String,
    /// Counts from 1.
    pub version: i32,
    /// Scenarios that it is for.
    pub scenarios: Vec<String>,
    /// What to do, in order; at least one.
    pub steps: Vec<Step>,
}

/// One step of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Name, unique in the procedure.
    pub name: String,
    /// Short title.
    pub title: Text,
    /// What to do.
    pub instructions: Text,
    /// Who answers for it.
    pub holder: Holder,
    /// How long it may take.
    pub expected: Span,
    /// Whether the ticket cannot be closed by a person without it.
    pub mandatory: bool,
}

/// A text for people in both languages; the second may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    #[serde(default)]
    pub en: String,
    /// Chinese.
    #[serde(default)]
    pub zh: String,
}

/// The procedures in force: the newest version of each.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Vec<Arc<Sop>>);

impl Sop {
    /// Index of the step with this name.
    #[must_use]
    pub fn position(&self, step: &str) -> Option<usize> {
        self.steps
            .iter()
            .position(|candidate| candidate.name == step)
    }

    /// Whether both ask for the same, whatever their versions.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.name == other.name && self.scenarios == other.scenarios && self.steps == other.steps
    }
}

impl Text {
    /// Chinese and English, one line each; what is empty is left out.
    #[must_use]
    pub fn in_both(&self) -> String {
        let lines: Vec<&str> = [self.zh.trim(), self.en.trim()]
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("\n")
    }
}

impl Shelf {
    /// Puts the newest versions on a shelf.
    #[must_use]
    pub fn new(newest: Vec<Arc<Sop>>) -> Self {
        Self(newest)
    }

    /// The procedure for a scenario: its own, else the default one.
    #[must_use]
    pub fn choose(&self, scenario: &str) -> Option<&Arc<Sop>> {
        self.0
            .iter()
            .find(|sop| sop.scenarios.iter().any(|own| own == scenario))
            .or_else(|| self.get(DEFAULT))
    }

    /// The procedure with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Sop>> {
        self.0.iter().find(|sop| sop.name == name)
    }

    /// Every procedure in force.
    #[must_use]
    pub fn all(&self) -> &[Arc<Sop>] {
        &self.0
    }
}
