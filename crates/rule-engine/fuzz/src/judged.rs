//! What every rule set says of orders, whoever wrote it.

use order::{Fact, OrderView, Timestamp};
use rule_engine::{Course, Effective, Explanation, Interval, Language, Rule, RuleSet, Scratch};
use rule_engine::{example, judge};
use std::sync::LazyLock;

/// Facts of some orders, from one of which nothing is known to one of extremes.
const ORDERS: &str = include_str!("orders.yaml");
/// Most intervals of one rule and order that are looked at.
const MAX_INTERVALS: usize = 20;

struct Known {
    order: order::OrderId,
    facts: Vec<Fact>,
    until: Timestamp,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let examples = example::read(ORDERS, &order::Catalogue::standard())
        .unwrap_or_else(|faults| panic!("{faults:?}"));
    let known = examples.into_iter().map(|example| Known {
        order: example.order_id,
        facts: example.facts,
        until: example.until,
    });
    known.collect()
});

/// Asks all that can be asked of a rule set, of every order.
pub(crate) fn keeps_its_promises(rules: &RuleSet) {
    let mut scratch = Scratch::default();
    for known in KNOWN.iter() {
        let view = OrderView::join(rules.catalogue(), known.order.clone(), &known.facts);
        let until = known.until;
        alone_as_together(rules, &view, until, &mut scratch);
        for at in [Timestamp::MIN, until, Timestamp::MAX] {
            for rule in rules.rules() {
                changes_later(rules, rule, &view, at);
                explains(rules, rule, &view, at);
            }
        }
        let complete = Effective {
            at: until,
            late: Vec::new(),
        };
        let judgement = judge(rules, &view, |_| &complete, &[], until);
        let again = judge(rules, &view, |_| &complete, &judgement.spoken, until);
        assert_eq!(again.transitions, [], "said twice");
    }
}

/// A rule says alone what it says among the others.
fn alone_as_together(rules: &RuleSet, view: &OrderView, until: Timestamp, scratch: &mut Scratch) {
    let mut together: Vec<(&str, Course)> = Vec::new();
    rules.courses(view, until, scratch, |rule, course| {
        together.push((rule.name(), course.clone()));
    });
    let mut true_now = Vec::new();
    rules.verdicts(view, until, scratch, |rule| true_now.push(rule.name()));
    for rule in rules.rules() {
        let alone = rules.course(rule, view, until);
        let course = together.iter().find(|(name, _)| *name == rule.name());
        let course = course.map(|(_, course)| course.clone());
        assert_eq!(course.unwrap_or_default(), alone, "{}", rule.condition());
        let verdict = is_true(rules, rule, view, until);
        let among = true_now.contains(&rule.name());
        assert_eq!(among, verdict, "{}", rule.condition());
        for interval in alone.intervals.iter().take(MAX_INTERVALS) {
            holds_throughout(rules, rule, view, *interval);
        }
        let ends = alone.intervals.windows(2).all(|pair| {
            pair[0]
                .cleared_at
                .is_some_and(|cleared| cleared < pair[1].opened_at)
        });
        assert!(ends, "intervals touch: {:?}", alone.intervals);
    }
}

fn is_true(rules: &RuleSet, rule: &Rule, view: &OrderView, at: Timestamp) -> bool {
    rules.verdict(rule, view, at) == Some(true)
}

fn holds_throughout(rules: &RuleSet, rule: &Rule, view: &OrderView, interval: Interval) {
    let Interval {
        opened_at,
        cleared_at,
    } = interval;
    let condition = rule.condition();
    assert!(is_true(rules, rule, view, opened_at), "{condition}");
    if let Some(cleared_at) = cleared_at {
        assert!(opened_at < cleared_at, "an empty interval: {condition}");
        assert!(!is_true(rules, rule, view, cleared_at), "{condition}");
    }
}

/// The next change is later, and one.
fn changes_later(rules: &RuleSet, rule: &Rule, view: &OrderView, at: Timestamp) {
    if let Some(next) = rules.next_change(rule, view, at) {
        assert!(at < next, "{}", rule.condition());
        let (before, after) = (
            is_true(rules, rule, view, at),
            is_true(rules, rule, view, next),
        );
        assert_ne!(before, after, "{}", rule.condition());
    }
}

/// An explanation is of the condition, and says the verdict.
fn explains(rules: &RuleSet, rule: &Rule, view: &OrderView, at: Timestamp) {
    let explanation = rules.explain(rule, view, at, Language::English);
    let value = match rules.verdict(rule, view, at) {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    };
    assert_eq!(explanation.value, value, "{}", rule.condition());
    let words: Vec<&str> = rule.condition().split_whitespace().collect();
    lies_within(&words.join(" "), &explanation, at);
    let chinese = rules.explain(rule, view, at, Language::Chinese);
    assert_eq!(explanation.expression, chinese.expression);
}

fn lies_within(condition: &str, explanation: &Explanation, at: Timestamp) {
    let Explanation {
        expression,
        last_changed_at,
        next_change_at,
        children,
        ..
    } = explanation;
    assert!(!expression.is_empty(), "nothing explained: {condition}");
    // What is told of one element begins with the element.
    let is_element = expression.starts_with('[');
    assert!(
        is_element || condition.contains(expression.as_str()),
        "{expression} is no part of {condition}"
    );
    assert!(last_changed_at.is_none_or(|last| last <= at), "{condition}");
    assert!(next_change_at.is_none_or(|next| at < next), "{condition}");
    for child in children {
        lies_within(condition, child, at);
    }
}
