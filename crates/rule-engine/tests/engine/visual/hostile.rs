//! Values that would like to be more than values.

use super::one;
use crate::support::{fact, rule_document, view};
use cel::common::ast::{Expr, LiteralValue};
use order::{EntityKind, Timestamp, Value};
use proptest::prelude::*;
use rule_engine::RuleSet;
use serde_json::json;

const HOSTILE: [&str; 16] = [
    r#"\" || true //"#,
    r#"" || true || ""#,
    r#"\\" || true //"#,
    "'",
    "\"\"\"",
    "\\",
    "\\u0022 || true",
    "a\nb\r\tc",
    "\0",
    "\u{7f}\u{9f}",
    "\u{202e}txt.exe",
    "line\u{2028}separator",
    "\u{feff}",
    "😀👩‍👩‍👧",
    "中文「双十一」",
    "${1} {{x}} %s // /* */ #",
];

/// The text of a literal as cel's own parser reads it; none when it is not one literal.
fn literal(condition: &str) -> Option<String> {
    let tree = cel::parser::PrattParser::new().parse(condition).ok()?;
    let Expr::Call(call) = tree.expr else {
        return None;
    };
    match (
        &call.args.first()?.expr,
        &call.args.get(1)?.expr,
        call.args.len(),
    ) {
        (Expr::Select(_), Expr::Literal(LiteralValue::String(text)), 2) => {
            Some(text.inner().to_owned())
        }
        _ => None,
    }
}

fn equals(text: &str) -> String {
    one(&json!({"field": "order.channel", "operator": "=", "value": text}))
}

/// What a rule says of an order with that channel.
fn verdict(condition: &str, channel: &str) -> Option<bool> {
    let rules = RuleSet::parse(1, &rule_document("r", condition)).unwrap();
    let facts = [fact(
        EntityKind::Order,
        "o-1",
        1,
        [("channel", Value::text(channel))],
    )];
    let view = view(&rules, &facts);
    rules.verdict(&rules.rules()[0], &view, Timestamp::from_seconds(0))
}

fn stays_a_literal(text: &str) {
    let condition = equals(text);
    assert_eq!(literal(&condition).as_deref(), Some(text), "{condition}");
    assert_eq!(verdict(&condition, text), Some(true), "{condition}");
    assert_eq!(
        verdict(&condition, &format!("{text}x")),
        Some(false),
        "{condition}"
    );
}

#[test]
fn hostile_values_stay_one_literal() {
    for text in HOSTILE {
        stays_a_literal(text);
    }
}

#[test]
fn hostile_values_stay_literals_wherever_they_stand() {
    for text in HOSTILE {
        let written = serde_json::to_string(text).unwrap();
        for (operator, value) in [
            ("in", json!(["b", text])),
            ("contains", json!(text)),
            ("beginsWith", json!(text)),
            ("endsWith", json!(text)),
        ] {
            let condition =
                one(&json!({"field": "order.channel", "operator": operator, "value": value}));
            assert_eq!(
                verdict(&condition, text),
                Some(true),
                "{written} {condition}"
            );
            assert_eq!(
                verdict(&condition, "other"),
                Some(false),
                "{written} {condition}"
            );
        }
    }
}

#[test]
fn hostile_names_of_thresholds_calendars_and_fields_are_no_conditions() {
    let name = r#"x") || true || ("a" == "a"#;
    for value in [
        json!({"threshold": name}),
        json!({"duration": "1h", "calendar": name}),
    ] {
        let rule = json!({"field": "order.paid_at", "operator": "elapsedMoreThan", "value": value});
        let told = RuleSet::parse(1, &rule_document("r", &one(&rule))).unwrap_err();
        assert!(told.to_string().contains("unknown"), "{told}");
    }
    for field in [
        "order.kind || true",
        "order.kind\" ",
        "true",
        "order",
        "lines",
        "",
        ".",
    ] {
        let rule = json!([{"field": field, "operator": "=", "value": "a"}]);
        assert!(super::told(&rule)[0].starts_with("rules[0].field: unknown field"));
    }
}

#[test]
fn what_is_hidden_is_written_by_its_number() {
    assert_eq!(
        equals("a\u{202e}b\0\u{feff}"),
        r#"order.channel == "a\u202eb\u0000\ufeff""#
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_stays_one_literal(text in any::<String>()) {
        stays_a_literal(&text);
    }

    #[test]
    fn quotes_and_backslashes_in_any_order_stay_one_literal(text in "[\\\\\"'nrtux0|& /]{0,12}") {
        stays_a_literal(&text);
    }

    #[test]
    fn any_number_stays_itself(amount in any::<f64>(), count in any::<i64>()) {
        if amount.is_finite() {
            let condition = one(&json!({"field": "order.amount", "operator": "=", "value": amount}));
            prop_assert!(RuleSet::parse(1, &rule_document("r", &condition)).is_ok(), "{}", condition);
        }
        let condition = one(&json!({"field": "order.line_count", "operator": "=", "value": count}));
        prop_assert!(RuleSet::parse(1, &rule_document("r", &condition)).is_ok(), "{}", condition);
    }

    #[test]
    fn any_json_is_answered(text in r#"\{("combinator":"(and|or|nor)",)?"rules":\[(\{"field":"[a-z.]{0,6}","operator":"[=!<>a-z]{0,4}","value":[0-9]\},?|"and",?|7,?){0,4}\]\}"#) {
        if let Ok(tree) = serde_json::from_str(&text) {
            let _ = rule_engine::visual::compile(&tree, &order::Catalogue::standard());
        }
    }
}
