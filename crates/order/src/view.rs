//! What rules read: an order joined with all that belongs to it.

use std::collections::BTreeMap;

use crate::catalogue::{Catalogue, Slot};
use crate::fact::{EntityId, EntityKind, Fact, OrderId};
use crate::value::Value;

/// One entity: its values by slot of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record(Box<[Value]>);

/// An order with its customer, lines, shipments, refunds, customs declarations,
/// and the stock of its lines. Lists are sorted by entity id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    order_id: OrderId,
    order: Record,
    customer: Record,
    lists: [Vec<Record>; 5],
}

impl Record {
    /// Returns a value, or `Missing`.
    #[must_use]
    pub fn get(&self, slot: Slot) -> &Value {
        self.0.get(slot).unwrap_or(&Value::Missing)
    }

    /// Walks through the values by slot.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    fn of<'a>(catalogue: &Catalogue, id: &EntityId, facts: impl Iterator<Item = &'a Fact>) -> Self {
        let mut facts: Vec<_> = facts.collect();
        facts.sort_by(|a, b| (a.revision(), a.source()).cmp(&(b.revision(), b.source())));
        let Some(kind) = facts.first().map(|fact| fact.kind()) else {
            return Self::default();
        };
        let mut values = vec![Value::Missing; catalogue.fields(kind).len()];
        values[0] = Value::text(id.as_str());
        for (name, value) in facts.into_iter().flat_map(Fact::attributes) {
            if let Some(slot) = catalogue.slot(kind, name).filter(|slot| *slot > 0) {
                values[slot] = value.clone();
            }
        }
        Self(values.into_boxed_slice())
    }
}

impl OrderView {
    /// Joins the facts of one order with those of its customer and of its stock.
    /// Facts of other orders must not be among them.
    pub fn join<'a>(
        catalogue: &Catalogue,
        order_id: OrderId,
        facts: impl IntoIterator<Item = &'a Fact>,
    ) -> Self {
        let mut entities: BTreeMap<(EntityKind, &EntityId), Vec<&Fact>> = BTreeMap::new();
        for fact in facts {
            entities
                .entry((fact.kind(), fact.entity_id()))
                .or_default()
                .push(fact);
        }
        let mut view = Self {
            order_id,
            order: Record::default(),
            customer: Record::default(),
            lists: Default::default(),
        };
        for ((kind, id), facts) in entities {
            let record = Record::of(catalogue, id, facts.into_iter());
            match list_of(kind) {
                Some(list) => view.lists[list].push(record),
                None if kind == EntityKind::Order => view.order = record,
                None => view.customer = record,
            }
        }
        view
    }

    /// Returns the id of the order.
    #[must_use]
    pub const fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    /// Returns the order's own record; every value is missing while only other
    /// entities of it are known.
    #[must_use]
    pub const fn order(&self) -> &Record {
        &self.order
    }

    /// Returns the customer's record.
    #[must_use]
    pub const fn customer(&self) -> &Record {
        &self.customer
    }

    /// Returns the one record of a kind that is not a list: order or customer.
    /// Lists give none.
    #[must_use]
    pub const fn single(&self, kind: EntityKind) -> Option<&Record> {
        match kind {
            EntityKind::Order => Some(&self.order),
            EntityKind::Customer => Some(&self.customer),
            _ => None,
        }
    }

    /// Returns the records of a list kind: lines, shipments, refunds, customs, stock.
    #[must_use]
    pub fn list(&self, kind: EntityKind) -> &[Record] {
        list_of(kind).map_or(&[], |list| &self.lists[list])
    }
}

const fn list_of(kind: EntityKind) -> Option<usize> {
    match kind {
        EntityKind::Line => Some(0),
        EntityKind::Shipment => Some(1),
        EntityKind::Refund => Some(2),
        EntityKind::Customs => Some(3),
        EntityKind::Stock => Some(4),
        EntityKind::Order | EntityKind::Customer => None,
    }
}
