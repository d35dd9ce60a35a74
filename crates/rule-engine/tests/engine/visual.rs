//! Visual rules: what becomes of a tree, and what is wrong with it.

mod editor;
mod hostile;
mod meaning;
mod tree;

use order::Catalogue;
use rule_engine::visual::{Fault, compile};
use serde_json::{Value, json};

fn compiled(tree: &Value) -> String {
    compile(tree, &Catalogue::standard()).unwrap()
}

/// What one condition becomes.
fn one(rule: &Value) -> String {
    compiled(&json!({"combinator": "and", "rules": [rule]}))
}

fn faults(rules: &Value) -> Vec<Fault> {
    let tree = json!({"combinator": "and", "rules": rules});
    compile(&tree, &Catalogue::standard()).unwrap_err()
}

fn told(rules: &Value) -> Vec<String> {
    faults(rules).iter().map(ToString::to_string).collect()
}

#[test]
fn a_tree_becomes_a_condition_that_can_be_read() {
    let tree = json!({
        "id": "root", "combinator": "and", "rules": [
            {"field": "order.kind", "operator": "in", "value": "presale, dated"},
            {"combinator": "or", "not": true, "rules": [
                {"field": "customer.tier", "operator": "=", "value": "vip"},
                {"field": "order.amount", "operator": "between", "value": ["5000", 1000]}]},
            {"field": "order.paid_at", "operator": "elapsedMoreThan",
             "value": {"threshold": "ship-within", "calendar": "warehouse"}},
            {"field": "shipments", "operator": "=", "match": {"mode": "none"},
             "value": {"combinator": "and", "rules": [
                {"field": "handed_over_at", "operator": "notNull", "value": ""}]}},
            {"field": "order.tags", "operator": "doesNotContain", "value": "do-not-chase"}]
    });
    assert_eq!(
        compiled(&tree),
        r#"order.kind in ["presale", "dated"]
&& !(customer.tier == "vip" || order.amount >= 1000.0 && order.amount <= 5000.0)
&& elapsed(order.paid_at, "warehouse") > threshold("ship-within")
&& !shipments.exists(shipment, has(shipment.handed_over_at))
&& (!has(order.tags) || !("do-not-chase" in order.tags))"#
    );
}

#[test]
fn every_operator_becomes_the_condition_that_it_means() {
    let kind = |operator: &str, value: Value| {
        one(&json!({"field": "order.kind", "operator": operator, "value": value}))
    };
    assert_eq!(kind("=", json!("a")), r#"order.kind == "a""#);
    assert_eq!(
        kind("!=", json!("a")),
        r#"!has(order.kind) || order.kind != "a""#
    );
    assert_eq!(kind("contains", json!("a")), r#"order.kind.contains("a")"#);
    assert_eq!(
        kind("beginsWith", json!("a")),
        r#"order.kind.startsWith("a")"#
    );
    assert_eq!(kind("endsWith", json!("a")), r#"order.kind.endsWith("a")"#);
    assert_eq!(
        kind("doesNotEndWith", json!("a")),
        r#"!has(order.kind) || !order.kind.endsWith("a")"#
    );
    assert_eq!(kind("null", json!("")), "!has(order.kind)");
    assert_eq!(kind("notNull", Value::Null), "has(order.kind)");
    assert_eq!(
        kind("notIn", json!(["a, b"])),
        r#"!has(order.kind) || !(order.kind in ["a, b"])"#
    );
    assert_eq!(
        kind("in", json!(r"a\,b,, c ")),
        r#"order.kind in ["a,b", "c"]"#
    );

    let amount = |operator: &str, value: Value| {
        one(&json!({"field": "order.amount", "operator": operator, "value": value}))
    };
    assert_eq!(amount("!=", json!(3)), "order.amount != 3.0");
    assert_eq!(amount(">=", json!("12.50")), "order.amount >= 12.5");
    assert_eq!(
        amount("notBetween", json!("1,2")),
        "order.amount < 1.0 || order.amount > 2.0"
    );
    assert_eq!(
        amount("<", json!({"threshold": "big"})),
        r#"order.amount < threshold("big")"#
    );

    let time = |operator: &str, value: Value| {
        one(&json!({"field": "order.ship_by", "operator": operator, "value": value}))
    };
    assert_eq!(time("beforeNow", Value::Null), "order.ship_by < now");
    assert_eq!(time("afterNow", Value::Null), "order.ship_by > now");
    assert_eq!(
        time("elapsedMoreThan", json!("1d 12h")),
        r#"elapsed(order.ship_by) > duration("1d12h")"#
    );
    assert_eq!(
        time("elapsedLessThan", json!("-2h")),
        r#"elapsed(order.ship_by) < duration("-2h")"#
    );
    assert_eq!(
        time("remainingLessThan", json!("4h")),
        r#"order.ship_by - now < duration("4h")"#
    );
    assert_eq!(
        time(">", json!("2026-11-11T00:00:00+08:00")),
        r#"order.ship_by > timestamp("2026-11-11T00:00:00+08:00")"#
    );
}

#[test]
fn a_field_of_a_list_asks_about_some_element_and_its_denial_about_all() {
    let rule = |operator: &str, value: &str| {
        one(&json!({"field": "shipments.carrier", "operator": operator, "value": value}))
    };
    assert_eq!(
        rule("=", "sf"),
        r#"shipments.exists(shipment, shipment.carrier == "sf")"#
    );
    assert_eq!(
        rule("!=", "sf"),
        r#"!shipments.exists(shipment, has(shipment.carrier) && shipment.carrier == "sf")"#
    );
    assert_eq!(
        rule("null", ""),
        "!shipments.exists(shipment, has(shipment.carrier))"
    );
    let late = json!({"field": "shipments.delivered_at", "operator": ">",
                      "valueSource": "field", "value": "shipments.estimated_delivery_at"});
    assert_eq!(
        one(&late),
        "shipments.exists(shipment, shipment.delivered_at > shipment.estimated_delivery_at)"
    );
}

#[test]
fn match_modes_count_the_elements_that_pass() {
    let lines = |matching: Value| {
        one(
            &json!({"field": "lines", "operator": "=", "match": matching,
                   "value": {"combinator": "and", "rules": [
                       {"field": "quantity", "operator": ">", "value": 1},
                       {"field": "sku", "operator": "=", "valueSource": "field", "value": "order.kind"}]}}),
        )
    };
    let body = "line, line.quantity > 1 && line.sku == order.kind";
    assert_eq!(lines(json!({"mode": "all"})), format!("lines.all({body})"));
    assert_eq!(
        lines(json!({"mode": "none"})),
        format!("!lines.exists({body})")
    );
    assert_eq!(
        lines(json!({"mode": "atLeast", "threshold": 1})),
        format!("lines.exists({body})")
    );
    assert_eq!(
        lines(json!({"mode": "atMost", "threshold": 2})),
        format!("lines.filter({body}).size() <= 2")
    );
    assert_eq!(
        lines(json!({"mode": "atLeast", "threshold": 0.5})),
        "double(lines.filter(line,\n  line.quantity > 1 && line.sku == order.kind\n).size()) \
         >= double(lines.size()) * 0.5"
    );
    let tags = json!({"field": "order.tags", "operator": "=", "match": {"mode": "some"},
        "value": {"rules": [{"field": "", "operator": "beginsWith", "value": "x"}]}});
    assert_eq!(
        one(&tags),
        r#"order.tags.exists(text, text.startsWith("x"))"#
    );
}

#[test]
fn combinators_between_rules_bind_as_the_builder_binds_them() {
    let rule = |value: &str| json!({"field": "order.kind", "operator": "=", "value": value});
    let muted = json!({"field": "order.kind", "operator": "~", "muted": true});
    let tree = json!({"rules": [rule("a"), "or", rule("b"), "and", rule("c"), "xor", rule("d"), "or", muted]});
    assert_eq!(
        compiled(&tree),
        r#"order.kind == "a" || (order.kind == "b" && order.kind == "c") != (order.kind == "d")"#
    );
}

#[test]
fn wide_conditions_are_broken_at_their_joints() {
    let rule = |field: &str| json!({"field": field, "operator": "=", "value": "a".repeat(40)});
    let tree = json!({"combinator": "or", "rules": [
        rule("order.kind"),
        {"combinator": "and", "not": true, "rules": [rule("order.channel"), rule("lines.sku")]}]});
    let a = "a".repeat(40);
    assert_eq!(
        compiled(&tree),
        format!(
            "order.kind == \"{a}\"\n|| !(\n  order.channel == \"{a}\"\n  \
             && lines.exists(line, line.sku == \"{a}\")\n)"
        )
    );
}

#[test]
fn every_fault_is_told_with_its_place() {
    let rules = json!([
        {"field": "order.payed_at", "operator": "=", "value": "x"},
        {"field": "order.amount", "operator": "contains", "value": "1"},
        {"combinator": "nor", "rules": [
            {"field": "order.line_count", "operator": "=", "value": "3.5"},
            {"field": "order.kind", "operator": "inn", "value": []}]},
        {"field": "lines", "operator": "=", "match": {"mode": "exactly"}, "value": {"combinator": "and", "rules": [
            {"field": "skuu", "operator": "=", "value": "a"}]}},
        {"field": "~", "operator": "=", "value": ""},
        {"field": "order.kind", "operator": "in", "value": " , "},
        {"field": "order.kind", "operator": "=", "valueSource": "field", "value": "shipments.carrier"},
        {"field": "order.paid_at", "operator": ">", "value": "2026-11-11T00:00"},
        {"field": "order.paid_at", "operator": "elapsedMoreThan", "value": 24},
        {"field": "order.ship_by", "operator": "remainingLessThan", "value": {"duration": "1h", "calender": "w"}},
        "and"
    ]);
    assert_eq!(
        told(&rules),
        [
            "rules[2].combinator: not a combinator: expected and, or or xor, found \"nor\"",
            "rules[2].rules[1].operator: unknown operator \"inn\"; did you mean `in`?",
            "rules[3].match.threshold: not a number of elements: expected a whole number, or a \
             share above 0 and below 1, found nothing",
            "rules[4].field: no field was chosen yet; choose one, or mute the rule",
            "rules[10]: wrong type: expected a rule or a group, found \"and\"",
            "rules[0].field: unknown field \"order.payed_at\"; did you mean `order.paid_at`?; \
             the field catalogue lists what there is",
            "rules[1].operator: a field of type amount is not asked so: expected = != < > <= >= \
             null notNull in notIn between notBetween, found contains",
            "rules[2].rules[0].value: wrong type: expected a whole number, found \"3.5\"",
            "rules[3].value.rules[0].field: unknown field \"skuu\"; did you mean `sku`?; \
             the field catalogue lists what there is",
            "rules[5].value: wrong number of values: expected 1 to 1000 values, found 0; write a \
             list, or one text with commas; `\\,` is a comma within a value",
            "rules[6].value: `shipments.carrier` has many values; compare with a field of the \
             order, the customer, or the same element",
            "rules[7].value: wrong type: expected an instant with its offset, such as \
             2026-11-11T00:00:00+08:00, found \"2026-11-11T00:00\"",
            "rules[8].value: wrong type: expected a span with units, such as 36h, 2d or 1h30m, \
             found 24",
            "rules[9].value.calender: unknown key \"calender\"; did you mean `calendar`?",
        ]
    );
}

#[test]
fn what_is_too_large_or_empty_is_refused() {
    let rule = json!({"field": "order.kind", "operator": "=", "value": "a"});
    let many = vec![rule.clone(); 501];
    assert_eq!(
        told(&json!(many)),
        ["the tree: the tree is too large: expected at most 500 conditions, found 501"]
    );
    let deep = (0..12).fold(
        rule.clone(),
        |inner, _| json!({"combinator": "and", "rules": [inner]}),
    );
    assert!(
        told(&json!([deep]))[0]
            .ends_with("groups are nested too deep: expected at most 12 levels, found 13")
    );
    let muted = json!({"combinator": "and", "muted": true, "rules": [rule]});
    assert_eq!(
        told(&json!([muted])),
        [
            "the tree: no condition is left, so the rule would always be true; add a condition, or unmute one"
        ]
    );
    let long = json!({"field": "order.kind", "operator": "=", "value": "a".repeat(16 * 1024 + 1)});
    assert_eq!(faults(&json!([long]))[0].path, "rules[0].value");
    assert!(compile(&json!([1]), &Catalogue::standard()).is_err());
}
