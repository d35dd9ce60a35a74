//! Parcels on their way, and what the border does to them.

use order::{Span, Timestamp, Value};

use super::scribe::Scribe;
use super::story::Placed;
use super::{Entity, Kind, refund};

const CARRIERS: [&str; 4] = ["sf", "zto", "yto", "jd"];

/// Sends the order off in one parcel, or a split one in several.
pub(super) fn send(scribe: &mut Scribe, placed: &Placed, paid: Timestamp, first: Timestamp) {
    let parcels = match placed.kind {
        Kind::Split => scribe.number(2, i64::from(placed.lines) + 1) as u8,
        _ => 1,
    };
    // One split order in seven stays partly shipped.
    let partly = parcels > 1 && scribe.chance(0.14);
    for number in 1..=parcels {
        let entity = Entity::Shipment(number);
        let lines = if parcels == 1 {
            i64::from(placed.lines)
        } else {
            1
        };
        let handed_over = match number {
            1 => first,
            _ => first + scribe.hours(1, 20),
        };
        label(scribe, placed, entity, lines, handed_over);
        if number == parcels && partly {
            break;
        }
        travel(scribe, placed, paid, number, handed_over);
    }
}

fn label(scribe: &mut Scribe, placed: &Placed, entity: Entity, lines: i64, handed_over: Timestamp) {
    let printed = (handed_over - scribe.minutes(20, 300)).max(placed.created);
    let carrier = scribe.pick(&CARRIERS);
    let values = [
        ("carrier", Value::text(carrier)),
        ("status", Value::text("labelled")),
        ("warehouse", Value::text(placed.warehouse)),
        ("lines", Value::Int(lines)),
        ("label_created_at", Value::Timestamp(printed)),
    ];
    scribe.happen(printed, entity, values);
}

fn travel(
    scribe: &mut Scribe,
    placed: &Placed,
    paid: Timestamp,
    number: u8,
    handed_over: Timestamp,
) {
    let entity = Entity::Shipment(number);
    if !hand_over(scribe, paid, entity, handed_over) {
        return;
    }
    let border = placed.kind == Kind::CrossBorder;
    if border {
        declare(scribe, number, handed_over);
    }
    let stalled = scribe.chance(if border { 0.09 } else { 0.04 });
    let hours = match (border, stalled) {
        (false, false) => scribe.hours(16, 56),
        (false, true) => scribe.hours(58, 120),
        (true, false) => scribe.hours(40, 92),
        (true, true) => scribe.hours(90, 140),
    };
    scan(scribe, entity, handed_over, hours);
    if stalled {
        let problem = handed_over + scribe.hours(20, 50);
        scribe.happen(problem, entity, [("problem_at", Value::Timestamp(problem))]);
        if scribe.chance(0.3) {
            return;
        }
    }
    arrive(scribe, placed, number, handed_over + hours);
}

/// Writes the handover, with the mistakes that handheld scanners make.
fn hand_over(scribe: &mut Scribe, paid: Timestamp, entity: Entity, at: Timestamp) -> bool {
    let values = |at: Timestamp| {
        [
            ("status", Value::text("collected")),
            ("handed_over_at", Value::Timestamp(at)),
            ("last_scan_at", Value::Timestamp(at)),
        ]
    };
    if scribe.too_late(at) {
        return false;
    }
    match scribe.number(0, 1_000) {
        // The scanner's clock is wrong and nobody ever corrects it: before the payment.
        0..6 => {
            let lag = at.since(paid) + scribe.minutes(1, 25);
            let wrong = paid - scribe.minutes(5, 240);
            scribe.happen_late(
                wrong,
                lag.max(Span::from_seconds(60)),
                entity,
                values(wrong),
            )
        }
        // It is wrong and corrected a day later.
        6..11 => {
            let wrong = at - scribe.hours(3, 9);
            let corrected = scribe.hours(6, 30);
            let right = [("handed_over_at", Value::Timestamp(at))];
            scribe.happen(at, entity, values(wrong))
                && scribe.happen_late(at, corrected, entity, right)
        }
        // It is offline, and uploads only at the depot.
        11..15 => {
            let late = scribe.hours(5, 20);
            scribe.happen_late(at, late, entity, values(at))
        }
        _ => scribe.happen(at, entity, values(at)),
    }
}

fn scan(scribe: &mut Scribe, entity: Entity, handed_over: Timestamp, hours: Span) {
    for part in 1..=2 {
        let at = handed_over + Span::from_micros(hours.micros() / 3 * part);
        let at = Timestamp::from_micros(at.micros() / 1_000_000 * 1_000_000);
        let values = [
            ("status", Value::text("in-transit")),
            ("last_scan_at", Value::Timestamp(at)),
        ];
        scribe.happen(at, entity, values);
    }
}

fn arrive(scribe: &mut Scribe, placed: &Placed, number: u8, out: Timestamp) {
    let entity = Entity::Shipment(number);
    let values = [
        ("status", Value::text("out-for-delivery")),
        ("out_for_delivery_at", Value::Timestamp(out)),
        ("last_scan_at", Value::Timestamp(out)),
    ];
    if !scribe.happen(out, entity, values) {
        return;
    }
    let end = out + scribe.hours(1, 10);
    if scribe.chance(0.015) {
        let values = [
            ("status", Value::text("refused")),
            ("refused_at", Value::Timestamp(end)),
        ];
        scribe.happen(end, entity, values);
        let back = end + scribe.hours(20, 60);
        scribe.happen(back, entity, [("returned_at", Value::Timestamp(back))]);
        return;
    }
    let values = [
        ("status", Value::text("delivered")),
        ("delivered_at", Value::Timestamp(end)),
        ("last_scan_at", Value::Timestamp(end)),
    ];
    scribe.happen(end, entity, values);
    if scribe.chance(0.03) {
        let asked = end + scribe.hours(2, 30);
        refund::give_back(scribe, placed, number, asked);
    }
}

/// One declaration in ten is held.
fn declare(scribe: &mut Scribe, number: u8, handed_over: Timestamp) {
    let entity = Entity::Declaration(number);
    let declared = handed_over + scribe.hours(2, 10);
    let values = [
        ("status", Value::text("declared")),
        ("declared_at", Value::Timestamp(declared)),
    ];
    if !scribe.happen(declared, entity, values) {
        return;
    }
    let mut wait = scribe.hours(3, 34);
    if scribe.chance(0.1) {
        let held = declared + scribe.hours(1, 3);
        let values = [
            ("status", Value::text("held")),
            ("held_at", Value::Timestamp(held)),
        ];
        scribe.happen(held, entity, values);
        wait = scribe.hours(37, 90);
        if scribe.chance(0.2) {
            return;
        }
    }
    let cleared = declared + wait;
    let values = [
        ("status", Value::text("cleared")),
        ("cleared_at", Value::Timestamp(cleared)),
    ];
    scribe.happen(cleared, entity, values);
}
