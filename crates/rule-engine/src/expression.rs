//! What a checked condition becomes: a tree with every name resolved to its place.

use calendar::Calendar;
use jiff::tz::TimeZone;
use order::{EntityKind, Slot, Value};
use regex::Regex;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Most nested macros of one condition.
pub(crate) const MAX_LOCALS: usize = 4;

/// One node, with the bytes of the text that it came from.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) text: Range<usize>,
    pub(crate) act: Act,
}

/// Its shape, wherever it was written: of one rule set, what prints alike says the same.
impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.act {
            Act::Threshold(threshold) => {
                write!(formatter, "Threshold({:p})", Arc::as_ptr(threshold))
            }
            act => act.fmt(formatter),
        }
    }
}

/// What a node does.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Constant(Value),
    Field(FieldRef),
    Has(FieldRef),
    /// The element that a macro looks at.
    Local(usize),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    If(Box<[Expression; 3]>),
    Compare(Comparison, Box<[Expression; 2]>),
    Clock(Box<Clock>),
    Arithmetic(Arithmetic, Box<[Expression; 2]>),
    Negate(Box<Expression>),
    In(Box<Expression>, Box<List>),
    /// Whether two lists are equal, or differ.
    CompareLists(Equality, Box<[List; 2]>),
    /// The element at a place of a list, from 0.
    Index(Box<List>, Box<Expression>),
    Quantify(Quantifier, Box<Each>),
    ListSize(Box<List>),
    TextSize(Box<Expression>),
    /// One text after the other.
    Concatenate(Box<[Expression; 2]>),
    TextTest(TextTest, Box<[Expression; 2]>),
    Matches(Box<Expression>, Box<Regex>),
    Convert(Conversion, Box<Expression>),
    Read(Box<Reading>),
    Threshold(Arc<Threshold>),
}

/// A field of a record that is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldRef {
    pub(crate) record: Place,
    pub(crate) slot: Slot,
    /// Whether it is an event's instant, which is missing until it has come.
    pub(crate) event: bool,
}

/// Where a record is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Order,
    Customer,
    Local(usize),
}

/// A list to walk through.
#[derive(Debug, Clone)]
pub(crate) enum List {
    Records(EntityKind),
    /// A field that holds texts, or instants of events.
    Field(FieldRef),
    Literal(Vec<Expression>),
    Filter(Box<Each>),
    Map(Box<Each>),
    /// One list after the other.
    Joined(Box<[List; 2]>),
    Choice(Box<ListChoice>),
}

/// One of two lists, by a condition.
#[derive(Debug, Clone)]
pub(crate) struct ListChoice {
    pub(crate) condition: Expression,
    pub(crate) yes: List,
    pub(crate) no: List,
}

/// A part of an instant as the clocks and calendars of a zone show it, or of a span.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) of: Expression,
    pub(crate) part: TimePart,
    pub(crate) zone: TimeZone,
}

/// Parts of instants and spans, by CEL's accessors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimePart {
    FullYear,
    /// From 0.
    Month,
    /// From 0.
    DayOfMonth,
    /// The day of the month, from 1.
    Date,
    /// From 0, which is Sunday.
    DayOfWeek,
    /// From 0.
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Equality {
    Equal,
    Different,
}

/// A list, and what is asked or made of each of its elements.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    pub(crate) list: List,
    pub(crate) local: usize,
    pub(crate) body: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Exists,
    All,
    ExistsOne,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it is true of two values that are in this order.
    #[inline]
    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// The comparison that is true of two values in order when this one is false.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The comparison that says the same with its sides exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

/// A comparison with the running clock: `±hand + offsets ? against`.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) hand: Hand,
    pub(crate) negated: bool,
    pub(crate) offsets: Vec<Offset>,
    pub(crate) comparison: Comparison,
    pub(crate) against: Expression,
}

/// What runs.
#[derive(Clone)]
pub(crate) enum Hand {
    /// `now`
    Now,
    /// `elapsed(since, "calendar")`
    Worked {
        since: Expression,
        calendar: Arc<Calendar>,
    },
}

impl fmt::Debug for Hand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => formatter.write_str("Now"),
            Self::Worked { since, calendar } => {
                write!(formatter, "Worked({since:?}, {:p})", Arc::as_ptr(calendar))
            }
        }
    }
}

/// A term beside the hand of a clock.
#[derive(Debug, Clone)]
pub(crate) struct Offset {
    pub(crate) negated: bool,
    pub(crate) term: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    Bool,
    Int,
    Double,
    Text,
    Timestamp,
    Duration,
}

/// A decision table: the first row whose condition is true and whose value is known decides.
///
/// Rows of campaigns come first, each with the campaign's own condition in it, in the order of
/// the campaigns' precedence; so nothing but the order of the rows decides.
#[derive(Debug)]
pub(crate) struct Threshold {
    pub(crate) rows: Vec<Row>,
    pub(crate) default: Value,
}

/// One row of a decision table.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where the operator wrote it.
    pub(crate) origin: Origin,
    /// The parts of the condition as written, one for each part of `when`.
    pub(crate) sources: Vec<String>,
    /// A conjunction, always.
    pub(crate) when: Expression,
    pub(crate) value: Expression,
    /// The value as written.
    pub(crate) value_source: String,
}

/// Where a row stands in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) campaign: Option<Arc<str>>,
    /// From 0; none for a default of its own.
    pub(crate) row: Option<usize>,
}

impl Row {
    /// The parts of its condition with their texts.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &Expression)> {
        let parts = match &self.when.act {
            Act::And(parts) => parts.as_slice(),
            _ => std::slice::from_ref(&self.when),
        };
        self.sources.iter().map(String::as_str).zip(parts)
    }
}
