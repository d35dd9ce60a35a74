//! What an editor is offered, the compiler takes.

use super::one;
use order::{Catalogue, EntityKind, FieldType};
use rule_engine::visual::{Operator, compile, fields, lists};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A value that fits a field and an operator.
fn value(field_type: FieldType, takes: &str) -> Value {
    let one = match field_type {
        FieldType::Bool => json!(true),
        FieldType::Int | FieldType::Amount => json!(2),
        FieldType::Text | FieldType::TextList => json!("a"),
        FieldType::Duration => json!("2h"),
        FieldType::Event | FieldType::Plan => json!("2026-11-11T00:00:00+08:00"),
    };
    match takes {
        "none" => Value::Null,
        "two" | "many" => json!([one, one]),
        "span" => json!("2h"),
        _ => one,
    }
}

#[test]
fn every_operator_that_is_offered_compiles_and_every_other_is_refused() {
    let catalogue = Catalogue::standard();
    for field in fields(&catalogue) {
        let offered: Vec<_> = field.operators.iter().map(|offer| offer.operator).collect();
        for offer in &field.operators {
            let value = value(field.field_type, offer.takes);
            let name = offer.operator.name();
            let condition = one(&json!({"field": field.name, "operator": name, "value": value}));
            let checked = crate::support::rule_set(&[&condition]);
            assert!(checked.is_ok(), "{condition}: {}", checked.unwrap_err());
        }
        for operator in Operator::ALL {
            let tree = json!({"combinator": "and", "rules": [
                {"field": field.name, "operator": operator.name(), "value": "a"}]});
            let refused = compile(&tree, &catalogue)
                .is_err_and(|faults| faults[0].path == "rules[0].operator");
            assert_eq!(
                refused,
                !offered.contains(&operator),
                "{} {}",
                field.name,
                operator.name()
            );
        }
    }
}

#[test]
fn everything_has_a_name_in_both_languages() {
    let fields = fields(&Catalogue::standard());
    let names: BTreeSet<_> = fields.iter().map(|field| &field.name).collect();
    assert_eq!(names.len(), fields.len());
    for field in &fields {
        assert!(
            !field.label_en.is_empty() && !field.label_zh.is_empty(),
            "{}",
            field.name
        );
        assert!(!field.operators.is_empty(), "{}", field.name);
    }
    let labels: BTreeSet<_> = Operator::ALL
        .into_iter()
        .map(|operator| operator.label().zh)
        .collect();
    assert_eq!(labels.len(), Operator::ALL.len());
    let lists: Vec<_> = lists().into_iter().map(|list| list.name).collect();
    assert_eq!(lists, ["lines", "shipments", "refunds", "customs", "stock"]);
}

#[test]
fn a_field_is_shown_as_its_type_asks() {
    let fields = fields(&Catalogue::standard());
    let field = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
    let paid = field("order.paid_at");
    assert_eq!(
        (paid.label_en.as_str(), paid.label_zh.as_str()),
        ("Paid at", "付款时间")
    );
    assert_eq!((paid.input_type, paid.units[1].0), ("datetime-local", "h"));
    let kind = field("order.kind");
    assert_eq!(
        (kind.value_editor, kind.choices[1].label_zh.as_str()),
        ("select", "预售")
    );
    assert_eq!(field("order.tags").match_modes.len(), 6);
    assert_eq!(field("lines.sku").own_name, "sku");
    assert_eq!(field("lines.sku").entity_label.zh, "商品行");
}

#[test]
fn only_texts_have_values_to_choose_from() {
    let mut catalogue = Catalogue::standard();
    assert!(
        catalogue
            .offer(EntityKind::Order, "paid_at", Vec::new())
            .is_err()
    );
    assert!(
        catalogue
            .offer(EntityKind::Order, "channel", Vec::new())
            .is_ok()
    );
    assert!(catalogue.choices(EntityKind::Order, "channel").is_empty());
}
