//! Facts of a batch, sorted into what is judged together.

use std::collections::BTreeMap;

use order::{EntityKind, Fact, OrderId};

/// The facts of some messages: those of each order, and those that orders share.
#[derive(Debug, Default)]
pub struct Sorted<'a> {
    /// Facts by order.
    pub orders: BTreeMap<&'a OrderId, Vec<&'a Fact>>,
    /// Facts of customers and stock, by kind and entity.
    pub shared: BTreeMap<(EntityKind, &'a str), Vec<&'a Fact>>,
}

impl<'a> FromIterator<&'a Fact> for Sorted<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Fact>>(facts: I) -> Self {
        let mut sorted = Self::default();
        for fact in facts {
            match fact.order_id() {
                Some(order_id) => sorted.orders.entry(order_id).or_default().push(fact),
                None => {
                    let key = (fact.kind(), fact.entity_id().as_str());
                    sorted.shared.entry(key).or_default().push(fact);
                }
            }
        }
        sorted
    }
}
