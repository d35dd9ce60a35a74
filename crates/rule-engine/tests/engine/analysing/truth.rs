//! The analysis never cries wolf: what it says can never be is looked for in random orders.

use crate::oracle::conditions::Author;
use crate::oracle::orders;
use crate::support::{RESOURCES, at, rule_document, view};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rule_engine::{Language, RuleSet};

/// Comparisons of few terms with few values, so that they often exclude each other.
fn atom(random: &mut ChaCha8Rng) -> String {
    let text = *["a", "ab", "b", "vip"].choose(random).unwrap();
    let other = *["a", "ab", "b", "vip"].choose(random).unwrap();
    let sign = *["<", "<=", ">", ">=", "==", "!="].choose(random).unwrap();
    let clock = *["<", "<=", ">", ">="].choose(random).unwrap();
    let equal = *["==", "!="].choose(random).unwrap();
    let (number, minutes) = (random.random_range(0..4), random.random_range(-1..9) * 16);
    match random.random_range(0..22) {
        0 | 1 => format!("order.kind {equal} \"{text}\""),
        2 => format!("order.kind in [\"{text}\", \"{other}\"]"),
        3 => format!("order.kind {sign} \"{text}\""),
        4 | 5 => format!("order.amount {sign} {number}.0"),
        6 => format!("order.line_count {sign} {number}"),
        7 => "has(order.kind)".to_owned(),
        8 => "has(order.paid_at)".to_owned(),
        9 => "order.address_complete".to_owned(),
        10 => "order.address_complete == false".to_owned(),
        11 | 12 => format!("elapsed(order.paid_at) {clock} duration(\"{minutes}m\")"),
        13 => format!("now {clock} order.ship_by + duration(\"{minutes}m\")"),
        14 => format!("elapsed(order.paid_at, \"warehouse\") {clock} duration(\"{minutes}m\")"),
        15 => format!("elapsed(order.paid_at) {clock} threshold(\"ship-within\")"),
        16 => format!("threshold(\"ship-within\") {sign} duration(\"{minutes}m\")"),
        17 => format!("lines.size() {sign} {number}"),
        18 => format!("lines.exists(l, l.sku == \"{text}\" && l.quantity {sign} {number})"),
        19 => format!("lines.all(l, l.sku {equal} \"{text}\" || l.quantity {sign} {number})"),
        20 => format!("order.paid_at {sign} order.ship_by"),
        _ => format!("threshold(\"many-lines\") {sign} order.line_count"),
    }
}

fn condition(random: &mut ChaCha8Rng, depth: usize) -> String {
    if depth == 0 {
        return atom(random);
    }
    let part = |random: &mut ChaCha8Rng| condition(random, depth - 1);
    match random.random_range(0..8) {
        0..=3 => format!("({}) && ({})", part(random), part(random)),
        4 | 5 => format!("({}) || ({})", part(random), part(random)),
        6 => format!("!({})", part(random)),
        _ => format!(
            "({}) ? ({}) : ({})",
            part(random),
            part(random),
            part(random)
        ),
    }
}

fn random_condition(seed: u64, random: &mut ChaCha8Rng) -> String {
    if !seed.is_multiple_of(4) {
        return condition(random, 3);
    }
    let one = Author::new(random).condition().0;
    let other = Author::new(random).condition().0;
    match random.random_range(0..3) {
        0 => format!("({one}) && !({one})"),
        1 => format!("({one}) && ({other})"),
        _ => format!("({one}) || !({one} && {})", atom(random)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    NeverTrue,
    NeverFalse,
    AlwaysTrue,
}

/// What is said of the whole condition.
fn claim(rules: &RuleSet) -> Option<Claim> {
    rules.warnings().iter().find_map(|warning| {
        let fault = warning.expression.as_ref()?;
        match fault.message.as_str() {
            message if message.starts_with("can never be true") => Some(Claim::NeverTrue),
            message if message.starts_with("is never false") => Some(Claim::NeverFalse),
            "is always true" => Some(Claim::AlwaysTrue),
            _ => None,
        }
    })
}

#[test]
fn what_is_told_of_a_condition_holds_for_random_orders() {
    let mut claims = Vec::new();
    for seed in 0..1_200 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let text = random_condition(seed, &mut random);
        let document = format!("{RESOURCES}{}", rule_document("r", &text));
        let Ok(rules) = RuleSet::parse(1, &document) else {
            continue;
        };
        let Some(claim) = claim(&rules) else { continue };
        claims.push(claim);
        for _ in 0..30 {
            let view = view(&rules, &orders::random(&mut random));
            for _ in 0..12 {
                let instant = at(random.random_range(-3..24) * 8);
                let verdict = rules.verdict(&rules.rules()[0], &view, instant);
                let holds = match claim {
                    Claim::NeverTrue => verdict != Some(true),
                    Claim::NeverFalse => verdict != Some(false),
                    Claim::AlwaysTrue => verdict == Some(true),
                };
                assert!(
                    holds,
                    "seed {seed}: {claim:?} but {verdict:?} at {instant}: {text}"
                );
            }
        }
    }
    let count = |wanted| claims.iter().filter(|claim| **claim == wanted).count();
    assert!(count(Claim::NeverTrue) > 60, "{}", count(Claim::NeverTrue));
    assert!(
        count(Claim::NeverFalse) > 50,
        "{}",
        count(Claim::NeverFalse)
    );
}

fn row(random: &mut ChaCha8Rng) -> String {
    let text = |random: &mut ChaCha8Rng| *["a", "ab", "b", "vip"].choose(random).unwrap();
    let mut parts = Vec::new();
    for part in ["kind", "tier", "category", "carrier"] {
        match random.random_range(0..8) {
            0 => parts.push(format!("{part}: {}", text(random))),
            1 => parts.push(format!("{part}: [{}, {}]", text(random), text(random))),
            _ => {}
        }
    }
    if random.random_bool(0.4) {
        let from = random.random_range(0..4);
        let below = from + random.random_range(1..4);
        parts.push(format!("amount: {{from: {from}, below: {below}}}"));
    }
    if random.random_bool(0.3) {
        parts.push(format!("when: '{}'", condition(random, 1)));
    }
    let value = random.random_range(1..9);
    match random.random_range(0..6) {
        0 => parts.push("expression: order.line_count".to_owned()),
        _ => parts.push(format!("value: {value}")),
    }
    format!("    - {{{}}}\n", parts.join(", "))
}

#[test]
fn rows_that_are_told_unreachable_take_no_random_order() {
    let mut found = 0;
    for seed in 0..200 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let rows: String = (0..5).map(|_| row(&mut random)).collect();
        let document = format!(
            "{RESOURCES}---\napiVersion: orderwatch/v1\nkind: Threshold\nmetadata: {{name: t}}\n\
             spec:\n  type: int\n  default: 0\n  rows:\n{rows}"
        )
        .replace("threshold(\"many-lines\")", "2")
        .replace("threshold(\"ship-within\")", "duration(\"64m\")");
        let rules =
            RuleSet::parse(1, &document).unwrap_or_else(|faults| panic!("{faults}\n{rows}"));
        let unreachable: Vec<usize> = rules
            .warnings()
            .iter()
            .filter(|warning| warning.resource == "Threshold/t")
            .filter(|warning| {
                warning.message.starts_with("is never reached")
                    || warning.message.starts_with("no order")
            })
            .filter_map(|warning| {
                let number = warning.path.strip_prefix("spec.rows[")?.strip_suffix(']')?;
                number.parse().ok()
            })
            .collect();
        found += unreachable.len();
        for _ in 0..if unreachable.is_empty() { 0 } else { 200 } {
            let view = view(&rules, &orders::random(&mut random));
            let instant = at(random.random_range(-3..24) * 8);
            let choice = rules.threshold_choice("t", &view, instant, Language::English);
            let row = choice.unwrap().row;
            assert!(
                row.is_none_or(|row| !unreachable.contains(&row)),
                "seed {seed}: row {row:?}\n{rows}"
            );
        }
    }
    assert!(found > 50, "{found}");
}
