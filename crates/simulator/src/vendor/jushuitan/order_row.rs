//! One order as 聚水潭 lists it, lines and all.

use order::{Fact, Timestamp, Value};
use serde_json::{Value as Json, json};

use super::row_version;
use crate::life::{Entity, Kind, Life};
use crate::shop::Day;
use crate::vendor::ledger::Version;
use crate::vendor::wire::wall;

/// Number of the shop's first order in the ERP.
const FIRST_ORDER: u32 = 11_400_000;
/// Number of the shop.
const SHOP: u32 = 10_114;

pub(super) fn write(day: &Day, version: &Version) -> Option<Json> {
    let life = day.lives().get(version.subject.index as usize)?;
    let order = life.fact(Entity::Order, version.at)?;
    let kind = text(&order, "kind");
    Some(json!({
        "o_id": FIRST_ORDER + version.subject.index,
        "so_id": life.order_id().to_string(),
        "shop_id": SHOP,
        "shop_site": text(&order, "channel"),
        "shop_buyer_id": text(&order, "customer_id"),
        "type": "普通订单",
        "status": status(text(&order, "status")),
        "labels": labels(kind),
        "wms_co_id": text(&order, "warehouse"),
        "receiver_state": text(&order, "region"),
        "currency": text(&order, "currency"),
        "pay_amount": amount(&order, "amount"),
        "paid_amount": amount(&order, "paid_amount"),
        "order_date": clock(&order, "created_at"),
        "pay_date": clock(&order, "paid_at"),
        "plan_delivery_date": clock(&order, "presale_ship_by"),
        "promise_date": clock(&order, "promised_delivery_at"),
        "confirm_date": clock(&order, "routed_at"),
        "cancel_date": clock(&order, "cancelled_at"),
        "items": items(life, version.at, kind == Kind::Presale.as_str()),
        "created": clock(&order, "created_at"),
        "modified": wall(version.at),
        "ts": row_version(version),
    }))
}

fn items(life: &Life, as_of: Timestamp, is_presale: bool) -> Vec<Json> {
    let numbers = life.writes().iter().filter_map(|write| match write.entity {
        Entity::Line(number) => Some(number),
        _ => None,
    });
    let lines = 1..=numbers.max().unwrap_or_default();
    lines
        .filter_map(|number| life.fact(Entity::Line(number), as_of))
        .map(|line| {
            json!({
                "oi_id": line.entity_id().to_string(),
                "sku_id": text(&line, "sku"),
                "category": text(&line, "category"),
                "qty": whole(&line, "quantity"),
                "price": amount(&line, "price"),
                "is_presale": is_presale,
                "latest_send_date": clock(&line, "ship_by"),
            })
        })
        .collect()
}

fn status(status: &str) -> &str {
    match status {
        "created" => "WaitPay",
        "paid" => "WaitConfirm",
        "routed" => "Delivering",
        "cancelled" => "Cancelled",
        other => other,
    }
}

/// What the shop's people stick on orders of a kind.
fn labels(kind: &str) -> &'static str {
    match kind {
        "presale" => "大促,预售",
        "split" => "大促,拆单",
        "cross-border" => "大促,跨境",
        "dated" => "大促,改期",
        _ => "大促",
    }
}

pub(super) fn text<'f>(fact: &'f Fact, name: &str) -> &'f str {
    fact.attribute(name).as_text().unwrap_or_default()
}

fn whole(fact: &Fact, name: &str) -> Option<i64> {
    match fact.attribute(name) {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

/// Amounts are texts.
pub(super) fn amount(fact: &Fact, name: &str) -> String {
    let amount = fact.attribute(name).as_double();
    amount.map_or_else(String::new, |amount| format!("{amount:.2}"))
}

/// Instants are what a clock in Beijing shows.
pub(super) fn clock(fact: &Fact, name: &str) -> String {
    let instant = fact.attribute(name).as_timestamp();
    instant.map_or_else(String::new, wall)
}
