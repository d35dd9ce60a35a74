//! Facts of a batch, sorted into what is judged together.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use contracts::facts::SealedFact;
use order::{EntityKind, OrderId, Statement};

/// Facts by the order that they are about.
pub type ByOrder = BTreeMap<OrderId, Vec<SealedFact>>;

/// The facts of some messages: those of each order, and those that orders share.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Facts by order.
    pub orders: ByOrder,
    /// Facts of customers and stock, by kind and entity.
    pub shared: BTreeMap<(EntityKind, String), Vec<SealedFact>>,
}

impl FromIterator<SealedFact> for Sorted {
    fn from_iter<I: IntoIterator<Item = SealedFact>>(facts: I) -> Self {
        let mut sorted = Self::default();
        for fact in facts {
            match fact.order_id() {
                Some(order_id) => sorted.orders.entry(order_id).or_default().push(fact),
                None => {
                    let key = (fact.kind(), fact.entity_id().to_string());
                    sorted.shared.entry(key).or_default().push(fact);
                }
            }
        }
        sorted
    }
}

/// Parts that have no order in common, at most so many, none of them empty.
#[must_use]
pub fn parts(orders: ByOrder, most: usize) -> Vec<ByOrder> {
    let mut parts: Vec<ByOrder> = (0..most.max(1)).map(|_| ByOrder::new()).collect();
    for (order_id, facts) in orders {
        let mut hasher = DefaultHasher::new();
        order_id.hash(&mut hasher);
        let part = hasher.finish() % parts.len() as u64;
        parts[part as usize].insert(order_id, facts);
    }
    parts.retain(|part| !part.is_empty());
    parts
}
