//! What people say of orders.

use order::{OrderId, Timestamp};
use std::fmt;

/// What a label is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// One rule, by name.
    Rule(String),
    /// Any rule of a scenario.
    Scenario(String),
}

/// One order's mark by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The order.
    pub order_id: OrderId,
    /// The rule or scenario that it is about.
    pub target: Target,
    /// Whether it truly is an exception.
    pub is_exception: bool,
    /// When it truly became a problem, where somebody knows.
    pub at: Option<Timestamp>,
    /// Whatever else was written down.
    pub note: String,
}

/// Two labels that cannot both stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Index of the earlier label.
    pub first: usize,
    /// Index of the later label.
    pub second: usize,
    /// The order of both.
    pub order_id: OrderId,
    /// What the later one is about.
    pub target: Target,
    /// Whether they say different things; otherwise the same twice.
    pub contradicts: bool,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(name) => write!(formatter, "rule {name}"),
            Self::Scenario(name) => write!(formatter, "scenario {name}"),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.contradicts {
            "contradicts"
        } else {
            "repeats"
        };
        let (order, target) = (&self.order_id, &self.target);
        write!(
            formatter,
            "order {order}, {target}: {verb} an earlier label"
        )
    }
}
