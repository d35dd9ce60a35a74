//! What is wrong with a mapping, and where.

use std::fmt;

/// A place in the mapping's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
}

/// One fault of a mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {path}: {message}")]
pub struct Fault {
    /// Where in the document's structure, such as `spec.datasets[0].file`.
    pub path: String,
    /// Where in the document's text.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Fault {
    /// Makes a fault.
    #[must_use]
    pub fn new(path: &str, place: Place, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            place,
            message: message.into(),
            help: String::new(),
        }
    }

    /// Returns it with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Advises the nearest of the names that there are, or lists them when none is near.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    let distance = |name: &&str| strsim::damerau_levenshtein(wrong, name);
    match names.iter().copied().min_by_key(distance) {
        None => "there are none".to_owned(),
        Some(near) if distance(&near) <= (wrong.chars().count() / 3).max(2) => {
            format!("did you mean `{near}`?")
        }
        Some(_) => {
            names.truncate(30);
            format!("there are: {}", names.join(", "))
        }
    }
}
