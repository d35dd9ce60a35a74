//! What rules read: an order joined with all that belongs to it.

use crate::catalogue::{Catalogue, Slot};
use crate::fact::{EntityKind, OrderId};
use crate::statement::Statement;
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
    #[inline]
    #[must_use]
    pub fn get(&self, slot: Slot) -> &Value {
        self.0.get(slot).unwrap_or(&Value::Missing)
    }

    /// Walks through the values by slot.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    /// Makes the record of one entity from what the sources say of it, the older first.
    fn of<S: Statement>(catalogue: &Catalogue, statements: &[&S]) -> Self {
        let Some(first) = statements.first() else {
            return Self::default();
        };
        let kind = first.kind();
        let mut values = vec![Value::Missing; catalogue.fields(kind).len()];
        values[0] = Value::text(first.entity_id());
        for statement in statements {
            statement.each_attribute(|name, value| {
                if let Some(slot) = catalogue.slot(kind, name).filter(|slot| *slot > 0) {
                    values[slot] = value;
                }
            });
        }
        Self(values.into_boxed_slice())
    }
}

impl OrderView {
    /// Joins the facts of one order with those of its customer and of its stock.
    /// Facts of other orders must not be among them.
    pub fn join<'a, S: Statement + 'a>(
        catalogue: &Catalogue,
        order_id: OrderId,
        facts: impl IntoIterator<Item = &'a S>,
    ) -> Self {
        let mut view = Self {
            order_id,
            order: Record::default(),
            customer: Record::default(),
            lists: Default::default(),
        };
        view.add(catalogue, facts);
        view
    }

    /// Adds entities of kinds that are not in it yet.
    pub fn add<'a, S: Statement + 'a>(
        &mut self,
        catalogue: &Catalogue,
        facts: impl IntoIterator<Item = &'a S>,
    ) {
        let mut facts: Vec<&S> = facts.into_iter().collect();
        facts.sort_by(|a, b| {
            let entity = |s: &'a S| (s.kind(), s.entity_id(), s.revision(), s.source());
            entity(a).cmp(&entity(b))
        });
        for entity in facts.chunk_by(|a, b| (a.kind(), a.entity_id()) == (b.kind(), b.entity_id()))
        {
            let kind = entity[0].kind();
            let record = Record::of(catalogue, entity);
            match list_of(kind) {
                Some(list) => self.lists[list].push(record),
                None if kind == EntityKind::Order => self.order = record,
                None => self.customer = record,
            }
        }
    }

    /// Returns the id of the order.
    #[must_use]
    pub const fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    /// Returns the order's own record; every value is missing while only other
    /// entities of it are known.
    #[inline]
    #[must_use]
    pub const fn order(&self) -> &Record {
        &self.order
    }

    /// Returns the customer's record.
    #[inline]
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
    #[inline]
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
