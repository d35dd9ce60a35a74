//! What the catalogue accepts and what it says of the rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::collections::HashSet;
use std::sync::Arc;

use order::{Catalogue, EntityKind, Fact, Field, FieldType, Revision, System, Timestamp, Value};

fn order_with(name: &str, value: Value) -> Fact {
    Fact::new(
        "erp".parse().unwrap(),
        EntityKind::Order,
        "o-1".parse().unwrap(),
        None,
        Revision(1),
        vec![(Arc::from(name), value)],
    )
    .unwrap()
}

fn fault(name: &str, value: Value) -> Option<String> {
    let faults = Catalogue::standard().check(&order_with(name, value));
    assert!(faults.len() <= 1);
    faults.first().map(ToString::to_string)
}

#[test]
fn values_of_the_right_type_and_range_pass() {
    assert_eq!(fault("amount", Value::Double(0.0)), None);
    assert_eq!(
        fault(
            "paid_at",
            Value::Timestamp(Timestamp::from_seconds(1_500_000_000))
        ),
        None
    );
    assert_eq!(fault("x_anything", Value::Int(-3)), None);
}

#[test]
fn every_fault_names_the_attribute_what_was_expected_and_what_was_found() {
    let cases = [
        (
            "amount",
            Value::Double(-1.0),
            "amount: must be a finite amount and not negative, found -1",
        ),
        (
            "amount",
            Value::Double(f64::NAN),
            "amount: must be a finite amount and not negative, found NaN",
        ),
        (
            "amount",
            Value::text("12"),
            "amount: expected amount, found text",
        ),
        (
            "line_count",
            Value::Int(-1),
            "line_count: must not be negative, found -1",
        ),
        (
            "paid_at",
            Value::Timestamp(Timestamp::from_seconds(0)),
            "paid_at: must lie between 1990 and 2100, found 1970-01-01T00:00:00Z",
        ),
        (
            "piad_at",
            Value::Bool(true),
            "piad_at: there is no such field of order; a shop's own fields start with `x_`",
        ),
    ];
    for (name, value, expected) in cases {
        assert_eq!(fault(name, value).as_deref(), Some(expected));
    }
    let nul = fault("status", Value::text("a\0b")).unwrap();
    assert!(nul.contains("U+0000"), "{nul}");
    let long = fault("status", Value::text(&"x".repeat(20_000))).unwrap();
    assert!(long.contains("20000 bytes"), "{long}");
}

#[test]
fn every_field_has_one_name_a_meaning_in_both_languages_and_an_id_in_front() {
    let catalogue = Catalogue::standard();
    let mut seen = HashSet::new();
    for field in catalogue.iter() {
        assert!(
            seen.insert((field.kind, field.name.clone())),
            "{} twice",
            field.name
        );
        assert!(!field.meaning_en.is_empty() && !field.meaning_zh.is_ascii());
    }
    for kind in EntityKind::ALL {
        assert_eq!(catalogue.fields(kind)[0].name, "id");
    }
}

#[test]
fn a_shop_declares_its_own_fields_behind_the_standard_ones() {
    let mut catalogue = Catalogue::standard();
    let own = |name: &str| Field {
        kind: EntityKind::Order,
        name: name.to_owned(),
        field_type: FieldType::Text,
        system: System::Erp,
        meaning_en: "gift wrap".to_owned(),
        meaning_zh: "礼品包装".to_owned(),
    };
    let slot = catalogue.declare(own("x_gift")).unwrap();
    assert_eq!(catalogue.slot(EntityKind::Order, "x_gift"), Some(slot));
    assert!(catalogue.declare(own("x_gift")).is_err());
    assert!(catalogue.declare(own("gift")).is_err());
    assert!(catalogue.declare(own("x_Gift")).is_err());
}
