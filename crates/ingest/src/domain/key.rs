//! By what the archive finds the facts of an entity.

use contracts::fact::v1;
use order::{EntityId, EntityKind, OrderId};

/// Hash of an order's id, or of the id of what orders share. Others may have the same, so
/// whoever looks by it compares the ids as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntityKey(u32);

/// Whose facts are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// All that belongs to an order.
    Order(OrderId),
    /// A customer's or a stock level's.
    Shared(EntityKind, EntityId),
}

impl EntityKey {
    /// The key that a journalled fact is found by.
    pub(crate) fn of(fact: &v1::Fact) -> Self {
        Self::of_named(
            fact.kind,
            fact.entity_id.as_bytes(),
            fact.order_id.as_bytes(),
        )
    }

    /// As [`EntityKey::of`], of a fact's kind and ids.
    pub(crate) fn of_named(kind: i32, entity_id: &[u8], order_id: &[u8]) -> Self {
        if order_id.is_empty() {
            Self::hash(kind, entity_id)
        } else {
            Self::hash(v1::EntityKind::Order as i32, order_id)
        }
    }

    /// FNV-1a over kind and id, folded: part of what is stored, so it never changes.
    fn hash(kind: i32, id: &[u8]) -> Self {
        let [kind, ..] = kind.to_le_bytes();
        let bytes = std::iter::once(kind).chain(id.iter().copied());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self((hash >> 32) as u32 ^ hash as u32)
    }

    /// The key as a number.
    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    /// The key as the database has it.
    pub(crate) const fn stored(self) -> i32 {
        self.0.cast_signed()
    }

    /// Reads a key as the database has it.
    pub(crate) const fn from_stored(stored: i32) -> Self {
        Self(stored.cast_unsigned())
    }

    #[cfg(test)]
    pub(crate) const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

impl Whose {
    /// The key of all its facts.
    pub(crate) fn key(&self) -> EntityKey {
        match self {
            Self::Order(id) => {
                EntityKey::hash(v1::EntityKind::Order as i32, id.as_str().as_bytes())
            }
            Self::Shared(kind, id) => EntityKey::hash(wire(*kind), id.as_str().as_bytes()),
        }
    }

    /// Whether a fact is one of them.
    pub(crate) fn owns(&self, kind: i32, entity_id: &[u8], order_id: &[u8]) -> bool {
        match self {
            Self::Order(id) => order_id == id.as_str().as_bytes(),
            Self::Shared(shared, id) => {
                order_id.is_empty() && kind == wire(*shared) && entity_id == id.as_str().as_bytes()
            }
        }
    }
}

fn wire(kind: EntityKind) -> i32 {
    contracts::facts::wire_kind(kind) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(kind: v1::EntityKind, entity_id: &str, order_id: &str) -> v1::Fact {
        v1::Fact {
            kind: kind as i32,
            entity_id: entity_id.to_owned(),
            order_id: order_id.to_owned(),
            ..v1::Fact::default()
        }
    }

    #[test]
    fn a_key_never_changes() {
        let order = fact(v1::EntityKind::Order, "A-1", "A-1");
        assert_eq!(EntityKey::of(&order).number(), 0x59fc_43d5);
    }

    #[test]
    fn what_belongs_to_an_order_is_found_by_the_order() {
        let order = Whose::Order("A-1".parse().unwrap());
        let shipment = fact(v1::EntityKind::Shipment, "W-1", "A-1");
        assert_eq!(EntityKey::of(&shipment), order.key());
        assert!(order.owns(shipment.kind, b"W-1", b"A-1"));
        assert!(!order.owns(shipment.kind, b"A-1", b"W-1"));
    }

    #[test]
    fn a_customer_is_no_stock_level_and_no_order_of_the_same_id() {
        let customer = Whose::Shared(EntityKind::Customer, "7".parse().unwrap());
        let stock = fact(v1::EntityKind::Stock, "7", "");
        assert_ne!(EntityKey::of(&stock), customer.key());
        assert!(!customer.owns(stock.kind, b"7", b""));
        assert!(customer.owns(v1::EntityKind::Customer as i32, b"7", b""));
        assert_ne!(Whose::Order("7".parse().unwrap()).key(), customer.key());
    }
}
