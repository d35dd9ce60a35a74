//! Money on its way back.

use order::{Timestamp, Value};

use super::Entity;
use super::scribe::Scribe;
use super::story::{Placed, amount};

/// Asks for the money back; one refund in eight hangs.
pub(super) fn give_back(scribe: &mut Scribe, placed: &Placed, number: u8, asked: Timestamp) {
    let refund = Entity::Refund(number);
    let values = [
        ("status", Value::text("requested")),
        ("amount", amount(placed.amount_cents)),
        ("requested_at", Value::Timestamp(asked)),
    ];
    if !scribe.happen(asked, refund, values) {
        return;
    }
    let approved = asked + scribe.minutes(20, 480);
    let values = [
        ("status", Value::text("approved")),
        ("approved_at", Value::Timestamp(approved)),
    ];
    scribe.happen(approved, refund, values);
    let completed = match scribe.number(0, 80) {
        0..3 => return,
        3..10 => approved + scribe.hours(50, 100),
        _ => approved + scribe.hours(1, 30),
    };
    let values = [
        ("status", Value::text("completed")),
        ("completed_at", Value::Timestamp(completed)),
    ];
    scribe.happen(completed, refund, values);
}
