//! What a rule asks, in parts that every language can spell.

use crate::known::Order;

/// One part of a conjunction. Paths begin with `order`, `customer`, or the first letter of a list.
#[derive(Debug, Clone)]
pub enum Part {
    /// A text is one of some.
    Among(&'static str, Vec<String>),
    /// A number is not less.
    AtLeast(&'static str, Number),
    /// So many microseconds have passed since an instant; also before it, where it is a plan and
    /// they are negative.
    Passed(&'static str, i64),
    /// A value is not there.
    Lacks(&'static str),
    /// An event has happened.
    Has(&'static str),
    /// An element of a list is so.
    Exists(&'static str, Vec<Part>),
    /// None is.
    Nowhere(&'static str, Vec<Part>),
}

/// A constant.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Of things.
    Count(i64),
    /// Of money, in whole units.
    Amount(i64),
}

impl Part {
    /// The instants at which its answer may change.
    pub fn flips(&self, order: &Order, flips: &mut Vec<i64>) {
        match self {
            Self::Among(..) | Self::AtLeast(..) => {}
            Self::Passed(path, span) => {
                flips.extend(order.instants(path).iter().map(|instant| instant + span));
            }
            Self::Lacks(path) | Self::Has(path) => flips.extend(order.instants(path)),
            Self::Exists(_, parts) | Self::Nowhere(_, parts) => {
                parts.iter().for_each(|part| part.flips(order, flips));
            }
        }
    }
}

/// Joins parts by a word of the language.
pub fn joined(parts: &[Part], spelt: impl Fn(&Part) -> String, and: &str) -> String {
    parts.iter().map(spelt).collect::<Vec<_>>().join(and)
}

/// A list of texts in quotes.
#[must_use]
pub fn quoted(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    texts.join(", ")
}

/// The name of an element within a list.
#[must_use]
pub fn element(list: &str) -> &str {
    &list[..1]
}
