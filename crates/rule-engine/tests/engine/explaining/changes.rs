//! The changes of every part, against looking at it between each two instants at which anything
//! can change.

use crate::oracle::conditions::Author;
use crate::oracle::{FIRST, GRID, LAST, moment, orders};
use crate::support::{at, rule_set, view};
use order::{OrderView, Timestamp};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rule_engine::{Explanation, Language, Rule, RuleSet};
use std::collections::BTreeMap;

/// Every part by its place in the tree.
type Parts = BTreeMap<Vec<usize>, Explanation>;

fn collect(explanation: Explanation, place: &mut Vec<usize>, into: &mut Parts) {
    for (index, child) in explanation.children.iter().enumerate() {
        place.push(index);
        collect(child.clone(), place, into);
        place.pop();
    }
    into.insert(place.clone(), explanation);
}

fn looks(rule_set: &RuleSet, rule: &Rule, view: &OrderView) -> Vec<Parts> {
    let looks = (FIRST..=LAST).map(|point| {
        let at = at(moment(point));
        let explanation = rule_set.explain(rule, view, at, Language::English);
        let mut parts = Parts::new();
        collect(explanation, &mut Vec::new(), &mut parts);
        parts
    });
    looks.collect()
}

/// What a part is at every look; none when it is not always there.
fn values<'l>(looks: &'l [Parts], place: &[usize]) -> Option<Vec<&'l str>> {
    let written = &looks[0].get(place)?.expression;
    let value = |parts: &'l Parts| {
        let part = parts.get(place)?;
        (part.expression == *written).then_some(part.value.as_str())
    };
    looks.iter().map(value).collect()
}

fn flip(values: &[&str], index: usize) -> Option<Timestamp> {
    let point = FIRST + i64::try_from(index).unwrap();
    (values[index - 1] != values[index]).then(|| at(point * GRID))
}

/// Returns how many changes were seen.
fn compare(rule_set: &RuleSet, rule: &Rule, view: &OrderView) -> usize {
    let looks = looks(rule_set, rule, view);
    let (first, last) = (at(moment(FIRST)), at(moment(LAST)));
    let mut seen = 0;
    for place in looks[0].keys() {
        let Some(values) = values(&looks, place) else {
            continue;
        };
        for (index, parts) in looks.iter().enumerate() {
            let part = &parts[place];
            let before = (1..=index).rev().find_map(|index| flip(&values, index));
            let after = (index + 1..looks.len()).find_map(|index| flip(&values, index));
            let told = format!("{} at look {index}\n{view:#?}", part.expression);
            let last_change = part.last_changed_at.filter(|at| *at > first);
            let next_change = part.next_change_at.filter(|at| *at <= last);
            assert_eq!(last_change, before, "last change of {told}");
            assert_eq!(next_change, after, "next change of {told}");
            seen += usize::from(before.is_some()) + usize::from(after.is_some());
        }
    }
    seen
}

#[test]
fn the_changes_of_every_part_are_those_that_looking_at_it_again_and_again_finds() {
    let mut seen = 0;
    for seed in 100..104 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let conditions: Vec<_> = (0..16)
            .map(|_| Author::new(&mut random).condition())
            .collect();
        let texts: Vec<&str> = conditions.iter().map(|(ours, _)| ours.as_str()).collect();
        let rule_set = rule_set(&texts).unwrap_or_else(|faults| panic!("{faults}"));
        for _ in 0..4 {
            let view = view(&rule_set, &orders::random(&mut random));
            for rule in rule_set.rules() {
                seen += compare(&rule_set, rule, &view);
            }
        }
    }
    assert!(seen > 5_000, "only {seen} changes: the proof is hollow");
}
