//! Promises over random orders: no arrival matters, no timer is late.

use super::{Effective, RuleSet, Spoken, State, through};
use crate::oracle::orders;
use crate::support::{RESOURCES, at, rule_document};
use order::{Fact, OrderFacts, OrderView, Timestamp};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rule_engine::{Judgement, judge};
use std::collections::HashSet;

const RULES: [&str; 8] = [
    "elapsed(order.paid_at) > threshold(\"ship-within\") && !shipments.exists(s, has(s.handed_over_at))",
    "now > order.ship_by && !has(order.cancelled_at)",
    "elapsed(order.created_at, \"warehouse\") >= duration(\"48m\") && !has(order.paid_at)",
    "lines.size() > 0 && lines.all(l, now > l.ship_by) && !shipments.all(s, has(s.delivered_at))",
    "refunds.exists_one(r, has(r.requested_at) && !has(r.completed_at))",
    "shipments.exists(s, elapsed(s.handed_over_at) > duration(\"32m\") && !has(s.delivered_at))",
    "!has(order.kind) || customer.do_not_chase",
    "now < order.requested_ship_at && shipments.exists(s, s.handed_over_at < order.requested_ship_at)",
];

/// Exemptions of every kind, in force for a part of the time; `r000` and on are [`RULES`].
const EXEMPTIONS: &str = r#"---
apiVersion: orderwatch/v1
kind: Exemption
metadata: {name: agreed}
spec:
  reason: agreed
  owner: Li
  expires: 2026-11-11T02:10:00Z
  entries:
    - {order: o-1, from: 2026-11-11T01:00:00Z, rules: [r000, r001]}
    - {warehouse: vip, expires: 2026-11-11T01:40:00Z}
    - {sku: ab, from: 2026-11-11T00:30:00Z, scenarios: [test]}
---
apiVersion: orderwatch/v1
kind: Exemption
metadata: {name: by-condition}
spec:
  reason: known
  owner: Wang
  expires: 2026-11-11T04:00:00Z
  entries:
    - {when: 'customer.tier == "vip" && now > order.ship_by'}
    - {when: 'elapsed(order.paid_at) > duration("40m") && elapsed(order.paid_at) < duration("2h")', rules: [r002, r003, r004]}
    - {when: 'has(order.cancelled_at)', from: 2026-11-11T00:20:00Z}
"#;

fn exempting_rules() -> RuleSet {
    let rules: Vec<String> = (0..)
        .zip(RULES)
        .map(|(index, rule)| rule_document(&format!("r{index:03}"), rule))
        .collect();
    RuleSet::parse(1, &format!("{RESOURCES}{}{EXEMPTIONS}", rules.concat())).unwrap()
}

/// Several versions of every entity, some of them twice.
fn facts(random: &mut ChaCha8Rng) -> Vec<Fact> {
    let mut facts = Vec::new();
    for revision in 1..=3 {
        for fact in orders::random(random) {
            let parts = (fact.source().clone(), fact.kind(), fact.entity_id().clone());
            let order = fact.order_id().cloned();
            let attributes = fact.attributes().to_vec();
            let revision = order::Revision(revision);
            facts.push(Fact::new(parts.0, parts.1, parts.2, order, revision, attributes).unwrap());
        }
    }
    let twice = facts[random.random_range(0..facts.len())].clone();
    facts.push(twice);
    facts.shuffle(random);
    facts
}

fn joined(rules: &RuleSet, facts: &OrderFacts) -> OrderView {
    OrderView::join(rules.catalogue(), "o-1".parse().unwrap(), facts.iter())
}

type Said = (String, Timestamp, Option<Timestamp>, Option<String>);

/// What is held to be true, whatever its handle.
fn held(spoken: &[Spoken]) -> Vec<Said> {
    let held = spoken.iter().filter(|said| said.state != State::Retracted);
    let mut held: Vec<Said> = held
        .map(|said| {
            let exempt = said.exempt.clone();
            (said.rule.clone(), said.opened_at, said.cleared_at, exempt)
        })
        .collect();
    held.sort();
    held
}

/// One judgement after another, checked for what must hold of each.
struct Court<'c> {
    rules: &'c RuleSet,
    spoken: Vec<Spoken>,
}

impl Court<'_> {
    fn sit(&mut self, facts: &OrderFacts, effective: &Effective) -> Judgement {
        let view = joined(self.rules, facts);
        let judgement = judge(self.rules, &view, |_| effective, &self.spoken, effective.at);
        let handles: HashSet<_> = judgement.spoken.iter().map(|said| said.id).collect();
        assert_eq!(handles.len(), judgement.spoken.len(), "every handle once");
        for said in &judgement.transitions {
            let before = self
                .spoken
                .iter()
                .find(|before| before.id == said.exception.id);
            assert_eq!(
                said.exception.version,
                before.map_or(1, |before| before.version + 1)
            );
            assert!(judgement.spoken.contains(&said.exception));
        }
        for before in &self.spoken {
            assert!(handles.contains(&before.id), "nothing said is forgotten");
        }
        self.spoken.clone_from(&judgement.spoken);
        judgement
    }
}

#[test]
fn the_same_facts_give_the_same_intervals_however_they_arrive() {
    let rules = exempting_rules();
    let mut exempt = 0;
    for seed in 0..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut facts = facts(&mut random);
        let all: OrderFacts = facts.iter().cloned().collect();
        let end = through(random.random_range(-20..400));
        let mut at_once = Court {
            rules: &rules,
            spoken: Vec::new(),
        };
        at_once.sit(&all, &end);
        for _ in 0..4 {
            facts.shuffle(&mut random);
            let mut known = OrderFacts::default();
            let mut step_by_step = Court {
                rules: &rules,
                spoken: Vec::new(),
            };
            let mut minutes = -30;
            let mut rest = facts.as_slice();
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(random.random_range(1..=rest.len().min(4)));
                rest = later;
                for fact in batch {
                    known.merge(fact.clone());
                }
                minutes += random.random_range(0..40);
                let effective = through(minutes);
                let effective = if effective.at > end.at {
                    &end
                } else {
                    &effective
                };
                step_by_step.sit(&known, effective);
            }
            step_by_step.sit(&known, &end);
            exempt += usize::from(held(&at_once.spoken).iter().any(|said| said.3.is_some()));
            assert_eq!(
                held(&step_by_step.spoken),
                held(&at_once.spoken),
                "seed {seed}"
            );
        }
    }
    assert!(exempt > 100, "exemptions matter: {exempt}");
}

#[test]
fn waking_at_the_timers_alone_says_everything_at_once_and_nothing_between() {
    let rules = exempting_rules();
    for seed in 1_000..1_300 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let known: OrderFacts = facts(&mut random).into_iter().collect();
        let mut court = Court {
            rules: &rules,
            spoken: Vec::new(),
        };
        let mut now = at(-600);
        let mut wakes = 0;
        loop {
            let effective = Effective {
                at: now,
                late: Vec::new(),
            };
            let judgement = court.sit(&known, &effective);
            assert!(
                judgement.timers.iter().all(|(_, timer)| *timer >= now),
                "no timer is past"
            );
            let mut afresh = Court {
                rules: &rules,
                spoken: Vec::new(),
            };
            afresh.sit(&known, &effective);
            assert_eq!(
                held(&court.spoken),
                held(&afresh.spoken),
                "seed {seed} at {now}"
            );
            let Some(next) = judgement.timers.iter().map(|(_, timer)| *timer).min() else {
                break;
            };
            let idle = next.micros() - now.micros();
            if idle > 1 {
                let between = now.micros() + random.random_range(1..=idle);
                let effective = Effective {
                    at: Timestamp::from_micros(between),
                    late: Vec::new(),
                };
                assert_eq!(
                    court.sit(&known, &effective).transitions,
                    [],
                    "seed {seed} before {next}"
                );
            }
            now = Timestamp::from_micros(next.micros() + 1);
            wakes += 1;
            assert!(wakes < 200, "timers come to an end");
        }
        let last = Effective {
            at: at(1_000_000),
            late: Vec::new(),
        };
        assert_eq!(
            court.sit(&known, &last).transitions,
            [],
            "seed {seed}: all was said"
        );
    }
}
