//! The life of one order, as writes into the books of the shop's systems.

mod parcel;
mod refund;
mod scribe;
mod story;

use std::collections::BTreeMap;
use std::sync::Arc;

use order::{EntityKind, Fact, OrderId, Revision, Timestamp, Value};

use crate::customer::Customer;
use crate::shop::Shop;
use crate::source::Source;

/// What kind of order it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ships from stock, at once.
    Normal,
    /// Sold before it is there; ships by a date of its own.
    Presale,
    /// Leaves in several parcels.
    Split,
    /// Crosses a border.
    CrossBorder,
    /// The customer asked for a later date, through the CRM.
    Dated,
}

/// One entity of an order, in one system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Entity {
    /// The order as the ERP sees it.
    Order,
    /// What the CRM says about the order.
    Agreement,
    Line(u8),
    Shipment(u8),
    Refund(u8),
    Declaration(u8),
}

/// One value written into the books at an instant; a later one replaces it.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) at: Timestamp,
    pub(crate) entity: Entity,
    pub(crate) field: &'static str,
    pub(crate) value: Value,
}

/// Everything that was ever written about one order.
#[derive(Clone, Debug)]
pub struct Life {
    order_id: OrderId,
    customer: usize,
    /// Sorted by instant.
    writes: Vec<Write>,
}

impl Kind {
    /// Returns the name, as the ERP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Presale => "presale",
            Self::Split => "split",
            Self::CrossBorder => "cross-border",
            Self::Dated => "dated",
        }
    }
}

impl Entity {
    /// Returns the system that keeps it.
    pub(crate) const fn source(self) -> Source {
        match self {
            Self::Order | Self::Line(_) | Self::Refund(_) => Source::Erp,
            Self::Agreement => Source::Crm,
            Self::Shipment(_) => Source::Carrier,
            Self::Declaration(_) => Source::Customs,
        }
    }

    const fn kind(self) -> EntityKind {
        match self {
            Self::Order | Self::Agreement => EntityKind::Order,
            Self::Line(_) => EntityKind::Line,
            Self::Shipment(_) => EntityKind::Shipment,
            Self::Refund(_) => EntityKind::Refund,
            Self::Declaration(_) => EntityKind::Customs,
        }
    }

    pub(crate) fn id(self, order: &OrderId) -> String {
        match self {
            Self::Order | Self::Agreement => order.to_string(),
            Self::Line(number) => format!("{order}/{number}"),
            Self::Shipment(number) => format!("W{order}-{number}"),
            Self::Refund(number) => format!("R{order}-{number}"),
            Self::Declaration(number) => format!("D{order}-{number}"),
        }
    }
}

impl Life {
    pub(crate) fn of(shop: &Shop, index: u32, customers: &[Customer]) -> Self {
        story::tell(shop, index, customers)
    }

    fn new(order_id: OrderId, customer: usize, mut writes: Vec<Write>) -> Self {
        writes.sort_by_key(|write| write.at);
        Self {
            order_id,
            customer,
            writes,
        }
    }

    pub(crate) const fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    pub(crate) const fn customer(&self) -> usize {
        self.customer
    }

    pub(crate) fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Returns an entity as its system shows it at an instant; none before it exists.
    pub(crate) fn fact(&self, entity: Entity, as_of: Timestamp) -> Option<Fact> {
        let mut values = BTreeMap::new();
        let mut revision = None;
        let known = self.writes.iter().take_while(|write| write.at <= as_of);
        for write in known.filter(|write| write.entity == entity) {
            values.insert(write.field, write.value.clone());
            revision = Some(Revision(write.at.micros()));
        }
        let attributes = values
            .into_iter()
            .map(|(field, value)| (Arc::from(field), value))
            .collect();
        Fact::new(
            entity.source().id(),
            entity.kind(),
            entity.id(&self.order_id).parse().ok()?,
            Some(self.order_id.clone()),
            revision?,
            attributes,
        )
        .ok()
    }

    /// Walks through every entity as it stands at an instant.
    pub(crate) fn facts(&self, as_of: Timestamp) -> impl Iterator<Item = Fact> {
        let mut entities: Vec<_> = self.writes.iter().map(|write| write.entity).collect();
        entities.sort_unstable();
        entities.dedup();
        entities
            .into_iter()
            .filter_map(move |entity| self.fact(entity, as_of))
    }
}
