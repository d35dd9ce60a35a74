//! Every real exception, by arithmetic on the instants of an order: no rule language, no
//! stepping through time.

use order::{OrderId, Timestamp};

use crate::book::Book;
use crate::interval::Interval;
use crate::rule::{self, Rule};
use crate::working_hours;

/// Something that really went wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RealException {
    /// Which order.
    pub order_id: OrderId,
    /// Which rule.
    pub rule: Rule,
    /// From when, and until when.
    pub interval: Interval,
}

/// Returns every exception of one order that opened before the closing instant.
pub fn exceptions(order_id: &OrderId, book: &Book, closes: Timestamp) -> Vec<RealException> {
    let found = Rule::ALL
        .into_iter()
        .flat_map(|rule| intervals(rule, book).into_iter().map(move |i| (rule, i)));
    found
        .filter(|(_, interval)| interval.opened_at < closes)
        .map(|(rule, interval)| RealException {
            order_id: order_id.clone(),
            rule,
            interval,
        })
        .collect()
}

/// Returns when a rule is true for an order, as far as its book says.
#[must_use]
pub fn intervals(rule: Rule, book: &Book) -> Vec<Interval> {
    match rule {
        Rule::HandoverOverdue => handover_overdue(book).into_iter().collect(),
        Rule::ShippingDelay => shipping_delay(book).into_iter().collect(),
        Rule::Unrouted => unrouted(book).into_iter().collect(),
        Rule::DeliveryOverdue => delivery_overdue(book).into_iter().collect(),
        Rule::PresaleOverdue => presale_overdue(book).into_iter().collect(),
        Rule::ParcelStalled => parcel_stalled(book),
        Rule::CustomsStuck => customs_stuck(book),
        Rule::RefundStuck => refund_stuck(book),
    }
}

fn handover_overdue(book: &Book) -> Option<Interval> {
    // A line without a limit leaves the order's limit unknown.
    let limits: Option<Vec<_>> = book.lines.iter().copied().collect();
    let limit = limits?.into_iter().max()?;
    Interval::between(limit, book.first_handover())
}

fn shipping_delay(book: &Book) -> Option<Interval> {
    if book.do_not_chase || book.kind.is_none() || book.is("presale") {
        return None;
    }
    let limit = book.paid_at? + rule::ship_within(book.kind.as_deref(), book.vip);
    let opened_at = latest([Some(limit), book.requested_ship_at])?;
    Interval::between(
        opened_at,
        earliest([book.cancelled_at, book.first_handover()]),
    )
}

fn presale_overdue(book: &Book) -> Option<Interval> {
    if book.do_not_chase || !book.is("presale") {
        return None;
    }
    let due = [book.presale_ship_by?, book.paid_at?].into_iter().max();
    let opened_at = latest([due, book.requested_ship_at])?;
    Interval::between(
        opened_at,
        earliest([book.cancelled_at, book.first_handover()]),
    )
}

fn unrouted(book: &Book) -> Option<Interval> {
    if book.kind.is_none() || book.is("presale") {
        return None;
    }
    let limit = book.paid_at? + rule::route_within(book.vip);
    Interval::between(limit, earliest([book.cancelled_at, book.routed_at]))
}

fn delivery_overdue(book: &Book) -> Option<Interval> {
    let opened_at = book.promised_delivery_at?.max(book.paid_at?);
    let ends: Option<Vec<_>> = book
        .shipments
        .iter()
        .map(|parcel| parcel.ended_at)
        .collect();
    let all_ended = ends.and_then(|ends| ends.into_iter().max());
    Interval::between(opened_at, earliest([book.cancelled_at, all_ended]))
}

fn parcel_stalled(book: &Book) -> Vec<Interval> {
    let within = rule::parcel_moves_within(book.kind.as_deref());
    let parcels = book.shipments.iter().filter_map(|parcel| {
        let moved = earliest([parcel.out_for_delivery_at, parcel.ended_at]);
        Interval::between(parcel.handed_over_at? + within, moved)
    });
    Interval::union(parcels.collect())
}

fn customs_stuck(book: &Book) -> Vec<Interval> {
    let stuck = book.declarations.iter().filter_map(|(declared, cleared)| {
        Interval::between((*declared)? + rule::customs_within(), *cleared)
    });
    Interval::union(stuck.collect())
}

fn refund_stuck(book: &Book) -> Vec<Interval> {
    let stuck = book.refunds.iter().filter_map(|(asked, completed)| {
        let limit = working_hours::exceeded_at((*asked)?, rule::refund_within());
        Interval::between(limit, *completed)
    });
    Interval::union(stuck.collect())
}

fn earliest<const N: usize>(instants: [Option<Timestamp>; N]) -> Option<Timestamp> {
    instants.into_iter().flatten().min()
}

fn latest<const N: usize>(instants: [Option<Timestamp>; N]) -> Option<Timestamp> {
    instants.into_iter().flatten().max()
}
