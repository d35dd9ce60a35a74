//! One typed value of a fact, or the lack of one.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::timestamp::{Span, Timestamp};

/// A value as rules see it. `Missing` makes every comparison unknown.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Not known, not given, or not happened yet.
    #[default]
    Missing,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number; amounts are in whole currency units.
    Double(f64),
    /// A text.
    Text(Arc<str>),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Span),
    /// A list of texts.
    TextList(Arc<[Arc<str>]>),
    /// Instants of one kind of event; [`Value::instants`] sorts them.
    InstantList(Arc<[Timestamp]>),
}

impl Value {
    /// Makes a text value.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    /// Makes a list of instants: sorted, each once, so that no order of arrival matters.
    #[must_use]
    pub fn instants(instants: impl IntoIterator<Item = Timestamp>) -> Self {
        let mut instants: Vec<_> = instants.into_iter().collect();
        instants.sort_unstable();
        instants.dedup();
        Self::InstantList(instants.into())
    }

    /// Returns whether there is no value.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Returns the text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the instant, if it is one.
    #[must_use]
    pub const fn as_timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::Timestamp(instant) => Some(*instant),
            _ => None,
        }
    }

    /// Returns the number, if it is one.
    #[must_use]
    pub const fn as_double(&self) -> Option<f64> {
        match self {
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// Names the type, as error messages say it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "text",
            Self::Timestamp(_) => "timestamp",
            Self::Duration(_) => "duration",
            Self::TextList(_) => "list of text",
            Self::InstantList(_) => "list of timestamp",
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Double(_) => 3,
            Self::Text(_) => 4,
            Self::Timestamp(_) => 5,
            Self::Duration(_) => 6,
            Self::TextList(_) => 7,
            Self::InstantList(_) => 8,
        }
    }
}

/// A total order over contents, so that ties between facts have one answer. It is
/// not the order of the rule language, where values of two types do not compare.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::TextList(a), Self::TextList(b)) => a.cmp(b),
            (Self::InstantList(a), Self::InstantList(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("missing"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Double(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "{value:?}"),
            Self::Timestamp(value) => write!(formatter, "{value}"),
            Self::Duration(value) => write!(formatter, "{value}"),
            Self::TextList(values) => write!(formatter, "{values:?}"),
            Self::InstantList(instants) => {
                let texts: Vec<_> = instants.iter().map(Timestamp::to_string).collect();
                write!(formatter, "[{}]", texts.join(", "))
            }
        }
    }
}
