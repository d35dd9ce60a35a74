//! Exemptions: found through an index of what they name, never by looking through them.

mod bearing;
mod csv;
mod standing;

use crate::expression::Expression;
use order::{Catalogue, EntityKind, OrderView, Slot, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

pub use bearing::{Bearing, Naming};
pub use csv::{CsvFault, exemption_from_csv};
pub(crate) use standing::Standing;

/// A list of exemptions.
#[derive(Debug)]
pub struct Exemption {
    /// Name of the list.
    pub name: String,
    /// Its entries, as written.
    pub entries: Vec<Entry>,
}

/// One entry, with what it takes over from its list.
#[derive(Debug)]
pub struct Entry {
    /// What is exempt.
    pub subject: Subject,
    /// Why.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// First instant in event time; none means always before `expires`.
    pub from: Option<Timestamp>,
    /// First instant past it.
    pub expires: Timestamp,
    /// What it is exempt from.
    pub scope: Arc<Scope>,
}

/// What an entry exempts.
#[derive(Debug)]
pub enum Subject {
    /// The order of that number.
    Order(Box<str>),
    /// Orders of that customer.
    Customer(Box<str>),
    /// Orders with a line of that stock keeping unit.
    Sku(Box<str>),
    /// Orders that the warehouse ships.
    Warehouse(Box<str>),
    /// Orders of which the condition is true.
    Condition(Box<Condition>),
}

/// A condition in CEL.
#[derive(Debug)]
pub struct Condition {
    pub(crate) text: String,
    pub(crate) expression: Expression,
}

impl Condition {
    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Which rules an entry concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    rules: Vec<String>,
    scenarios: Vec<String>,
}

impl Scope {
    pub(crate) fn new(rules: &[String], scenarios: &[String]) -> Self {
        Self {
            rules: rules.to_vec(),
            scenarios: scenarios.to_vec(),
        }
    }

    /// Rules by name.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// Scenarios by name.
    pub fn scenarios(&self) -> &[String] {
        &self.scenarios
    }

    /// Whether it names a rule or its scenario, or nothing at all.
    pub fn covers(&self, rule: &str, scenario: &str) -> bool {
        let named = |names: &[String], name: &str| names.iter().any(|known| known == name);
        (self.rules.is_empty() && self.scenarios.is_empty())
            || named(&self.rules, rule)
            || named(&self.scenarios, scenario)
    }
}

/// List and entry.
type Place = (u32, u32);

/// Every list, and where to look first.
#[derive(Debug)]
pub(crate) struct Exemptions {
    lists: Vec<Exemption>,
    orders: HashMap<Box<str>, Vec<Place>>,
    customers: HashMap<Box<str>, Vec<Place>>,
    skus: HashMap<Box<str>, Vec<Place>>,
    warehouses: HashMap<Box<str>, Vec<Place>>,
    conditions: Vec<Place>,
    customer_id: Option<Slot>,
    warehouse: Option<Slot>,
    sku: Option<Slot>,
}

impl Exemptions {
    /// Lists must come by name: the first that matches is the one that is told.
    pub(crate) fn new(lists: Vec<Exemption>, catalogue: &Catalogue) -> Self {
        let mut exemptions = Self {
            lists: Vec::new(),
            orders: HashMap::new(),
            customers: HashMap::new(),
            skus: HashMap::new(),
            warehouses: HashMap::new(),
            conditions: Vec::new(),
            customer_id: catalogue.slot(EntityKind::Order, "customer_id"),
            warehouse: catalogue.slot(EntityKind::Order, "warehouse"),
            sku: catalogue.slot(EntityKind::Line, "sku"),
        };
        for (list, exemption) in (0..).zip(&lists) {
            for (entry, Entry { subject, .. }) in (0..).zip(&exemption.entries) {
                let (index, name) = match subject {
                    Subject::Order(name) => (&mut exemptions.orders, name),
                    Subject::Customer(name) => (&mut exemptions.customers, name),
                    Subject::Sku(name) => (&mut exemptions.skus, name),
                    Subject::Warehouse(name) => (&mut exemptions.warehouses, name),
                    Subject::Condition(_) => {
                        exemptions.conditions.push((list, entry));
                        continue;
                    }
                };
                index.entry(name.clone()).or_default().push((list, entry));
            }
        }
        exemptions.lists = lists;
        exemptions
    }

    pub(crate) fn lists(&self) -> &[Exemption] {
        &self.lists
    }

    fn at(&self, place: Place) -> (&Exemption, &Entry) {
        let list = &self.lists[place.0 as usize];
        (list, &list.entries[place.1 as usize])
    }

    /// Entries that may exempt an order, by list; conditions are among them unasked.
    fn candidates(&self, view: &OrderView) -> Vec<Place> {
        let mut places = self.conditions.clone();
        let mut look = |index: &HashMap<Box<str>, Vec<Place>>, name: Option<&str>| {
            if let Some(found) = name.and_then(|name| index.get(name)) {
                places.extend(found);
            }
        };
        let of_order = |slot: Option<Slot>| slot.and_then(|slot| view.order().get(slot).as_text());
        look(&self.orders, Some(view.order_id().as_str()));
        look(&self.customers, of_order(self.customer_id));
        look(&self.warehouses, of_order(self.warehouse));
        if let Some(sku) = self.sku.filter(|_| !self.skus.is_empty()) {
            for line in view.list(EntityKind::Line) {
                look(&self.skus, line.get(sku).as_text());
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}
