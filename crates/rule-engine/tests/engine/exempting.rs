//! What is exempt or only tried is said all the same, marked as what it is.

use crate::support::{at, fact, instant, rule_document, view};
use order::{EntityKind, Fact, Value};
use rule_engine::{Cause, Effective, Judgement, Kind, RuleSet, Spoken, State, judge};

const LATE: &str = "elapsed(order.paid_at) > duration(\"1h\") && !has(order.completed_at)";

/// The rule `late` with more documents.
fn rules(documents: &str) -> RuleSet {
    let text = format!("{}{documents}", rule_document("late", LATE));
    RuleSet::parse(1, &text).unwrap_or_else(|faults| panic!("{faults}"))
}

fn exemption(entry: &str) -> String {
    format!(
        "---\napiVersion: orderwatch/v1\nkind: Exemption\nmetadata: {{name: agreed}}\n\
         spec: {{reason: r, owner: o, expires: 2027-01-01T00:00:00Z, entries: [{entry}]}}\n"
    )
}

fn order(revision: i64, more: &[(&'static str, Value)]) -> Fact {
    let paid = [("paid_at", instant(0))];
    let attributes = paid.into_iter().chain(more.iter().cloned());
    fact(EntityKind::Order, "o-1", revision, attributes)
}

fn judged(rules: &RuleSet, facts: &[Fact], minutes: i64, spoken: &[Spoken]) -> Judgement {
    let effective = Effective {
        at: at(minutes),
        late: Vec::new(),
    };
    judge(
        rules,
        &view(rules, facts),
        |_| &effective,
        spoken,
        at(9_000),
    )
}

fn told(judgement: &Judgement) -> Vec<(Kind, Cause, Option<&str>)> {
    let told = judgement.transitions.iter();
    told.map(|said| (said.kind, said.cause, said.exception.exempt.as_deref()))
        .collect()
}

#[test]
fn an_exemption_that_begins_and_ends_is_told_at_its_instants() {
    let entry = "{order: o-1, from: 2026-11-11T02:00:00Z, expires: 2026-11-11T03:00:00Z}";
    let rules = rules(&exemption(entry));
    let facts = [order(1, &[])];
    let opened = judged(&rules, &facts, 90, &[]);
    assert_eq!(told(&opened), [(Kind::Opened, Cause::Signal, None)]);
    assert_eq!(opened.timers, [(rules.rules()[0].gate(), at(120))]);
    let at_it = judged(&rules, &facts, 120, &opened.spoken);
    assert_eq!(at_it.transitions, []);
    let begun = judged(&rules, &facts, 121, &opened.spoken);
    assert_eq!(
        told(&begun),
        [(Kind::Updated, Cause::Exempted, Some("agreed"))]
    );
    assert_eq!(begun.timers, [(rules.rules()[0].gate(), at(180))]);
    let interval = &begun.transitions[0].exception;
    assert_eq!((interval.opened_at, interval.state), (at(60), State::Open));
    let ended = judged(&rules, &facts, 181, &begun.spoken);
    assert_eq!(told(&ended), [(Kind::Updated, Cause::ExemptionEnded, None)]);
    assert_eq!(ended.timers, []);
}

#[test]
fn what_ends_while_it_is_exempt_stays_so() {
    let rules = rules(&exemption("{order: o-1, expires: 2026-11-11T03:00:00Z}"));
    let opened = judged(&rules, &[order(1, &[])], 90, &[]);
    assert_eq!(
        told(&opened),
        [(Kind::Opened, Cause::Signal, Some("agreed"))]
    );
    let facts = [order(2, &[("completed_at", instant(170))])];
    let cleared = judged(&rules, &facts, 200, &opened.spoken);
    assert_eq!(
        told(&cleared),
        [(Kind::Cleared, Cause::Signal, Some("agreed"))]
    );
    assert_eq!(judged(&rules, &facts, 900, &cleared.spoken).transitions, []);
    let without = self::rules("");
    let kept = judged(&without, &facts, 900, &cleared.spoken);
    assert_eq!(
        kept.transitions,
        [],
        "history stands when its list is dropped"
    );
}

#[test]
fn an_exemption_that_comes_later_exempts_what_is_open_and_its_removal_ends_it() {
    let facts = [order(1, &[])];
    let opened = judged(&rules(""), &facts, 90, &[]);
    let exempt = judged(
        &rules(&exemption("{order: o-1}")),
        &facts,
        90,
        &opened.spoken,
    );
    assert_eq!(
        told(&exempt),
        [(Kind::Updated, Cause::Exempted, Some("agreed"))]
    );
    assert_eq!(exempt.spoken[0].version, 2);
    let ended = judged(&rules(""), &facts, 90, &exempt.spoken);
    assert_eq!(told(&ended), [(Kind::Updated, Cause::ExemptionEnded, None)]);
}

#[test]
fn entries_are_found_by_order_customer_sku_warehouse_and_condition() {
    let facts = [
        order(
            1,
            &[
                ("customer_id", Value::text("c-9")),
                ("warehouse", Value::text("east")),
            ],
        ),
        fact(EntityKind::Line, "1", 1, [("sku", Value::text("a-1"))]),
        fact(EntityKind::Line, "2", 1, [("sku", Value::text("a-2"))]),
    ];
    let exempt = |entry: &str| {
        let judgement = judged(&rules(&exemption(entry)), &facts, 90, &[]);
        judgement.spoken[0].exempt.is_some()
    };
    for entry in [
        "{order: o-1}",
        "{customer: c-9}",
        "{sku: a-2}",
        "{warehouse: east}",
        "{when: 'order.warehouse.startsWith(\"ea\")'}",
        "{order: o-1, rules: [late]}",
        "{order: o-1, scenarios: [test]}",
        "{order: o-1, rules: [other], scenarios: [test]}",
    ] {
        assert!(exempt(entry), "{entry}");
    }
    for entry in [
        "{order: o-2}",
        "{customer: c-8}",
        "{sku: a-3}",
        "{warehouse: west}",
        "{when: 'order.region == \"east\"'}",
        "{order: o-1, rules: [other]}",
        "{order: o-1, scenarios: [other]}",
        "{order: o-1, expires: 2026-11-11T01:00:00Z}",
        "{order: o-1, from: 2026-11-12T00:00:00Z}",
    ] {
        assert!(!exempt(entry), "{entry}");
    }
}

#[test]
fn a_condition_exempts_from_instant_to_instant() {
    let entry = "{when: 'now > order.requested_ship_at && !has(order.cancelled_at)'}";
    let rules = rules(&exemption(entry));
    let dated = [order(1, &[("requested_ship_at", instant(100))])];
    let opened = judged(&rules, &dated, 90, &[]);
    assert_eq!(opened.timers, [(rules.rules()[0].gate(), at(100))]);
    let exempt = judged(&rules, &dated, 101, &opened.spoken);
    assert_eq!(
        told(&exempt),
        [(Kind::Updated, Cause::Exempted, Some("agreed"))]
    );
    let cancelled = [
        ("requested_ship_at", instant(100)),
        ("cancelled_at", instant(150)),
    ];
    let ended = judged(&rules, &[order(2, &cancelled)], 151, &exempt.spoken);
    assert_eq!(told(&ended), [(Kind::Updated, Cause::ExemptionEnded, None)]);
}

#[test]
fn a_rule_that_becomes_active_tells_what_is_open_again() {
    let shadow = rule_document("late", LATE).replace("severity", "mode: shadow, severity");
    let shadow = RuleSet::parse(1, &shadow).unwrap();
    let facts = [order(1, &[])];
    let tried = judged(&shadow, &facts, 90, &[]);
    assert!(tried.spoken[0].shadow);
    let active = judged(&rules(""), &facts, 90, &tried.spoken);
    assert_eq!(told(&active), [(Kind::Updated, Cause::ModeChanged, None)]);
    assert!(!active.spoken[0].shadow);
    let back = judged(&shadow, &facts, 90, &active.spoken);
    assert_eq!(told(&back), [(Kind::Updated, Cause::ModeChanged, None)]);
    let completed = [order(2, &[("completed_at", instant(80))])];
    let cleared = judged(&shadow, &completed, 90, &back.spoken);
    assert!(cleared.spoken[0].shadow);
    assert_eq!(
        judged(&rules(""), &completed, 90, &cleared.spoken).transitions,
        []
    );
}
