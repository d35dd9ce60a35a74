//! Rows with a field of every kind, from small pools, so that filters meet them often.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use filter::{Field, Row, Schema, Value};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};
use uuid::Uuid;

/// Words of `state`.
pub(crate) const STATES: [&str; 3] = ["open", "waiting", "done"];

/// Text with what quoting, patterns, letter case and byte order could trip over.
pub(crate) const TEXTS: [&str; 15] = [
    "",
    "a",
    "A",
    "ab",
    "aB%",
    "%",
    "a_b",
    "axb",
    "*",
    "b*",
    "刷新",
    "Ä",
    "ä",
    "\\",
    "say \"'hi'\"",
];

#[derive(Debug, Clone, Default)]
pub(crate) struct Item {
    pub(crate) order: String,
    pub(crate) note: Option<String>,
    pub(crate) state: Option<&'static str>,
    pub(crate) priority: Option<i64>,
    pub(crate) amount: Option<f64>,
    pub(crate) waited: Option<TimeDelta>,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) overdue: Option<bool>,
    pub(crate) ticket: Option<Uuid>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) attributes: Option<BTreeMap<String, String>>,
}

impl Row for Item {
    fn value(&self, field: &str) -> Option<Value<'_>> {
        match field {
            "order" => Some(Value::Text(&self.order)),
            "note" => self.note.as_deref().map(Value::Text),
            "state" => self.state.map(Value::Text),
            "priority" => self.priority.map(Value::Integer),
            "amount" => self.amount.map(Value::Float),
            "waited" => self.waited.map(Value::Duration),
            "due_at" => self.due_at.map(Value::Instant),
            "overdue" => self.overdue.map(Value::Boolean),
            "ticket" => self.ticket.map(Value::Uuid),
            "tags" => self.tags.as_deref().map(Value::List),
            "attributes" => self.attributes.as_ref().map(|map| Value::Map(map)),
            _ => None,
        }
    }
}

pub(crate) fn schema() -> Schema {
    Schema::new([
        Field::searched("order", "i.\"order\""),
        Field::searched("note", "i.note"),
        Field::word("state", STATES, "i.state"),
        Field::number("priority", "i.priority"),
        Field::number("amount", "i.amount"),
        Field::duration("waited", "i.waited"),
        Field::instant("due_at", "i.due_at"),
        Field::boolean("overdue", "i.overdue"),
        Field::uuid("ticket", "i.ticket"),
        Field::list("tags", "i.tags"),
        Field::map("attributes", "i.attributes"),
    ])
}

/// The present of the tests.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-11T12:00:00Z".parse().unwrap()
}

pub(crate) fn ticket(number: u128) -> Uuid {
    Uuid::from_u128(0x0192_3f00_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    select(TEXTS.to_vec()).prop_map(str::to_owned)
}

pub(crate) fn item() -> impl Strategy<Value = Item> {
    let amount = select(vec![0.0, -0.0, 1.5, 2.0, -3.25, 1e9, f64::NAN]);
    let key = select(vec!["k".to_owned(), "a.b".to_owned(), "刷".to_owned()]);
    let texts = (text(), option::of(text()));
    let numbers = (
        option::of(-2_i64..4),
        option::of(amount),
        option::of((-2_i64..4).prop_map(TimeDelta::hours)),
        option::of((-3_i64..4).prop_map(|hours| noon() + TimeDelta::hours(hours))),
    );
    let others = (
        option::of(select(STATES.to_vec())),
        option::of(any::<bool>()),
        option::of((0_u128..3).prop_map(ticket)),
        option::of(vec(text(), 0..3)),
        option::of(btree_map(key, text(), 0..3)),
    );
    (texts, numbers, others).prop_map(|(texts, numbers, others)| Item {
        order: texts.0,
        note: texts.1,
        priority: numbers.0,
        amount: numbers.1,
        waited: numbers.2,
        due_at: numbers.3,
        state: others.0,
        overdue: others.1,
        ticket: others.2,
        tags: others.3,
        attributes: others.4,
    })
}
