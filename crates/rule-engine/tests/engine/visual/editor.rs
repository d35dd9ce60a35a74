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
        FieldType::Event | FieldType::EventList | FieldType::Plan => {
            json!("2026-11-11T00:00:00+08:00")
        }
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

#[test]
fn a_shop_declares_the_values_of_its_own_fields() {
    let catalogue = |field_type: &str| {
        format!(
            "apiVersion: orderwatch/v1\nkind: FieldCatalogue\nmetadata: {{name: own}}\nspec: {{fields: \
             [{{entity: order, name: x_wrap, type: {field_type}, system: crm, meaning: {{en: Wrapping}}, \
             values: [{{value: red, label: {{en: Red paper, zh: 红色}}}}, {{value: plain}}]}}]}}\n"
        )
    };
    let rules = rule_engine::RuleSet::parse(1, &catalogue("text")).unwrap();
    let fields = fields(rules.catalogue());
    let wrap = fields
        .iter()
        .find(|field| field.name == "order.x_wrap")
        .unwrap();
    let labels: Vec<_> = wrap
        .choices
        .iter()
        .map(|known| known.label_zh.as_str())
        .collect();
    assert_eq!(
        (wrap.label_en.as_str(), labels),
        ("Wrap", vec!["红色", "plain"])
    );
    let told = rule_engine::RuleSet::parse(1, &catalogue("int"))
        .unwrap_err()
        .to_string();
    assert!(told.contains("no text"), "{told}");
}

#[test]
fn a_visual_rule_is_loaded_and_its_faults_are_told_with_their_places() {
    let document = |value: &str| {
        format!(
            "apiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: r}}\nspec:\n  scenario: s\n  severity: low\n  \
             title: {{en: T}}\n  visual:\n    combinator: and\n    rules:\n    - {{field: order.amount, \
             operator: '>', value: {value}}}\n"
        )
    };
    let rules = rule_engine::RuleSet::parse(1, &document("100")).unwrap();
    assert_eq!(rules.rules()[0].condition(), "order.amount > 100.0");
    let told = rule_engine::RuleSet::parse(1, &document("much")).unwrap_err();
    let paths: Vec<_> = told.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["spec.visual.rules[0].value"]);
}
