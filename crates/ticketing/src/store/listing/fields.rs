//! What tickets can be filtered by.

use std::sync::LazyLock;

use filter::{Field, Row, Schema, Value};

use crate::domain::ticket::{State, Ticket};

/// The fields, as columns of `tickets`.
pub static FIELDS: LazyLock<Schema> = LazyLock::new(|| {
    let states = [State::Open, State::Acknowledged, State::Resolved].map(State::as_str);
    Schema::new([
        Field::searched("order_id", "tickets.order_id"),
        Field::word("state", states, "tickets.state"),
        Field::text("department", "tickets.department"),
        Field::text("team", "nullif(tickets.team, '')"),
        Field::text("assignee", "nullif(tickets.assignee, '')"),
        Field::text("scenario", "tickets.scenario"),
        Field::text("rule", "tickets.rule"),
        Field::text("severity", "tickets.severity"),
        Field::text("sop", "tickets.sop"),
        Field::boolean("overdue", "tickets.overdue"),
        Field::instant("due_at", "tickets.due_at"),
        Field::instant("deadline_at", "tickets.deadline_at"),
        Field::instant("opened_at", "tickets.opened_at"),
        Field::instant("changed_at", "tickets.changed_at"),
        Field::instant("acknowledged_at", "tickets.acknowledged_at"),
        Field::text("acknowledged_by", "tickets.acknowledged_by"),
        Field::instant("resolved_at", "tickets.resolved_at"),
        Field::text("resolved_by", "tickets.resolved_by"),
        Field::boolean("automatic", "tickets.automatic"),
        Field::text("pause", "tickets.pause ->> 'reason'"),
        Field::instant("snoozed_until", "tickets.snoozed_until"),
        Field::boolean("unconfirmed", "tickets.unconfirmed"),
        Field::text(
            "warehouse",
            "nullif(tickets.order_summary ->> 'warehouse', '')",
        ),
        Field::text("region", "nullif(tickets.order_summary ->> 'region', '')"),
        Field::text("kind", "nullif(tickets.order_summary ->> 'kind', '')"),
        Field::text(
            "customer_tier",
            "nullif(tickets.order_summary ->> 'customer_tier', '')",
        ),
        Field::text("channel", "nullif(tickets.order_summary ->> 'channel', '')"),
        Field::number(
            "amount",
            "(tickets.order_summary ->> 'amount')::double precision",
        ),
        Field::uuid("id", "tickets.id"),
        Field::uuid("exception_id", "tickets.exception_id"),
    ])
});

/// Their names, as a message lists them.
#[must_use]
pub fn names() -> String {
    let names: Vec<&str> = FIELDS.fields().iter().map(Field::name).collect();
    names.join(", ")
}

impl Row for Ticket {
    fn value(&self, field: &str) -> Option<Value<'_>> {
        let (exception, order) = (&self.exception, &self.exception.order);
        let (acknowledgement, resolution) = (&self.acknowledgement, &self.resolution);
        match field {
            "order_id" => Some(Value::Text(&order.order_id)),
            "state" => Some(Value::Text(self.state().as_str())),
            "department" => Some(Value::Text(self.holder().department())),
            "team" => named(self.holder().team()),
            "assignee" => named(self.holder().assignee()),
            "scenario" => Some(Value::Text(&exception.scenario)),
            "rule" => Some(Value::Text(&exception.rule)),
            "severity" => Some(Value::Text(&exception.severity)),
            "sop" => Some(Value::Text(&self.sop.name)),
            "overdue" => Some(Value::Boolean(self.is_overdue())),
            "due_at" => self.due_at().map(Value::Instant),
            "deadline_at" => self.deadline_at().map(Value::Instant),
            "opened_at" => Some(Value::Instant(self.opened_at)),
            "changed_at" => Some(Value::Instant(self.changed_at)),
            "acknowledged_at" => acknowledgement.as_ref().map(|it| Value::Instant(it.at)),
            "acknowledged_by" => acknowledgement.as_ref().map(|it| Value::Text(&it.by)),
            "resolved_at" => resolution.as_ref().map(|it| Value::Instant(it.at)),
            "resolved_by" => resolution.as_ref().map(|it| Value::Text(&it.by)),
            "automatic" => Some(Value::Boolean(
                resolution.as_ref().is_some_and(|it| it.automatic),
            )),
            "pause" => self.pause.as_ref().map(|it| Value::Text(&it.reason)),
            "snoozed_until" => self.snoozed_until.map(Value::Instant),
            "unconfirmed" => Some(Value::Boolean(exception.unconfirmed)),
            "warehouse" => named(&order.warehouse),
            "region" => named(&order.region),
            "kind" => named(&order.kind),
            "customer_tier" => named(&order.customer_tier),
            "channel" => named(&order.channel),
            "amount" => Some(Value::Float(order.amount)),
            "id" => Some(Value::Uuid(self.id.uuid())),
            "exception_id" => Some(Value::Uuid(exception.id.uuid())),
            _ => None,
        }
    }
}

/// Text that is absent where it is empty.
fn named(text: &str) -> Option<Value<'_>> {
    Some(text).filter(|text| !text.is_empty()).map(Value::Text)
}
