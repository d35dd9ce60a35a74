//! The rules as a programmer would write them: one closure each, over plain fields.

use crate::known::{Order, Shipment};
use crate::rule::{Rule, Template};

/// Whether a rule is true of an order as it is known at an instant.
pub type Closure = Box<dyn Fn(&Order, i64) -> bool>;

/// Writes every rule.
#[must_use]
pub fn closures(rules: &[Rule]) -> Vec<Closure> {
    rules.iter().map(closure).collect()
}

fn passed(since: Option<i64>, limit: i64, now: i64) -> bool {
    since.is_some_and(|since| now - since >= limit)
}

fn shipped(order: &Order) -> bool {
    let mut shipments = order.shipments.iter();
    shipments.any(|shipment| shipment.handed_over_at.is_some())
}

fn delivered(order: &Order) -> bool {
    let mut shipments = order.shipments.iter();
    shipments.any(|shipment| shipment.delivered_at.is_some())
}

fn underway(order: &Order, so: impl Fn(&Shipment) -> bool) -> bool {
    let mut shipments = order.shipments.iter();
    shipments.any(|shipment| shipment.delivered_at.is_none() && so(shipment))
}

fn closure(rule: &Rule) -> Closure {
    let Rule {
        limit,
        amount,
        count,
        ..
    } = *rule;
    let least = amount as f64;
    let rule = rule.clone();
    let (region, channel, carrier) = (rule.region, rule.channel, rule.carrier);
    let (category, warehouse, tier) = (rule.category, rule.warehouses[0].clone(), rule.tier);
    match rule.template {
        Template::Unshipped => Box::new(move |order, now| {
            order.warehouse == warehouse
                && passed(order.paid_at, limit, now)
                && order.cancelled_at.is_none()
                && !shipped(order)
        }),
        Template::UnshippedKind => {
            let kinds = rule.kinds;
            Box::new(move |order, now| {
                order.region == region
                    && kinds.contains(&order.kind)
                    && passed(order.paid_at, limit, now)
                    && order.cancelled_at.is_none()
                    && !shipped(order)
            })
        }
        Template::Unrouted => {
            let kind = rule.kinds[0].clone();
            Box::new(move |order, now| {
                order.channel == channel
                    && order.kind == kind
                    && passed(order.paid_at, limit, now)
                    && order.routed_at.is_none()
                    && order.cancelled_at.is_none()
            })
        }
        Template::Unpaid => {
            let warehouses = rule.warehouses;
            Box::new(move |order, now| {
                order.paid_at.is_none()
                    && order.amount >= least
                    && warehouses.contains(&order.warehouse)
                    && passed(order.created_at, limit, now)
            })
        }
        Template::Parcel => Box::new(move |order, now| {
            order.region == region
                && underway(order, |shipment| {
                    passed(shipment.handed_over_at, limit, now) && shipment.carrier == carrier
                })
        }),
        Template::Carrier => Box::new(move |order, now| {
            underway(order, |shipment| {
                passed(shipment.last_scan_at, limit, now) && shipment.carrier == carrier
            })
        }),
        Template::Category => Box::new(move |order, now| {
            order.cancelled_at.is_none()
                && order
                    .lines
                    .iter()
                    .any(|line| passed(line.ship_by, limit, now) && line.category == category)
                && !shipped(order)
        }),
        Template::Picking => Box::new(move |order, now| {
            order.routed_at.is_none()
                && order.warehouse == warehouse
                && passed(order.created_at, limit, now)
                && order.lines.iter().any(|line| {
                    line.quantity >= count && line.price >= least && line.category == category
                })
        }),
        Template::Undelivered => Box::new(move |order, now| {
            order.channel == channel
                && order.amount >= least
                && order.tier.as_ref() == Some(&tier)
                && passed(order.created_at, limit, now)
                && !delivered(order)
        }),
        Template::Valuable => Box::new(move |order, now| {
            order.amount >= least
                && passed(order.paid_at, limit, now)
                && order.cancelled_at.is_none()
                && !shipped(order)
        }),
        Template::Stalled => Box::new(move |order, now| {
            order.line_count >= count
                && underway(order, |shipment| passed(shipment.last_scan_at, limit, now))
        }),
        Template::Promise => Box::new(move |order, now| {
            passed(order.promised_delivery_at, limit, now)
                && order.cancelled_at.is_none()
                && !delivered(order)
        }),
    }
}
