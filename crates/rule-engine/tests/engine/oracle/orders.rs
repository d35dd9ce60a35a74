//! Random orders, and what of them was known at an instant.

use super::GRID;
use crate::support::{at, fact, instant};
use calendar::{Calendar, CalendarSpec};
use cel::objects::Key;
use cel::{Context, Value as Cel};
use chrono::{DateTime, FixedOffset};
use order::{EntityKind, Fact, Timestamp, Value};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Instants of events, missing until they come; all others are plans.
const EVENTS: [&str; 8] = [
    "created_at",
    "paid_at",
    "cancelled_at",
    "since_at",
    "handed_over_at",
    "delivered_at",
    "requested_at",
    "completed_at",
];

pub(super) const TEXTS: [&str; 4] = ["a", "ab", "b", "vip"];

pub(crate) fn random(random: &mut ChaCha8Rng) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (kind, most, fields) in [
        (EntityKind::Order, 1, &ORDER[..]),
        (
            EntityKind::Customer,
            1,
            &["since_at", "tier", "do_not_chase"][..],
        ),
        (
            EntityKind::Line,
            3,
            &["ship_by", "sku", "category", "quantity", "price"][..],
        ),
        (EntityKind::Shipment, 2, &SHIPMENT[..]),
        (
            EntityKind::Refund,
            2,
            &["requested_at", "completed_at", "status", "amount"][..],
        ),
    ] {
        for id in 0..random
            .random_range(0..=most)
            .max(i32::from(kind == EntityKind::Order))
        {
            let id = if kind == EntityKind::Order {
                "o-1".to_owned()
            } else {
                format!("{id}")
            };
            let mut attributes = Vec::new();
            for field in fields {
                if random.random_bool(0.7) {
                    attributes.push((*field, value(field, random)));
                }
            }
            facts.push(fact(kind, &id, 1, attributes));
        }
    }
    facts
}

const ORDER: [&str; 12] = [
    "created_at",
    "paid_at",
    "cancelled_at",
    "ship_by",
    "requested_ship_at",
    "kind",
    "warehouse",
    "line_count",
    "amount",
    "paid_amount",
    "address_complete",
    "tags",
];
const SHIPMENT: [&str; 6] = [
    "handed_over_at",
    "delivered_at",
    "estimated_delivery_at",
    "carrier",
    "lines",
    "scans",
];

fn value(field: &str, random: &mut ChaCha8Rng) -> Value {
    match field {
        "kind" | "warehouse" | "tier" | "sku" | "category" | "carrier" | "status" => {
            Value::text(TEXTS.choose(random).unwrap())
        }
        "line_count" | "quantity" | "lines" => Value::Int(random.random_range(0..=3)),
        "amount" | "paid_amount" | "price" => {
            Value::Double(f64::from(random.random_range(0..=10)) / 2.0)
        }
        "address_complete" | "do_not_chase" => Value::Bool(random.random()),
        "tags" => {
            let count = random.random_range(0..=2);
            Value::TextList(
                (0..count)
                    .map(|_| Arc::from(*TEXTS.choose(random).unwrap()))
                    .collect(),
            )
        }
        "scans" => {
            let count = random.random_range(0..=3);
            Value::instants((0..count).map(|_| at(random.random_range(0..=10) * GRID)))
        }
        _ => instant(random.random_range(0..=10) * GRID),
    }
}

pub(crate) fn warehouse() -> Calendar {
    let shifts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let spec = CalendarSpec {
        time_zone: "UTC".to_owned(),
        weekly: BTreeMap::from([
            ("tuesday".to_owned(), shifts(&["22:24-23:28"])),
            (
                "wednesday".to_owned(),
                shifts(&["00:00-00:32", "00:48-01:36", "02:24-24:00"]),
            ),
            ("friday".to_owned(), shifts(&["00:00-24:00"])),
        ]),
        ..CalendarSpec::default()
    };
    spec.build().unwrap()
}

/// An order as the interpreter is to see it.
pub(super) struct Known<'k> {
    facts: &'k [Fact],
}

impl<'k> Known<'k> {
    pub(super) fn new(facts: &'k [Fact]) -> Self {
        Self { facts }
    }

    /// Where the order's time begins.
    pub(super) fn start(&self) -> Option<Timestamp> {
        let events = |kinds: &[EntityKind]| {
            let own = self
                .facts
                .iter()
                .filter(|fact| kinds.contains(&fact.kind()));
            let values =
                own.flat_map(|fact| EVENTS.map(|event| fact.attribute(event).as_timestamp()));
            values.flatten().min()
        };
        let created = self.facts[0].attribute("created_at").as_timestamp();
        let order = || events(&[EntityKind::Order]);
        let others = || events(&[EntityKind::Line, EntityKind::Shipment, EntityKind::Refund]);
        created.or_else(order).or_else(others)
    }

    pub(super) fn as_of(&self, now: Timestamp, context: &mut Context<'_, '_>) {
        let one = |kind| {
            self.records(kind, now)
                .into_iter()
                .next()
                .unwrap_or_else(|| map(HashMap::new()))
        };
        context.add_variable_from_value("order", one(EntityKind::Order));
        context.add_variable_from_value("customer", one(EntityKind::Customer));
        for (name, kind) in [
            ("lines", EntityKind::Line),
            ("shipments", EntityKind::Shipment),
            ("refunds", EntityKind::Refund),
        ] {
            context.add_variable_from_value(name, Cel::List(Arc::new(self.records(kind, now))));
        }
        context.add_variable_from_value("now", Cel::Timestamp(chrono(now)));
    }

    fn records(&self, kind: EntityKind, now: Timestamp) -> Vec<Cel> {
        let of_kind = self.facts.iter().filter(|fact| fact.kind() == kind);
        let record = |fact: &Fact| {
            let visible = fact
                .attributes()
                .iter()
                .filter(|(name, value)| match value {
                    Value::InstantList(instants) => instants.iter().any(|event| *event <= now),
                    value => {
                        !(EVENTS.contains(&name.as_ref())
                            && value.as_timestamp().is_some_and(|event| event > now))
                    }
                });
            map(visible
                .map(|(name, value)| (name.to_string(), cel_value(value, now)))
                .collect())
        };
        of_kind.map(record).collect()
    }
}

fn map(fields: HashMap<String, Cel>) -> Cel {
    let fields: HashMap<Key, Cel> = fields
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
    Cel::from(fields)
}

fn chrono(instant: Timestamp) -> DateTime<FixedOffset> {
    instant.to_chrono().fixed_offset()
}

fn cel_value(value: &Value, now: Timestamp) -> Cel {
    match value {
        Value::Bool(value) => Cel::Bool(*value),
        Value::Int(value) => Cel::Int(*value),
        Value::Double(value) => Cel::Float(*value),
        Value::Text(text) => Cel::String(Arc::new(text.to_string())),
        Value::Timestamp(value) => Cel::Timestamp(chrono(*value)),
        Value::TextList(texts) => Cel::List(Arc::new(
            texts
                .iter()
                .map(|text| Cel::String(Arc::new(text.to_string())))
                .collect(),
        )),
        Value::InstantList(instants) => Cel::List(Arc::new(
            instants
                .iter()
                .filter(|event| **event <= now)
                .map(|event| Cel::Timestamp(chrono(*event)))
                .collect(),
        )),
        Value::Missing | Value::Duration(_) => unreachable!("never made"),
    }
}

/// The text of an instant of the grid.
pub(super) fn literal(point: i64) -> String {
    format!("timestamp(\"{}\")", at(point * GRID))
}
