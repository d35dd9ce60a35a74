//! A filter that fits its schema: what both interpreters read.

use chrono::TimeDelta;

use crate::{environment::Environment, sql::Bind, syntax::Comparator};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// True where the condition is not true.
    Not(Box<Condition>),
    Test(Subject, Test),
}

/// What is asked of one subject. A subject without a value passes no test.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// It has a value; a list or map has an element.
    Present,
    /// It is this.
    Is(bool),
    /// It compares so; [`Comparator::Has`] does not occur.
    Compares(Comparator, Operand),
    /// Text is like the pattern, or is not.
    Like { pattern: Pattern, expected: bool },
    /// Text contains this, which is in small letters, when its own A to Z are made small.
    Contains(String),
    /// A list has an element like the pattern.
    HasElement(Pattern),
}

/// A field, or the entry of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    pub(crate) shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    List,
    Map,
    /// The entry of a map with this key.
    Entry(String),
}

/// What a subject is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Literal(Bind),
    /// The instant so far from the present.
    Away(TimeDelta),
    /// Who asks.
    Me,
}

/// Text that may go on with anything on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) core: String,
    pub(crate) open_start: bool,
    pub(crate) open_end: bool,
}

impl Operand {
    /// Its value; absent when nobody asks.
    pub(crate) fn value(&self, environment: &Environment<'_>) -> Option<Bind> {
        match self {
            Self::Literal(bind) => Some(bind.clone()),
            Self::Away(away) => Some(Bind::Instant(environment.instant(*away))),
            Self::Me => environment.me.map(|me| Bind::Text(me.to_owned())),
        }
    }
}

impl Pattern {
    pub(crate) fn is_exact(&self) -> bool {
        !self.open_start && !self.open_end
    }

    pub(crate) fn fits(&self, text: &str) -> bool {
        match (self.open_start, self.open_end) {
            (false, false) => text == self.core,
            (false, true) => text.starts_with(&self.core),
            (true, false) => text.ends_with(&self.core),
            (true, true) => text.contains(&self.core),
        }
    }

    /// As `like` of SQL has it.
    pub(crate) fn like(&self) -> String {
        let escape = |character: char| match character {
            '%' | '_' | '\\' => ['\\', character].into_iter().collect(),
            _ => String::from(character),
        };
        let any = |open: bool| if open { "%" } else { "" };
        let core: String = self.core.chars().map(escape).collect();
        format!("{}{core}{}", any(self.open_start), any(self.open_end))
    }
}
