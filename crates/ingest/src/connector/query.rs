//! What a database is asked for, again and again.

use std::str::FromStr;

use order::Span;

use super::name::SecretName;
use super::poll::{Range, Schedule};
use crate::mapping::Expression;

/// A query whose rows are records.
#[derive(Clone, Debug)]
pub struct Query {
    /// Name of the secret that holds the database's URL.
    pub database: SecretName,
    /// What it is asked.
    pub sql: Statement,
    /// How new a row is.
    pub cursor: Option<Expression>,
    /// Most rows of one answer.
    pub limit: u32,
    /// Longest that an answer may take.
    pub timeout: Span,
    /// Most bytes of an answer.
    pub max_answer: u64,
    /// What part of the rows is asked for.
    pub range: Range,
    /// When it is asked.
    pub schedule: Schedule,
}

/// One statement that reads, with named placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    text: String,
    placeholders: Vec<(usize, Placeholder)>,
}

/// What is filled in for a name after `$`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// Where the window begins.
    From,
    /// Where it ends, itself beyond it.
    To,
    /// Most rows of one answer.
    Limit,
}

/// Why a text is no statement of a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedStatement {
    /// It does something else than read.
    #[error("expected a statement that begins with SELECT or WITH")]
    NotASelect,
    /// There is another one behind it.
    #[error("expected one statement, found another behind `;`")]
    Several(usize),
    /// A name after `$` is none of ours.
    #[error("there is no placeholder `${name}`")]
    Placeholder {
        /// The name.
        name: String,
        /// Byte at which it stands.
        at: usize,
    },
    /// A text or comment is not closed.
    #[error("`{0}` is never closed")]
    Unclosed(&'static str),
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::From, Self::To, Self::Limit];

    /// Returns the name, without the `$`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
            Self::Limit => "limit",
        }
    }
}

impl Statement {
    /// Returns whether something is filled in for a name.
    #[must_use]
    pub fn uses(&self, placeholder: Placeholder) -> bool {
        self.placeholders
            .iter()
            .any(|(_, found)| *found == placeholder)
    }

    /// Writes the statement as a database wants it: each placeholder becomes what the
    /// closure makes of it and of its number, from 1 in the order of the text.
    #[must_use]
    pub fn written(&self, mut write: impl FnMut(usize, Placeholder) -> String) -> String {
        let mut whole = String::with_capacity(self.text.len());
        let mut rest = 0;
        for (index, (at, placeholder)) in self.placeholders.iter().enumerate() {
            whole.push_str(&self.text[rest..*at]);
            whole.push_str(&write(index + 1, *placeholder));
            rest = at + 1 + placeholder.as_str().len();
        }
        whole.push_str(&self.text[rest..]);
        whole
    }

    /// Returns the placeholders in the order of the text.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.placeholders
            .iter()
            .map(|(_, placeholder)| *placeholder)
    }
}

impl FromStr for Statement {
    type Err = MalformedStatement;

    fn from_str(text: &str) -> Result<Self, MalformedStatement> {
        let text = text.trim_end().trim_end_matches(';').trim_end();
        let first = text.split_whitespace().next().unwrap_or_default();
        if !["select", "with"].contains(&first.to_ascii_lowercase().as_str()) {
            return Err(MalformedStatement::NotASelect);
        }
        let mut placeholders = Vec::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            at += match c {
                '\'' | '"' | '`' => quoted(rest, c)?,
                '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => {
                    let end = rest.find("*/").ok_or(MalformedStatement::Unclosed("/*"))?;
                    end + 2
                }
                ';' => return Err(MalformedStatement::Several(at)),
                '$' => {
                    let placeholder = placeholder(rest, at)?;
                    placeholders.push((at, placeholder));
                    1 + placeholder.as_str().len()
                }
                c => c.len_utf8(),
            };
        }
        Ok(Self {
            text: text.to_owned(),
            placeholders,
        })
    }
}

/// Returns the length of a quoted text; a doubled quote is one of the text, which then
/// reads as two texts side by side.
fn quoted(rest: &str, quote: char) -> Result<usize, MalformedStatement> {
    let end = rest[1..].find(quote);
    end.map(|end| end + 2)
        .ok_or(MalformedStatement::Unclosed(match quote {
            '\'' => "'",
            '"' => "\"",
            _ => "`",
        }))
}

fn placeholder(rest: &str, at: usize) -> Result<Placeholder, MalformedStatement> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let end = rest[1..]
        .find(|c| !word(c))
        .map_or(rest.len(), |end| end + 1);
    let name = &rest[1..end];
    let found = Placeholder::ALL
        .into_iter()
        .find(|known| known.as_str() == name);
    found.ok_or_else(|| MalformedStatement::Placeholder {
        name: name.to_owned(),
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_outside_texts_and_comments() {
        let sql = "SELECT '$nope', \"$x\" -- $y\n/* $z */ FROM v WHERE t >= $from AND t < $to LIMIT $limit;";
        let statement: Statement = sql.parse().unwrap();
        let written = statement.written(|number, _| format!("${number}"));
        assert_eq!(
            written,
            "SELECT '$nope', \"$x\" -- $y\n/* $z */ FROM v WHERE t >= $1 AND t < $2 LIMIT $3"
        );
        let found: Vec<_> = statement.placeholders().collect();
        assert_eq!(found, Placeholder::ALL);
    }

    #[test]
    fn what_does_not_only_read_is_refused() {
        let refused = |sql: &str| sql.parse::<Statement>().unwrap_err().to_string();
        assert!(refused("DELETE FROM v").contains("SELECT or WITH"));
        assert!(refused("SELECT 1; DROP TABLE v").contains("another behind"));
        assert!(refused("SELECT $1").contains("no placeholder `$1`"));
        assert!(refused("SELECT $$x$$").contains("no placeholder"));
        assert!(refused("SELECT 'x").contains("never closed"));
    }
}
