//! The orders that everybody judges.

use order::{
    Catalogue, EntityId, EntityKind, Fact, OrderFacts, OrderId, OrderView, Revision, Span,
    Timestamp, Value,
};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use simulator::Shop;
use std::error::Error;
use std::sync::Arc;

use crate::known::Order;

/// Carriers of the shop.
pub const CARRIERS: [&str; 8] = ["sf", "jd", "zto", "yto", "sto", "yunda", "jt", "ems"];
/// How many warehouses it has.
pub const WAREHOUSES: u32 = 40;
/// How many regions it ships to.
pub const REGIONS: u32 = 30;
/// How many channels it sells through.
pub const CHANNELS: u32 = 12;
/// How many categories it sells.
pub const CATEGORIES: u32 = 60;

/// One order and an instant to judge it at.
#[derive(Debug)]
pub struct Case {
    /// As the engine gets it.
    pub view: OrderView,
    /// The same in the fields that rules read, all that ever happened.
    pub order: Order,
    /// Microseconds; within six days of the order's creation.
    pub at: i64,
}

/// Name of a warehouse, region, channel or category.
#[must_use]
pub fn name(of: &str, number: u32) -> String {
    format!("{of}-{number:02}")
}

/// The simulated orders, spread over the places of a larger shop than the simulator's.
///
/// # Errors
/// When the simulator's facts are not what they should be.
pub fn cases(catalogue: &Catalogue, count: u32) -> Result<(Vec<Case>, Timestamp), Box<dyn Error>> {
    let shop = Shop {
        orders: count,
        ..Shop::default()
    };
    let mut random = ChaCha8Rng::seed_from_u64(shop.seed);
    let day = shop.live();
    let mut cases = Vec::new();
    for (id, facts) in day.orders() {
        let places = places(id, &facts, &mut random)?;
        let view = OrderView::join(catalogue, id.clone(), facts.iter().chain(&places));
        let order = Order::of(catalogue, &view);
        let created = order.created_at.ok_or("an order that was never created")?;
        let at = created + Span::from_seconds(random.random_range(60..6 * 86_400)).micros();
        cases.push(Case { view, order, at });
    }
    Ok((cases, shop.closes()))
}

/// Where an order is from and goes to, said with the last word.
fn places(
    id: &OrderId,
    facts: &OrderFacts,
    random: &mut ChaCha8Rng,
) -> Result<Vec<Fact>, Box<dyn Error>> {
    let order = vec![
        ("warehouse", some(random, "warehouse", WAREHOUSES)),
        ("region", some(random, "region", REGIONS)),
        ("channel", some(random, "channel", CHANNELS)),
    ];
    let mut places = vec![fact(id, EntityKind::Order, id.as_str().parse()?, order)?];
    for known in facts.iter() {
        let place = match known.kind() {
            EntityKind::Line => ("category", some(random, "category", CATEGORIES)),
            EntityKind::Shipment => {
                let carrier = CARRIERS.choose(random).ok_or("no carriers")?;
                ("carrier", Value::text(carrier))
            }
            _ => continue,
        };
        places.push(fact(
            id,
            known.kind(),
            known.entity_id().clone(),
            vec![place],
        )?);
    }
    Ok(places)
}

fn some(random: &mut ChaCha8Rng, of: &str, count: u32) -> Value {
    Value::text(&name(of, random.random_range(0..count)))
}

fn fact(
    order: &OrderId,
    kind: EntityKind,
    entity: EntityId,
    values: Vec<(&str, Value)>,
) -> Result<Fact, Box<dyn Error>> {
    let values = values
        .into_iter()
        .map(|(name, value)| (Arc::from(name), value));
    let (source, last) = ("shop".parse()?, Revision(i64::MAX));
    Ok(Fact::new(
        source,
        kind,
        entity,
        Some(order.clone()),
        last,
        values.collect(),
    )?)
}
