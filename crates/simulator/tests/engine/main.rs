//! The rule engine, fed with the deliveries of a day, finds exactly the truth.

mod besides;

use std::collections::{BTreeMap, HashMap};

use std::fs;
use std::path::Path;

use order::{Fact, OrderFacts, OrderId, OrderView, System, Timestamp};
use rule_engine::{Effective, Gate, RuleSet, Spoken, State, judge};
use simulator::score::{self, Verdict};
use simulator::{Day, Delivery, Rule, Shop, Source};

/// Every rule, threshold and calendar of `deploy/`.
fn shipped() -> String {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let mut files = Vec::new();
    for folder in fs::read_dir(deploy.join("scenarios")).expect("scenarios") {
        let folder = folder.expect("a folder").path();
        files.extend(["rules.yaml", "thresholds.yaml"].map(|file| folder.join(file)));
    }
    for file in fs::read_dir(deploy.join("calendars")).expect("calendars") {
        files.push(file.expect("a file").path());
    }
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    texts.map(|text| format!("---\n{text}\n")).collect()
}

/// Orderwatch in a hundred lines: no broker, no database, one thread.
struct Desk {
    rule_set: RuleSet,
    customers: HashMap<String, Fact>,
    orders: BTreeMap<OrderId, Known>,
    watermarks: HashMap<System, Timestamp>,
    effective: BTreeMap<Gate, Effective>,
}

#[derive(Default)]
struct Known {
    facts: OrderFacts,
    spoken: Vec<Spoken>,
    timers: Vec<(Gate, Timestamp)>,
}

impl Known {
    fn customer(&self) -> Option<&str> {
        let mut facts = self.facts.iter();
        facts.find_map(|fact| fact.attribute("customer_id").as_text())
    }
}

impl Desk {
    fn new() -> Self {
        let rule_set = RuleSet::parse(1, &shipped()).unwrap_or_else(|faults| panic!("{faults}"));
        let mut desk = Self {
            rule_set,
            customers: HashMap::new(),
            orders: BTreeMap::new(),
            watermarks: HashMap::new(),
            effective: BTreeMap::new(),
        };
        desk.advance(Source::Erp, Timestamp::MIN);
        desk
    }

    fn advance(&mut self, source: Source, watermark: Timestamp) {
        let known = self
            .watermarks
            .entry(source.system())
            .or_insert(Timestamp::MIN);
        *known = watermark.max(*known);
        for gate in self.rule_set.gates() {
            let through = gate.iter().map(|system| self.watermarks.get(&system));
            let at = through
                .map(|at| at.copied().unwrap_or(Timestamp::MIN))
                .min();
            let effective = Effective {
                at: at.unwrap_or(Timestamp::MIN),
                late: Vec::new(),
            };
            self.effective.insert(gate, effective);
        }
    }

    fn receive(&mut self, delivery: Delivery) {
        let mut touched = Vec::new();
        for fact in delivery.facts {
            match fact.order_id().cloned() {
                None => {
                    let customer = fact.entity_id().to_string();
                    let own = |known: &Known| known.customer() == Some(customer.as_str());
                    let orders = self.orders.iter().filter(|(_, known)| own(known));
                    touched.extend(orders.map(|(order, _)| order.clone()));
                    self.customers.insert(customer, fact);
                }
                Some(order) => {
                    if self
                        .orders
                        .entry(order.clone())
                        .or_default()
                        .facts
                        .merge(fact)
                    {
                        touched.push(order);
                    }
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        if let Some(watermark) = delivery.watermark {
            self.advance(delivery.source, watermark);
            let due = |known: &Known| {
                known
                    .timers
                    .iter()
                    .any(|(gate, at)| self.effective[gate].at > *at)
            };
            let due = self.orders.iter().filter(|(_, known)| due(known));
            touched.extend(due.map(|(order, _)| order.clone()));
        }
        for order in touched {
            self.judge(&order, delivery.at);
        }
    }

    fn judge(&mut self, order: &OrderId, now: Timestamp) {
        let known = self
            .orders
            .get_mut(order)
            .expect("an order that was received");
        let customer = known.customer().and_then(|id| self.customers.get(id));
        let facts = known.facts.iter().chain(customer);
        let view = OrderView::join(self.rule_set.catalogue(), order.clone(), facts);
        let effective = |gate: Gate| &self.effective[&gate];
        let judgement = judge(&self.rule_set, &view, effective, &known.spoken, now);
        known.spoken = judgement.spoken;
        known.timers = judgement.timers;
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let all = self.orders.iter();
        all.flat_map(|(order, known)| {
            known.spoken.iter().map(|said| Verdict {
                rule: said.rule.clone(),
                order_id: order.to_string(),
                opened_at: said.opened_at,
                cleared_at: said.cleared_at,
                detected_at: said.detected_at,
                retracted: said.state == State::Retracted,
                retroactive: said.retroactive,
            })
        })
        .collect()
    }
}

fn lived(day: &Day, deliveries: impl Iterator<Item = Delivery>) -> Vec<Verdict> {
    let mut desk = Desk::new();
    deliveries.for_each(|delivery| desk.receive(delivery));
    assert_eq!(desk.orders.len(), day.order_ids().count());
    desk.verdicts()
}

fn day(seed: u64, orders: u32) -> Day {
    Shop {
        seed,
        orders,
        ..Shop::default()
    }
    .live()
}

#[test]
fn the_engine_finds_exactly_the_truth() {
    let day = day(21, 1_500);
    let verdicts = lived(&day, day.deliveries());
    let score = score::of_verdicts(&day.truth(), &verdicts, &Rule::ALL);
    assert_eq!(
        (score.missed(), score.false_alarms, score.wrong_ends),
        (0, 0, 0),
        "{score:?}"
    );
    assert!(
        score.real > 100 && score.withdrawn * 50 < score.real,
        "{score:?}"
    );
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let day = day(22, 300);
    let mut backward: Vec<_> = day.deliveries().collect();
    backward.reverse();
    let verdicts = lived(&day, backward.into_iter());
    let score = score::of_verdicts(&day.truth(), &verdicts, &Rule::ALL);
    assert_eq!(
        (score.missed(), score.false_alarms, score.wrong_ends),
        (0, 0, 0),
        "{score:?}"
    );
}

#[test]
fn a_source_that_is_late_is_neither_a_find_nor_a_false_alarm() {
    let day = day(23, 300);
    let mut verdicts = lived(&day, day.deliveries());
    let score = score::of_verdicts(&day.truth(), &verdicts, &Rule::ALL);
    assert!(score.found > 0, "{score:?}");
    for (order_id, retracted) in [
        ("source:jushuitan-erp", false),
        ("source:hubspot-crm", true),
    ] {
        verdicts.push(Verdict {
            rule: "source-late".to_owned(),
            order_id: order_id.to_owned(),
            opened_at: day.shop().opens(),
            cleared_at: None,
            detected_at: day.shop().opens(),
            retracted,
            retroactive: false,
        });
    }
    assert_eq!(
        score::of_verdicts(&day.truth(), &verdicts, &Rule::ALL),
        score
    );
}

#[test]
fn every_rule_reads_the_systems_that_it_is_said_to() {
    let rule_set = Desk::new().rule_set;
    for rule in Rule::ALL {
        let reads = rule_set.rule(rule.name()).map(rule_engine::Rule::gate);
        let said = rule.reads().iter().map(|source| source.system());
        assert_eq!(reads, Some(said.fold(Gate::NONE, Gate::with)), "{rule}");
    }
}
