//! What is told of a rule set before any order is: with its place, and never wrongly.

mod truth;

use crate::support::{RESOURCES, at, rule_document, rule_set};
use order::{System, Systems};
use rule_engine::{ResourceFault, RuleSet};

/// What is told of the condition of a rule.
fn told(condition: &str) -> Vec<String> {
    let rules = rule_set(&[condition]).unwrap_or_else(|faults| panic!("{condition}: {faults}"));
    of_path(rules.warnings(), "spec.condition")
}

fn of_path(warnings: &[ResourceFault], path: &str) -> Vec<String> {
    let told = warnings.iter().filter(|warning| warning.path == path);
    told.map(|warning| warning.message.clone()).collect()
}

fn parsed(documents: &str) -> RuleSet {
    RuleSet::parse(1, documents).unwrap_or_else(|faults| panic!("{faults}"))
}

fn lines(rules: &RuleSet) -> Vec<String> {
    rules.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn what_can_never_be_true_is_told_where_it_breaks() {
    for (condition, expected) in [
        (
            "order.kind == \"a\" && has(order.paid_at) && order.kind == \"b\"",
            "1:44: can never be true together with `order.kind == \"a\"`",
        ),
        (
            "order.amount > 5.0 && order.amount < 3.0",
            "1:23: can never be true together with `order.amount > 5.0`",
        ),
        (
            "has(order.paid_at) && !has(order.paid_at)",
            "1:23: can never be true together with `has(order.paid_at)`",
        ),
        (
            "order.kind == \"a\" &&\n  !has(order.kind)",
            "2:3: can never be true together with `order.kind == \"a\"`",
        ),
        (
            "elapsed(order.paid_at) > duration(\"2d\") && elapsed(order.paid_at) < duration(\"1d\")",
            "1:44: can never be true together with `elapsed(order.paid_at) > duration(\"2d\")`",
        ),
        (
            "elapsed(order.paid_at) > threshold(\"ship-within\") && elapsed(order.paid_at) < duration(\"30m\")",
            "1:54: can never be true together with `elapsed(order.paid_at) > threshold(\"ship-within\")`",
        ),
        (
            "elapsed(order.paid_at, \"warehouse\") >= duration(\"2h\") && elapsed(order.paid_at, \"warehouse\") < duration(\"2h\")",
            "1:58: can never be true together with `elapsed(order.paid_at, \"warehouse\") >= duration(\"2h\")`",
        ),
        ("now < order.paid_at", "1:1: can never be true"),
        (
            "threshold(\"ship-within\") > threshold(\"ship-within\")",
            "1:1: can never be true",
        ),
        ("threshold(\"many-lines\") > 2", "1:1: can never be true"),
        (
            "lines.exists(l, l.sku == \"a\" && l.sku == \"b\")",
            "1:1: can never be true",
        ),
        (
            "lines.size() == 0 && lines.exists(l, l.sku == \"a\")",
            "1:22: can never be true together with `lines.size() == 0`",
        ),
        (
            "order.kind in [\"a\", \"b\"] && order.kind != \"a\" && order.kind != \"b\"",
            "1:50: can never be true together with what stands before it",
        ),
        (
            "order.paid_at < order.ship_by && order.ship_by < order.paid_at",
            "1:34: can never be true together with `order.paid_at < order.ship_by`",
        ),
        (
            "(order.kind == \"a\" || order.kind == \"b\") && (order.kind == \"c\" ? has(order.paid_at) : order.kind == \"d\")",
            "1:46: can never be true together with `order.kind == \"a\" || order.kind == \"b\"`",
        ),
        ("false", "1:1: can never be true"),
    ] {
        assert_eq!(told(condition), [expected], "{condition}");
    }
}

#[test]
fn what_is_never_false_is_told() {
    let never = "is never false: true of every order of which it knows what it reads";
    for (condition, expected) in [
        ("true", "is always true"),
        (
            "has(order.paid_at) || !has(order.paid_at)",
            "is always true",
        ),
        ("lines.size() >= 0", "is always true"),
        ("order.kind == \"a\" || order.kind != \"a\"", never),
        ("elapsed(order.paid_at) > duration(\"0s\")", never),
        ("elapsed(order.paid_at) >= duration(\"-1h\")", never),
        ("threshold(\"ship-within\") > duration(\"1m\")", never),
    ] {
        assert_eq!(told(condition), [format!("1:1: {expected}")], "{condition}");
    }
}

#[test]
fn parts_that_decide_nothing_are_told() {
    assert_eq!(
        told("has(order.kind) && (now < order.paid_at || order.kind == \"a\")"),
        ["1:21: `now < order.paid_at` can never be true"]
    );
    assert_eq!(
        told("order.kind == \"a\" && elapsed(order.paid_at) > duration(\"0s\")"),
        ["1:22: `elapsed(order.paid_at) > duration(\"0s\")` is never false"]
    );
}

#[test]
fn nothing_is_said_of_what_is_possible() {
    for condition in [
        "order.amount > 3.0 && order.amount < 5.0",
        "elapsed(order.ship_by) > duration(\"-2h\")",
        "order.kind == \"a\" || order.kind == \"b\"",
        "lines.exists(l, l.sku == \"a\") && lines.exists(l, l.sku == \"b\")",
        "lines.exists(l, l.sku == \"a\") && shipments.exists(l, l.carrier == \"b\")",
        "elapsed(order.paid_at) > threshold(\"ship-within\") && elapsed(order.paid_at) < duration(\"70m\")",
        "!(order.amount > 3.0) && !(order.amount <= 3.0)",
        "elapsed(order.paid_at, \"warehouse\") >= duration(\"2h\") && elapsed(order.paid_at, \"warehouse\") <= duration(\"2h\")",
    ] {
        assert_eq!(told(condition), Vec::<String>::new(), "{condition}");
    }
}

#[test]
fn rows_that_are_never_reached_and_rows_that_cross_are_told() {
    let table = r#"---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: t}
spec:
  type: duration
  rows:
    - {kind: [a, b], value: 1h}
    - {kind: a, tier: vip, value: 2h}
    - {amount: {from: 10, below: 50}, value: 3h}
    - {amount: {from: 40, below: 90}, value: 4h}
    - {amount: {from: 20, below: 30}, when: has(order.paid_at), value: 5h}
    - {category: [x, y], value: 6h}
    - {category: x, value: 7h}
    - {tier: vip, when: 'customer.tier == "svip"', value: 8h}
    - {warehouse: [e, w], value: 9h}
    - {warehouse: [w, n], value: 10h}
  campaigns:
    - {name: a, from: 2026-01-01T00:00:00Z, until: 2026-03-01T00:00:00Z, default: 1h}
    - {name: b, from: 2026-02-01T00:00:00Z, until: 2026-04-01T00:00:00Z, default: 2h}
    - {name: c, from: 2026-02-01T00:00:00Z, until: 2026-04-01T00:00:00Z, priority: 1, default: 2h}
  default: 0h
"#;
    let rule = rule_document("r", "elapsed(order.paid_at) > threshold(\"t\")");
    let told: Vec<String> = lines(&parsed(&format!("{rule}{table}")));
    assert_eq!(
        told,
        [
            "Threshold/t spec.rows[1]: is never reached: row 1 takes every order that matches it",
            "Threshold/t spec.rows[4]: is never reached: row 3 takes every order that matches it",
            "Threshold/t spec.rows[6]: is never reached: row 6 takes every order that matches it",
            "Threshold/t spec.rows[7]: no order can match the row",
            "Threshold/t spec.rows[3]: overlaps with row 3 in amount: the same order can match both, and the earlier row decides",
            "Threshold/t spec.rows[9]: overlaps with row 9 in warehouse: the same order can match both, and the earlier row decides",
            "Threshold/t spec.campaigns[1]: overlaps with campaign `a` of the same priority: the later beginning decides, then the name",
            "Rule/r spec.scenario: there is no Scenario `test`",
        ]
    );
}

#[test]
fn exemptions_of_everything_or_of_nothing_are_told_and_so_are_scopes_that_lead_nowhere() {
    let exemption = r#"---
apiVersion: orderwatch/v1
kind: Exemption
metadata: {name: e}
spec:
  reason: r
  owner: o
  expires: 2026-06-01T00:00:00Z
  entries:
    - {when: 'has(order.id) || !has(order.id)'}
    - {when: 'order.kind == "a" && order.kind == "b"', rules: [r]}
    - {order: "1", rules: [s], scenarios: [test]}
    - {order: "2", rules: [s], scenarios: [test]}
"#;
    let rules = parsed(&format!(
        "{}{exemption}",
        rule_document("r", "has(order.kind)")
    ));
    assert_eq!(
        lines(&rules),
        [
            "Exemption/e spec.entries[0].when: is never false: exempts every order from every rule",
            "Exemption/e spec.entries[1].when: can never be true: exempts nothing",
            "Rule/r spec.scenario: there is no Scenario `test`",
            "Exemption/e spec.entries[2]: its scope names the rule `s`, which is not there",
        ]
    );
    let outdated: Vec<String> = rules
        .outdated(at(0))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        outdated,
        ["Exemption/e spec.entries[0]: has expired on 2026-06-01T00:00:00Z, and 3 more"]
    );
}

#[test]
fn what_nothing_reads_and_rules_that_say_the_same_are_told() {
    let documents = [
        rule_document("a", "has(order.kind)"),
        rule_document("b", "has( order.kind )"),
        RESOURCES.to_owned(),
    ];
    let told = lines(&parsed(&documents.concat()));
    assert_eq!(
        told.iter()
            .filter(|told| !told.contains("Scenario"))
            .collect::<Vec<_>>(),
        [
            "Rule/b spec.condition: says the same as the rule `a`",
            "Threshold/many-lines metadata.name: no rule reads it",
            "Threshold/ship-within metadata.name: no rule reads it",
            "Calendar/warehouse metadata.name: no rule or threshold counts by it",
        ]
    );
}

#[test]
fn what_nothing_feeds_is_told_where_a_rule_first_reads_it() {
    let rules = rule_set(&[
        "has(order.kind)",
        "order.amount > 1.0\n  && shipments.exists(s, has(s.carrier))\n  && (has(customer.tier) || customer.tier == \"vip\")",
        "elapsed(order.paid_at) > threshold(\"ship-within\")",
    ])
    .unwrap();
    let fed = Systems::NONE.with(System::Erp);
    let unfed = rules.unfed(fed);
    let told: Vec<String> = unfed.iter().map(ToString::to_string).collect();
    let message = |place: &str, system: &str| {
        format!(
            "{place}: reads {system}, which no configured source feeds: the rule will wait, and then see nothing"
        )
    };
    assert_eq!(
        told,
        [
            message("Rule/r001 spec.condition: 2:6", "logistics"),
            message("Rule/r001 spec.condition: 3:20", "crm"),
            message("Rule/r002 spec.condition: 1:36", "crm"),
        ]
    );
    let place = unfed[1].expression.as_ref().unwrap();
    assert_eq!((place.line, place.column), (3, 20));
    let fed = fed.with(System::Crm).with(System::Logistics);
    assert_eq!(rules.unfed(fed), []);
}
