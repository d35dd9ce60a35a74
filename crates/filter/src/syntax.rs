//! The grammar of filters, as far as it needs no schema: text becomes a tree, and a tree is
//! written as text that gives the same tree.

mod lexer;
mod parser;
mod print;
#[cfg(test)]
mod tests;

pub(crate) use parser::parse;
pub use parser::{MAX_BYTES, MAX_DEPTH, MAX_TERMS};

/// What rows must satisfy. Lists have two elements or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// `a AND b`
    And(Vec<Expression>),
    /// `a b`, which says the same and binds tighter.
    Sequence(Vec<Expression>),
    /// `a OR b`, which binds tighter still.
    Or(Vec<Expression>),
    /// `NOT a` or `-a`
    Not(Box<Expression>),
    /// `a = b`
    Restriction(Restriction),
    /// A value that stands alone.
    Global(Comparable),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restriction {
    pub(crate) comparable: Comparable,
    pub(crate) comparator: Comparator,
    /// Where the comparator stands.
    pub(crate) at: Offset,
    pub(crate) argument: Argument,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `:`
    Has,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Comparable {
    Member(Member),
    Function(Function),
}

/// `a.b.c`; at least one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member(pub(crate) Vec<Word>);

/// `a.b(c, d)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: Member,
    pub(crate) arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    Comparable(Comparable),
    /// `(a OR b)`, and where it begins.
    Composite(Box<Expression>, Offset),
}

/// A literal, or a part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// What is meant, without quotes and escapes, and with its stars.
    pub(crate) text: String,
    /// Whether it stands in quotes.
    pub(crate) quoted: bool,
    /// Whether it begins and ends with a star that was not escaped.
    pub(crate) open: Open,
    pub(crate) at: Offset,
}

/// On which sides a literal goes on with anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) start: bool,
    pub(crate) end: bool,
}

/// Where something stands, in bytes. Trees of the same meaning are equal wherever they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offset(pub(crate) usize);

impl PartialEq for Offset {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Offset {}

impl Comparable {
    pub(crate) fn at(&self) -> usize {
        match self {
            Self::Member(member) | Self::Function(Function { name: member, .. }) => member.at(),
        }
    }
}

impl Member {
    pub(crate) fn at(&self) -> usize {
        self.0.first().map_or(0, |word| word.at.0)
    }

    /// The words joined by dots, as one literal: `com.google`, `2.5`.
    pub(crate) fn literal(&self) -> Word {
        let texts: Vec<&str> = self.0.iter().map(|word| word.text.as_str()).collect();
        let open = |side: fn(Open) -> bool, word: Option<&Word>| word.is_some_and(|w| side(w.open));
        Word {
            text: texts.join("."),
            quoted: self.0.iter().any(|word| word.quoted),
            open: Open {
                start: open(|open| open.start, self.0.first()),
                end: open(|open| open.end, self.0.last()),
            },
            at: Offset(self.at()),
        }
    }
}

impl Word {
    /// A word without quotes.
    pub(crate) fn bare(text: &str, at: usize) -> Self {
        Self {
            text: text.to_owned(),
            quoted: false,
            open: Open {
                start: text.starts_with('*'),
                end: text.ends_with('*'),
            },
            at: Offset(at),
        }
    }

    pub(crate) fn is_keyword(&self) -> bool {
        !self.quoted && matches!(self.text.as_str(), "AND" | "OR" | "NOT")
    }

    /// The text between its open sides.
    pub(crate) fn core(&self) -> &str {
        let text = self.text.as_str();
        let text = text
            .strip_prefix('*')
            .filter(|_| self.open.start)
            .unwrap_or(text);
        text.strip_suffix('*')
            .filter(|_| self.open.end)
            .unwrap_or(text)
    }
}
