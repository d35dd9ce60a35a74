//! What is wrong with a tree, and where in it.

use std::fmt;

/// One fault of a visual rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Place in the JSON, such as `rules[2].rules[0].value`; empty for the tree itself.
    pub path: String,
    /// What is wrong, in one clause.
    pub message: String,
    /// What would be right there.
    pub expected: Option<String>,
    /// What is there.
    pub found: Option<String>,
    /// Known name nearest to an unknown one.
    pub nearest: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Fault {
    pub(super) fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            expected: None,
            found: None,
            nearest: None,
            help: None,
        }
    }

    pub(super) fn expected(
        mut self,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    pub(super) fn nearest<'n>(mut self, name: &str, known: impl Iterator<Item = &'n str>) -> Self {
        self.nearest = crate::fault::nearest(name, known);
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self.path.as_str() {
            "" => "the tree",
            path => path,
        };
        write!(formatter, "{path}: {}", self.message)?;
        if let (Some(expected), Some(found)) = (&self.expected, &self.found) {
            write!(formatter, ": expected {expected}, found {found}")?;
        }
        if let Some(nearest) = &self.nearest {
            write!(formatter, "; did you mean `{nearest}`?")?;
        }
        match &self.help {
            Some(help) => write!(formatter, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}
