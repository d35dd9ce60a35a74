//! All rules at once say what each says alone: conditions that are shared, rules that are
//! selected by fields, and signals without stepping change nothing.

use crate::oracle::conditions::Author;
use crate::oracle::orders;
use crate::support::{ORIGIN, at, rule_set, view};
use order::Timestamp;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rule_engine::{Course, RuleSet, Scratch};

const RULES: usize = 120;
const ORDERS: usize = 40;

/// What rules of a shop have in common: whom they are for, and what ends them.
const SCOPES: [&str; 17] = [
    "size(lines) > 0",
    "(size(shipments) == 0 || shipments.exists(s, !has(s.delivered_at)))",
    "lines.all(l, now - l.ship_by > duration(\"32m\"))",
    "order.kind == \"a\"",
    "order.kind != \"b\"",
    "order.kind in [\"a\", \"vip\"]",
    "(order.kind == \"ab\" || order.kind == \"b\")",
    "order.warehouse == \"a\"",
    "\"vip\" == order.warehouse",
    "order.warehouse in [\"ab\", \"b\", \"ab\"]",
    "customer.tier == \"vip\"",
    "!(customer.tier in [\"a\", \"b\"])",
    "\"a\" in order.tags",
    "order.line_count >= 2",
    "!has(order.cancelled_at)",
    "order.address_complete",
    "elapsed(order.paid_at) > threshold(\"ship-within\")",
];

/// Conditions that differ from rule to rule in a limit, or in whom of several they are about.
fn limited(random: &mut ChaCha8Rng) -> String {
    let (count, span) = (random.random_range(0..4), 8 * random.random_range(-2..12));
    let amount = f64::from(random.random_range(0..=10)) / 2.0;
    let [one, other] = [(); 2].map(|()| *["a", "ab", "b", "vip"].choose(random).unwrap());
    match random.random_range(0..11) {
        0 => format!("order.line_count >= {count}"),
        1 => format!("!(order.line_count < {count})"),
        2 => format!("order.amount > {amount:?}"),
        3 => format!("order.amount <= {amount:?}"),
        4 => format!("elapsed(order.paid_at) > duration(\"{span}m\")"),
        5 => format!("now - order.ship_by < duration(\"{span}m\")"),
        6 => format!("elapsed(order.paid_at, \"warehouse\") >= duration(\"{span}m\")"),
        7 => format!("shipments.exists(s, s.carrier == \"{one}\")"),
        8 => format!(
            "shipments.exists(s, s.carrier in [\"{one}\", \"{other}\"] && !has(s.delivered_at) \
             && elapsed(s.handed_over_at) > duration(\"{span}m\"))"
        ),
        9 => format!("!lines.exists(l, l.category == \"{one}\" && l.quantity > {count})"),
        _ => format!(
            "lines.exists(l, l.category == \"{one}\" && l.quantity >= {count} \
             && l.price > {amount:?})"
        ),
    }
}

fn condition(random: &mut ChaCha8Rng, common: &[String]) -> String {
    let mut parts = Vec::new();
    for _ in 0..random.random_range(0..4) {
        parts.push(match random.random_range(0..10) {
            0..5 => (*SCOPES.choose(random).unwrap()).to_owned(),
            5..8 => limited(random),
            _ => common.choose(random).unwrap().clone(),
        });
    }
    if parts.is_empty() || random.random_bool(0.6) {
        parts.push(Author::new(random).condition().0);
    }
    parts.join(" && ")
}

fn random_rules(random: &mut ChaCha8Rng) -> RuleSet {
    let common: Vec<String> = (0..8).map(|_| Author::new(random).condition().0).collect();
    let conditions: Vec<String> = (0..RULES).map(|_| condition(random, &common)).collect();
    let conditions: Vec<&str> = conditions.iter().map(String::as_str).collect();
    rule_set(&conditions).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Returns how many rules were ever found true.
fn compare(seed: u64) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut scratch, mut found) = (Scratch::default(), 0);
    let rules = random_rules(&mut random);
    for _ in 0..ORDERS {
        let view = view(&rules, &orders::random(&mut random));
        for minutes in (-16..500).step_by(8) {
            let mut together = Vec::new();
            rules.verdicts(&view, at(minutes), &mut scratch, |rule| {
                together.push(rule.name().to_owned());
            });
            together.sort_unstable();
            let alone = rules.rules().iter();
            let alone = alone.filter(|rule| rules.verdict(rule, &view, at(minutes)) == Some(true));
            let alone: Vec<_> = alone.map(|rule| rule.name().to_owned()).collect();
            assert_eq!(together, alone, "at {} of {view:#?}", at(minutes));
            found += alone.len();
        }
        for until in [i64::MIN, ORIGIN, ORIGIN + 5_000_000_000, i64::MAX] {
            let until = Timestamp::from_micros(until);
            let mut together = Vec::new();
            rules.courses(&view, until, &mut scratch, |rule, course| {
                together.push((rule.name().to_owned(), course.clone()));
            });
            together.retain(|(_, course)| *course != Course::default());
            let alone = rules.rules().iter();
            let alone =
                alone.map(|rule| (rule.name().to_owned(), rules.course(rule, &view, until)));
            let alone: Vec<_> = alone
                .filter(|(_, course)| *course != Course::default())
                .collect();
            assert_eq!(together, alone, "until {until} of {view:#?}");
        }
    }
    found
}

#[test]
fn all_rules_at_once_say_what_each_says_alone() {
    let found: usize = (0..6).map(compare).sum();
    assert!(
        found > 10_000,
        "only {found} were ever true: the proof is hollow"
    );
}
