//! What becomes of one order.

use order::{OrderId, Span, Timestamp, Value};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::scribe::Scribe;
use super::{Entity, Kind, Life, parcel, refund};
use crate::customer::{Customer, REGIONS};
use crate::rule;
use crate::shop::Shop;

const DAY_SECONDS: i64 = 86_400;
const WAREHOUSES: [&str; 4] = ["WH-EAST", "WH-NORTH", "WH-SOUTH", "WH-WEST"];
const CHANNELS: [&str; 4] = ["tmall", "jd", "douyin", "own-shop"];
const CATEGORIES: [&str; 5] = ["apparel", "beauty", "home", "electronics", "food"];

/// What is settled when an order is placed.
pub(super) struct Placed {
    pub(super) kind: Kind,
    pub(super) vip: bool,
    pub(super) created: Timestamp,
    pub(super) lines: u8,
    pub(super) warehouse: &'static str,
    pub(super) amount_cents: i64,
    /// Latest shipping of a presale.
    pub(super) presale_ship_by: Timestamp,
}

pub(super) fn tell(shop: &Shop, index: u32, customers: &[Customer]) -> Life {
    let mut rng = ChaCha8Rng::seed_from_u64(shop.seed);
    rng.set_stream(u64::from(index) + 1);
    let mut scribe = Scribe::new(rng, shop.closes());
    let customer = scribe.number(0, customers.len() as i64) as usize;
    let placed = place(shop, &mut scribe, &customers[customer]);
    lines(&mut scribe, &placed);
    match pay(&mut scribe, &placed) {
        Some(paid) => fulfil(&mut scribe, &placed, paid),
        None => abandon(&mut scribe, &placed),
    }
    Life::new(order_id(shop, index), customer, scribe.into_writes())
}

#[expect(
    clippy::expect_used,
    reason = "digits and letters always make an order id"
)]
fn order_id(shop: &Shop, index: u32) -> OrderId {
    let width = 6;
    format!("SO{:04}{index:0width$}", shop.seed % 10_000)
        .parse()
        .expect("a valid order id")
}

/// A third of the day's orders come in the first hour, a quarter around eight in the evening.
fn moment(scribe: &mut Scribe) -> i64 {
    match scribe.number(0, 100) {
        0..35 => scribe.number(0, 3_600).min(scribe.number(0, 3_600)),
        35..60 => 19 * 3_600 + scribe.number(0, 3_600) + scribe.number(0, 3_600),
        _ => scribe.number(0, DAY_SECONDS),
    }
}

fn place(shop: &Shop, scribe: &mut Scribe, customer: &Customer) -> Placed {
    let kind = match scribe.number(0, 100) {
        0..62 => Kind::Normal,
        62..72 => Kind::Presale,
        72..82 => Kind::Split,
        82..90 => Kind::CrossBorder,
        _ => Kind::Dated,
    };
    let lines = match kind {
        Kind::Split => scribe.number(2, 5),
        _ => 1 + scribe.number(0, 3) / 2,
    };
    let created = shop.midnight + Span::from_seconds(moment(scribe));
    let presale_days = scribe.number(2, 5);
    let placed = Placed {
        kind,
        vip: customer.vip,
        created,
        lines: lines as u8,
        warehouse: scribe.pick(&WAREHOUSES),
        amount_cents: scribe.number(990, 250_000),
        presale_ship_by: shop.midnight + Span::from_seconds(presale_days * DAY_SECONDS - 1),
    };
    write_order(scribe, &placed, customer);
    placed
}

fn write_order(scribe: &mut Scribe, placed: &Placed, customer: &Customer) {
    let overseas = placed.kind == Kind::CrossBorder;
    let region = if overseas {
        REGIONS[5]
    } else {
        customer.region
    };
    let channel = scribe.pick(&CHANNELS);
    let lag = scribe.lag(Entity::Order);
    let values = [
        ("kind", Value::text(placed.kind.as_str())),
        ("status", Value::text("created")),
        ("channel", Value::text(channel)),
        ("customer_id", Value::text(&customer.id)),
        ("warehouse", Value::text(placed.warehouse)),
        ("region", Value::text(region)),
        ("currency", Value::text("CNY")),
        ("amount", amount(placed.amount_cents)),
        ("line_count", Value::Int(i64::from(placed.lines))),
        ("created_at", Value::Timestamp(placed.created)),
    ];
    scribe.happen_late(placed.created, lag, Entity::Order, values);
    if placed.kind == Kind::Presale {
        let by = Value::Timestamp(placed.presale_ship_by);
        scribe.happen_late(
            placed.created,
            lag,
            Entity::Order,
            [("presale_ship_by", by)],
        );
    }
    // One order in ten carries no promise.
    if scribe.chance(0.9) {
        let promised = Value::Timestamp(promise(scribe, placed));
        let values = [("promised_delivery_at", promised)];
        scribe.happen_late(placed.created, lag, Entity::Order, values);
    }
}

fn promise(scribe: &mut Scribe, placed: &Placed) -> Timestamp {
    match placed.kind {
        Kind::Presale => placed.presale_ship_by + scribe.hours(60, 80),
        Kind::CrossBorder => placed.created + scribe.hours(120, 160),
        Kind::Dated => placed.created + scribe.hours(130, 150),
        Kind::Normal | Kind::Split => placed.created + scribe.hours(84, 130),
    }
}

fn lines(scribe: &mut Scribe, placed: &Placed) {
    // The platform's own limit; one order in eight was imported without it.
    let without_limit = scribe.chance(0.125);
    for number in 1..=placed.lines {
        let line = Entity::Line(number);
        let lag = scribe.lag(line);
        let sku = Value::text(&format!("SKU{:05}", scribe.number(0, 4_000)));
        let values = [
            ("sku", sku),
            ("category", Value::text(scribe.pick(&CATEGORIES))),
            ("quantity", Value::Int(scribe.number(1, 4))),
            (
                "price",
                amount(placed.amount_cents / i64::from(placed.lines)),
            ),
        ];
        scribe.happen_late(placed.created, lag, line, values);
        let by = match placed.kind {
            Kind::Presale => placed.presale_ship_by,
            Kind::CrossBorder => placed.created + Span::from_hours(96),
            Kind::Dated => placed.created + scribe.hours(96, 130),
            _ => placed.created + scribe.hours(40, 49),
        };
        if !(without_limit && number == placed.lines) {
            let values = [("ship_by", Value::Timestamp(by))];
            scribe.happen_late(placed.created, lag, line, values);
        }
    }
}

fn pay(scribe: &mut Scribe, placed: &Placed) -> Option<Timestamp> {
    let paid = placed.created + scribe.minutes(0, 9);
    let values = [
        ("status", Value::text("paid")),
        ("paid_at", Value::Timestamp(paid)),
        ("paid_amount", amount(placed.amount_cents)),
    ];
    (scribe.chance(0.97) && scribe.happen(paid, Entity::Order, values)).then_some(paid)
}

fn abandon(scribe: &mut Scribe, placed: &Placed) {
    let cancelled = placed.created + scribe.minutes(30, 120);
    cancel(scribe, cancelled);
}

fn cancel(scribe: &mut Scribe, cancelled: Timestamp) {
    let values = [
        ("status", Value::text("cancelled")),
        ("cancelled_at", Value::Timestamp(cancelled)),
    ];
    scribe.happen(cancelled, Entity::Order, values);
}

fn fulfil(scribe: &mut Scribe, placed: &Placed, paid: Timestamp) {
    route(scribe, placed, paid);
    let requested = agree(scribe, placed, paid);
    let handed_over = handover(scribe, placed, paid, requested);
    let cancelled = paid + scribe.hours(1, 40);
    if scribe.chance(0.035) && handed_over.is_none_or(|at| cancelled < at) {
        cancel(scribe, cancelled);
        refund::give_back(scribe, placed, 1, cancelled);
        return;
    }
    if let Some(handed_over) = handed_over {
        parcel::send(scribe, placed, paid, handed_over);
    }
}

/// Most orders reach the warehouse within the hour; some hang in the routing.
fn route(scribe: &mut Scribe, placed: &Placed, paid: Timestamp) {
    let routed = match (placed.kind, scribe.number(0, 1_000)) {
        (_, 0..4) => return,
        (_, 4..30) => paid + scribe.minutes(70, 1_200),
        (Kind::Presale, _) => placed.presale_ship_by - scribe.hours(31, 40),
        _ => paid + scribe.minutes(1, 55),
    };
    let values = [
        ("status", Value::text("routed")),
        ("routed_at", Value::Timestamp(routed.max(paid))),
    ];
    scribe.happen(routed.max(paid), Entity::Order, values);
}

/// What the customer agrees with the service desk, before any limit can have passed.
fn agree(scribe: &mut Scribe, placed: &Placed, paid: Timestamp) -> Option<Timestamp> {
    let asked = paid + scribe.minutes(2, 480);
    if scribe.chance(0.02) {
        scribe.happen(
            asked,
            Entity::Agreement,
            [("do_not_chase", Value::Bool(true))],
        );
    }
    if placed.kind != Kind::Dated {
        return None;
    }
    let requested = paid + scribe.hours(30, 90);
    let values = [("requested_ship_at", Value::Timestamp(requested))];
    scribe.happen(asked, Entity::Agreement, values);
    Some(requested)
}

/// When the first parcel goes; one order in ten is late, one in a hundred never goes.
fn handover(
    scribe: &mut Scribe,
    placed: &Placed,
    paid: Timestamp,
    requested: Option<Timestamp>,
) -> Option<Timestamp> {
    if scribe.chance(0.008) {
        return None;
    }
    let within = rule::ship_within(Some(placed.kind.as_str()), placed.vip);
    let limit = match (placed.kind, requested) {
        (Kind::Presale, _) => placed.presale_ship_by,
        (_, Some(requested)) => requested.max(paid + within),
        _ => paid + within,
    };
    if scribe.chance(0.1) {
        return Some(limit + scribe.minutes(1, 2_000));
    }
    let room = limit.since(paid).micros() / 60_000_000;
    let early = room.clamp(10, 30 * 60);
    Some(limit - scribe.minutes(1, early))
}

pub(super) fn amount(cents: i64) -> Value {
    Value::Double(cents as f64 / 100.0)
}
