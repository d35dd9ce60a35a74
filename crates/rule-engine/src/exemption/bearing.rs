//! Every entry that names an order, and whether it exempts an exception of a rule.

use super::{Entry, Exemption, Exemptions, Subject};
use crate::evaluate::Moment;
use crate::rule_set::Rule;
use order::{OrderView, Timestamp};
use std::fmt;

/// An entry that names an order.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'e> {
    /// The list.
    pub list: &'e Exemption,
    /// The entry.
    pub entry: &'e Entry,
    /// What it does to an exception of the rule.
    pub bearing: Bearing,
}

/// What an entry that names an order does to an exception of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearing {
    /// It exempts it.
    InForce,
    /// It would, but another entry comes first.
    Behind,
    /// It begins later.
    NotYet,
    /// It is over.
    Expired,
    /// It is about other rules.
    OutOfScope,
}

impl Exemptions {
    /// Every entry that names an order just after an instant, the one in force first.
    pub(crate) fn naming(&self, rule: &Rule, view: &OrderView, at: Timestamp) -> Vec<Naming<'_>> {
        let mut found = Vec::new();
        let mut is_taken = false;
        for place in self.candidates(view) {
            let (list, entry) = self.at(place);
            if !names(entry, view, at) {
                continue;
            }
            let bearing = if !entry.scope.covers(rule.name(), rule.scenario()) {
                Bearing::OutOfScope
            } else if at >= entry.expires {
                Bearing::Expired
            } else if entry.from.is_some_and(|from| at < from) {
                Bearing::NotYet
            } else if std::mem::replace(&mut is_taken, true) {
                Bearing::Behind
            } else {
                Bearing::InForce
            };
            found.push(Naming {
                list,
                entry,
                bearing,
            });
        }
        found.sort_by_key(|naming| naming.bearing);
        found
    }
}

/// Whether the entry, which is among the candidates, is about the order indeed.
fn names(entry: &Entry, view: &OrderView, at: Timestamp) -> bool {
    match &entry.subject {
        Subject::Condition(condition) => {
            Moment::new(view, at).truth(&condition.expression) == Some(true)
        }
        _ => true,
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(name) => write!(formatter, "order {name}"),
            Self::Customer(name) => write!(formatter, "customer {name}"),
            Self::Sku(name) => write!(formatter, "sku {name}"),
            Self::Warehouse(name) => write!(formatter, "warehouse {name}"),
            Self::Condition(condition) => write!(formatter, "when {}", condition.text()),
        }
    }
}
