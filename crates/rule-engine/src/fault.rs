//! What is wrong with a rule as written.

use std::fmt;

/// One fault of an expression, with its place and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, in one clause.
    pub message: String,
    /// Type or thing expected at the place.
    pub expected: Option<String>,
    /// Type or thing found there.
    pub found: Option<String>,
    /// Known name nearest to an unknown one.
    pub nearest: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Fault {
    pub(crate) fn at(source: &str, offset: usize, message: impl Into<String>) -> Self {
        let mut offset = offset.min(source.len());
        while !source.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &source[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
            expected: None,
            found: None,
            nearest: None,
            help: None,
        }
    }

    pub(crate) fn expected(
        mut self,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    pub(crate) fn nearest<'n>(mut self, name: &str, known: impl Iterator<Item = &'n str>) -> Self {
        self.nearest = nearest(name, known);
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.message)?;
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

/// The known name most like `name`, when one is like it at all.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
