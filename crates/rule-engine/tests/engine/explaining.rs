//! Explanations: every part with its value, its changes, its text and its reason.

mod changes;

use crate::support::{ORIGIN, at, fact, instant, rule_set, view};
use order::{EntityKind, Timestamp, Value};
use rule_engine::{Explanation, Language};

fn lines(explanation: &Explanation, depth: usize, into: &mut Vec<String>) {
    let Explanation {
        expression,
        value,
        last_changed_at,
        next_change_at,
        why,
        threshold: _,
        children,
    } = explanation;
    let minute = |at: &Option<Timestamp>| match at {
        Some(at) => ((at.micros() - ORIGIN) / 60_000_000).to_string(),
        None => "-".to_owned(),
    };
    into.push(format!(
        "{}{expression} = {value} {}..{} | {why}",
        "  ".repeat(depth),
        minute(last_changed_at),
        minute(next_change_at)
    ));
    for child in children {
        lines(child, depth + 1, into);
    }
}

#[test]
fn an_explanation_shows_every_part_its_value_its_changes_and_its_reason() {
    let condition = "(elapsed(order.paid_at) > threshold(\"ship-within\")\n  || order.kind == \"rush\") \
                     && !lines.exists(l, now < l.ship_by)";
    let rule_set = rule_set(&[condition]).unwrap();
    let facts = [
        fact(EntityKind::Order, "o-1", 1, [("paid_at", instant(0))]),
        fact(EntityKind::Line, "1", 1, [("ship_by", instant(90))]),
        fact(EntityKind::Line, "2", 1, [("sku", Value::text("a"))]),
    ];
    let rule = &rule_set.rules()[0];
    let explanation = rule_set.explain(rule, &view(&rule_set, &facts), at(60), Language::English);
    let mut told = Vec::new();
    lines(&explanation, 0, &mut told);
    assert_eq!(
        told,
        [
            "(elapsed(order.paid_at) > threshold(\"ship-within\") || order.kind == \"rush\") && \
             !lines.exists(l, now < l.ship_by) = false -..90 | ",
            "  elapsed(order.paid_at) > threshold(\"ship-within\") || order.kind == \"rush\" = unknown -..64 | ",
            "    elapsed(order.paid_at) > threshold(\"ship-within\") = false 0..64 | true from 2026-11-11T01:04:00Z",
            "      order.paid_at = 2026-11-11T00:00:00Z 0..- | ",
            "      threshold(\"ship-within\") = 1h 4m -..- | no row matches: the default",
            "    order.kind == \"rush\" = unknown -..- | ",
            "      order.kind = unknown -..- | not known",
            "  !lines.exists(l, now < l.ship_by) = false -..90 | ",
            "    lines.exists(l, now < l.ship_by) = true -..90 | 2 element(s)",
            "      [1] now < l.ship_by = true -..90 | true until 2026-11-11T01:30:00Z",
            "        l.ship_by = 2026-11-11T01:30:00Z -..- | ",
            "      [2] now < l.ship_by = unknown -..- | what it counts from is not known",
            "        l.ship_by = unknown -..- | not known",
        ]
    );
}

#[test]
fn an_event_to_come_is_explained_as_such_in_chinese() {
    let rule_set = rule_set(&["has(order.paid_at)"]).unwrap();
    let facts = [fact(
        EntityKind::Order,
        "o-1",
        1,
        [("paid_at", instant(10))],
    )];
    let rule = &rule_set.rules()[0];
    let explanation = rule_set.explain(rule, &view(&rule_set, &facts), at(0), Language::Chinese);
    assert_eq!(explanation.why, "尚未发生,将于 2026-11-11T00:10:00Z 发生");
    assert_eq!(explanation.value, "false");
}
