//! Backtests: figures against arithmetic made here, and that nothing depends on how orders come.

mod sweeping;

use crate::support::{ORIGIN, at};
use order::{EntityKind, Fact, OrderId, Revision, Span, Timestamp, Value};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rule_engine::RuleSet;
use rule_engine::backtest::{Backtest, History, Label, Options, Report, Target};
use std::sync::Arc;

/// Two rules of one scenario, and one of another.
const RULES: &str = r#"
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: ship-within}
spec:
  type: duration
  rows:
    - {when: 'customer.tier == "vip"', value: 12h}
    - {when: 'order.kind == "split"', value: 36h}
  default: 24h
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: late}
spec:
  scenario: shipping
  severity: high
  title: {en: Late, zh: 迟}
  condition: elapsed(order.paid_at) > threshold("ship-within") && !shipments.exists(s, has(s.handed_over_at))
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: promised}
spec:
  scenario: shipping
  severity: high
  title: {en: Promised}
  condition: now > order.ship_by && !shipments.exists(s, has(s.handed_over_at))
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: expensive}
spec: {scenario: money, severity: low, title: {en: Expensive}, condition: order.amount > 900.0}
"#;

const UNTIL: i64 = 60 * 24 * 10;

/// One order as it was made up: what the arithmetic of the tests works on.
#[derive(Debug, Clone)]
struct Made {
    id: String,
    vip: bool,
    split: bool,
    paid: i64,
    handed: Option<i64>,
    amount: f64,
}

impl Made {
    /// When it is late, by arithmetic.
    fn late(&self, limit: i64) -> Option<i64> {
        let limit = match (self.vip, self.split) {
            (true, _) => 12 * 60,
            (false, true) => 36 * 60,
            _ => limit,
        };
        let late = self.paid + limit;
        (late < UNTIL && self.handed.is_none_or(|handed| handed > late)).then_some(late)
    }
}

fn made(count: usize, seed: u64) -> Vec<Made> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|index| {
            let paid = random.random_range(0..9 * 24 * 60);
            let handed = random.random_bool(0.8);
            Made {
                id: format!("o-{index:05}"),
                vip: random.random_bool(0.2),
                split: random.random_bool(0.2),
                paid,
                handed: handed.then(|| paid + random.random_range(60..48 * 60)),
                amount: f64::from(random.random_range(0..1_000)),
            }
        })
        .collect()
}

fn fact(kind: EntityKind, id: &str, order: Option<&str>, attributes: &[(&str, Value)]) -> Fact {
    let attributes = attributes
        .iter()
        .map(|(name, value)| (Arc::from(*name), value.clone()))
        .collect();
    let order = order.map(|order| order.parse().unwrap());
    let (source, id) = ("erp".parse().unwrap(), id.parse().unwrap());
    Fact::new(source, kind, id, order, Revision(1), attributes).unwrap()
}

fn facts(order: &Made) -> Vec<Fact> {
    let instant = |minutes| Value::Timestamp(at(minutes));
    let kind = if order.split { "split" } else { "normal" };
    let customer = format!("c-{}", order.id);
    let tier = if order.vip { "vip" } else { "plain" };
    let mut facts = vec![
        fact(
            EntityKind::Customer,
            &customer,
            None,
            &[("tier", Value::text(tier))],
        ),
        fact(
            EntityKind::Order,
            &order.id,
            None,
            &[
                ("kind", Value::text(kind)),
                ("customer_id", Value::text(&customer)),
                ("amount", Value::Double(order.amount)),
                ("created_at", instant(order.paid)),
                ("paid_at", instant(order.paid)),
            ],
        ),
    ];
    if let Some(handed) = order.handed {
        let handed = [("handed_over_at", instant(handed))];
        let parcel = format!("{}-1", order.id);
        facts.push(fact(
            EntityKind::Shipment,
            &parcel,
            Some(&order.id),
            &handed,
        ));
    }
    facts
}

fn history(orders: &[Made], seed: u64) -> History {
    let mut all: Vec<Fact> = orders.iter().flat_map(facts).collect();
    all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut history = History::new();
    for fact in all {
        history.merge(fact);
    }
    history
}

fn label(order: &str, rule: &str, is_exception: bool, at: Option<Timestamp>) -> Label {
    Label {
        order_id: order.parse().unwrap(),
        target: Target::Rule(rule.to_owned()),
        is_exception,
        at,
        note: String::new(),
    }
}

fn of_scenario(order: &str, scenario: &str, is_exception: bool) -> Label {
    Label {
        target: Target::Scenario(scenario.to_owned()),
        ..label(order, "", is_exception, None)
    }
}

fn rules() -> RuleSet {
    RuleSet::parse(7, RULES).unwrap()
}

fn options() -> Options {
    Options::through(at(UNTIL))
}

fn tested(orders: &[Made], labels: &[Label], options: Options) -> Report {
    let rules = rules();
    let backtest = Backtest::new(&rules, labels, options).unwrap();
    backtest.run(&history(orders, 1), &|_| {})
}

/// Labels of two thirds of the orders, of which a fifth are wrong, with instants.
fn marked(orders: &[Made], seed: u64) -> Vec<Label> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut labels = Vec::new();
    for order in orders {
        if random.random_bool(0.33) {
            continue;
        }
        let truth = order.late(24 * 60).is_some() != random.random_bool(0.2);
        let when = order.paid + random.random_range(0..40 * 60);
        let when = random.random_bool(0.8).then(|| at(when.min(UNTIL - 1)));
        labels.push(label(&order.id, "late", truth, when.filter(|_| truth)));
    }
    labels
}

#[test]
fn every_figure_is_that_of_plain_arithmetic() {
    let orders = made(3_000, 5);
    let labels = marked(&orders, 6);
    let report = tested(&orders, &labels, options());
    let late = report
        .rules
        .iter()
        .find(|rule| rule.name == "late")
        .unwrap();

    let (mut hits, mut alarms, mut missed, mut quiet) = (0, 0, 0, 0);
    let (mut delays, mut missed_ids, mut false_ids) = (Vec::new(), Vec::new(), Vec::new());
    for label in &labels {
        let order = orders
            .iter()
            .find(|order| order.id == label.order_id.as_str())
            .unwrap();
        match (label.is_exception, order.late(24 * 60)) {
            (true, Some(opened)) => {
                hits += 1;
                delays.extend(label.at.map(|said| at(opened).micros() - said.micros()));
            }
            (true, None) => {
                missed += 1;
                missed_ids.push(order.id.clone());
            }
            (false, Some(_)) => {
                alarms += 1;
                false_ids.push(order.id.clone());
            }
            (false, None) => quiet += 1,
        }
    }
    assert!(hits > 200 && alarms > 50 && missed > 50 && quiet > 200);
    let confusion = late.confusion;
    assert_eq!(
        (
            confusion.true_positives,
            confusion.false_positives,
            confusion.missed,
            confusion.true_negatives
        ),
        (hits, alarms, missed, quiet)
    );
    let (hits, alarms, missed) = (hits as f64, alarms as f64, missed as f64);
    let (precision, recall) = (hits / (hits + alarms), hits / (hits + missed));
    assert_eq!(late.precision, Some(precision));
    assert_eq!(late.recall, Some(recall));
    let f1 = 2.0 * precision * recall / (precision + recall);
    assert!((late.f1.unwrap() - f1).abs() < 1e-12);
    assert!((late.false_alarms_per_thousand.unwrap() - alarms / 3.0).abs() < 1e-12);
    let found = orders.iter().filter(|order| order.late(24 * 60).is_some());
    assert_eq!(late.orders_with_exceptions, found.count() as u64);
    assert_eq!((report.orders, late.orders), (3_000, 3_000));
    assert_eq!(late.labelled, labels.len() as u64);
    assert_eq!(report.labels.used, labels.len() as u64);

    delays.sort_unstable();
    let told = late.delays.as_ref().unwrap();
    let nth = |index: usize| Span::from_micros(delays[index]);
    assert_eq!(told.count, delays.len() as u64);
    assert_eq!((told.min, told.max), (nth(0), nth(delays.len() - 1)));
    let half = (0..delays.len()).find(|index| (index + 1) * 2 >= delays.len());
    let nine = (0..delays.len()).find(|index| (index + 1) * 10 >= delays.len() * 9);
    assert_eq!(told.median, nth(half.unwrap()));
    assert_eq!(told.p90, nth(nine.unwrap()));
    for bucket in &told.distribution {
        let from = bucket.from.map_or(i64::MIN, Span::micros);
        let below = bucket.below.map_or(i64::MAX, Span::micros);
        let inside = delays.iter().filter(|delay| (from..below).contains(*delay));
        assert_eq!(bucket.count, inside.count() as u64, "{bucket:?}");
    }

    let ids = |cases: &[rule_engine::backtest::Case]| -> Vec<String> {
        cases.iter().map(|case| case.order_id.clone()).collect()
    };
    assert_eq!(ids(&late.missed_orders), missed_ids);
    assert_eq!(ids(&late.false_orders), false_ids);
}

#[test]
fn neither_the_order_of_facts_and_orders_nor_the_parting_of_the_work_matters() {
    let orders = made(700, 8);
    let labels = marked(&orders, 9);
    let rules = rules();
    let few = Options {
        explained: 5,
        ..options()
    };
    let backtest = Backtest::new(&rules, &labels, few).unwrap();
    let first = backtest.run(&history(&orders, 1), &|_| {});
    assert_eq!(backtest.run(&history(&orders, 2), &|_| {}), first);
    // By hand: one order a tally, backwards.
    let history = history(&orders, 3);
    let mut sum = backtest.tally();
    for order in orders.iter().rev() {
        let id: OrderId = order.id.parse().unwrap();
        let mut one = backtest.tally();
        backtest.judge(&mut one, &history.view(rules.catalogue(), &id).unwrap());
        sum.merge(one);
    }
    assert_eq!(backtest.report(sum), first);
    let late = first.rules.iter().find(|rule| rule.name == "late").unwrap();
    let explained = |cases: &[rule_engine::backtest::Case]| -> Vec<bool> {
        let explained = |case: &rule_engine::backtest::Case| !case.explanations.is_empty();
        cases.iter().map(explained).collect()
    };
    let told = explained(&late.missed_orders);
    assert!(told[..5].iter().all(|told| *told) && !told[5..].iter().any(|told| *told));
}

#[test]
fn cases_are_explained_where_people_and_the_rule_part() {
    let orders = vec![
        Made {
            handed: None,
            ..made(1, 1).remove(0)
        },
        Made {
            id: "quick".to_owned(),
            vip: false,
            split: false,
            paid: 0,
            handed: Some(60),
            amount: 1.0,
        },
    ];
    let labels = [
        label(&orders[0].id, "late", false, None),
        label("quick", "late", true, Some(at(90))),
    ];
    let report = tested(&orders, &labels, options());
    let late = &report.rules[1];
    assert_eq!(late.name, "late");
    let alarm = &late.false_orders[0];
    assert_eq!(alarm.explanations[0].at, alarm.opened_at.unwrap());
    assert_eq!(alarm.explanations[0].tree.value, "true");
    let miss = &late.missed_orders[0];
    assert_eq!(miss.explanations[0].at, at(90));
    assert_eq!(miss.explanations[0].tree.value, "false");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["rules"][1]["missed_orders"][0]["order_id"], "quick");
    assert_eq!(json["rules"][1]["missed"], 1);
}

#[test]
fn a_scenario_is_an_exception_when_any_of_its_rules_is() {
    let orders = made(4, 2);
    let id = |index: usize| orders[index].id.as_str();
    // One of two rules true: the scenario is. One false: nothing follows. Both false: it is not.
    let labels = [
        label(id(0), "late", true, None),
        label(id(1), "late", false, None),
        label(id(2), "late", false, None),
        label(id(2), "promised", false, None),
        of_scenario(id(3), "shipping", false),
        of_scenario(id(0), "money", true),
    ];
    let report = tested(&orders, &labels, options());
    let labelled = |name: &str| {
        let mut scores = report.rules.iter().chain(&report.scenarios);
        scores.find(|score| score.name == name).unwrap().labelled
    };
    assert_eq!(labelled("shipping"), 3);
    // The scenario's own denial reaches both of its rules.
    assert_eq!((labelled("late"), labelled("promised")), (4, 2));
    // The only rule of a scenario answers for it.
    assert_eq!((labelled("money"), labelled("expensive")), (1, 1));
    assert_eq!(report.total.labelled, 6);
}

#[test]
fn labels_that_repeat_or_contradict_others_are_refused_with_both_places() {
    let rules = rules();
    let refused = |labels: &[Label]| -> Vec<(usize, usize, bool)> {
        let conflicts = Backtest::new(&rules, labels, options()).unwrap_err();
        let told = |conflict: &rule_engine::backtest::Conflict| {
            (conflict.first, conflict.second, conflict.contradicts)
        };
        conflicts.iter().map(told).collect()
    };
    let late = |truth| label("o-1", "late", truth, None);
    assert_eq!(refused(&[late(true), late(true)]), [(0, 1, false)]);
    assert_eq!(refused(&[late(true), late(false)]), [(0, 1, true)]);
    let shipping = |truth| of_scenario("o-1", "shipping", truth);
    assert_eq!(refused(&[shipping(false), late(true)]), [(0, 1, true)]);
    let promised = label("o-1", "promised", false, None);
    let denied = [late(false), promised.clone(), shipping(true)];
    assert_eq!(refused(&denied), [(0, 2, true)]);
    assert!(Backtest::new(&rules, &[late(false), shipping(true)], options()).is_ok());
    assert!(Backtest::new(&rules, &[late(true), promised, shipping(true)], options()).is_ok());
}

#[test]
fn what_labels_name_and_nobody_knows_is_told() {
    let orders = made(3, 3);
    let labels = [
        label("elsewhere", "late", true, None),
        label(&orders[0].id, "lat", true, None),
        label(&orders[1].id, "late", true, Some(at(UNTIL))),
        of_scenario(&orders[2].id, "shiping", false),
    ];
    let report = tested(&orders, &labels, options());
    let told = &report.labels;
    assert_eq!(told.unknown_orders, ["elsewhere"]);
    let unknown: Vec<_> = told
        .unknown_targets
        .iter()
        .map(|unknown| (unknown.target.as_str(), unknown.nearest.as_deref()))
        .collect();
    assert_eq!(
        unknown,
        [
            ("rule lat", Some("late")),
            ("scenario shiping", Some("shipping"))
        ]
    );
    assert_eq!((told.given, told.used, told.after_the_end), (4, 0, 1));
    assert!(report.rules.iter().all(|rule| rule.labelled == 0));
    assert!(report.rules.iter().all(|rule| rule.precision.is_none()));
}

#[test]
fn complete_labels_make_what_is_unlabelled_sound() {
    let orders = made(500, 4);
    let late: Vec<_> = orders
        .iter()
        .filter(|order| order.late(24 * 60).is_some())
        .collect();
    let known = late.len() / 2;
    let labels: Vec<_> = late[..known]
        .iter()
        .map(|order| label(&order.id, "late", true, None))
        .collect();
    let complete = Options {
        complete: true,
        ..options()
    };
    let report = tested(&orders, &labels, complete);
    let score = &report.rules[1];
    assert_eq!(score.confusion.true_positives, known as u64);
    assert_eq!(score.confusion.false_positives, (late.len() - known) as u64);
    assert_eq!(score.labelled, 500);
    assert_eq!(report.total.confusion, score.confusion);
    // No label names the others, and nothing follows for the scenario of two rules.
    assert_eq!(report.rules[0].labelled, 0);
    assert_eq!(report.rules[2].labelled, 0);
    assert_eq!(report.scenarios[1].labelled, known as u64);
}

#[test]
fn only_rules_asked_for_are_reported() {
    let orders = made(50, 5);
    let labels = [
        label(&orders[0].id, "late", true, None),
        label(&orders[0].id, "expensive", true, None),
    ];
    let only = Options {
        rules: Some(["expensive".to_owned()].into()),
        ..options()
    };
    let report = tested(&orders, &labels, only);
    let names = |scores: &[rule_engine::backtest::Score]| -> Vec<String> {
        scores.iter().map(|score| score.name.clone()).collect()
    };
    assert_eq!(names(&report.rules), ["expensive"]);
    assert_eq!(names(&report.scenarios), ["money"]);
    assert_eq!(report.labels.left_out, 1);
    assert_eq!(report.total.labelled, 1);
}

#[test]
fn the_newest_version_of_a_fact_counts_whenever_it_comes() {
    let rules = rules();
    let versions = |revision: i64, paid: i64| {
        Fact::new(
            "erp".parse().unwrap(),
            EntityKind::Order,
            "o-1".parse().unwrap(),
            None,
            Revision(revision),
            vec![(
                Arc::from("paid_at"),
                Value::Timestamp(Timestamp::from_micros(ORIGIN + paid)),
            )],
        )
        .unwrap()
    };
    for order in [[1, 2], [2, 1]] {
        let mut history = History::new();
        for revision in order {
            history.merge(versions(revision, revision * 60));
        }
        assert_eq!((history.orders(), history.facts()), (1, 1));
        let view = history.view(rules.catalogue(), &"o-1".parse().unwrap());
        let slot = rules
            .catalogue()
            .slot(EntityKind::Order, "paid_at")
            .unwrap();
        let paid = view.unwrap().order().get(slot).as_timestamp();
        assert_eq!(paid, Some(Timestamp::from_micros(ORIGIN + 120)));
    }
}

#[test]
fn an_exempt_exception_is_neither_found_nor_false() {
    let late = Made {
        id: "o-1".to_owned(),
        vip: false,
        split: false,
        paid: 0,
        handed: None,
        amount: 1.0,
    };
    let other = Made {
        id: "o-2".to_owned(),
        ..late.clone()
    };
    let exemption = r#"
---
apiVersion: orderwatch/v1
kind: Exemption
metadata: {name: agreed}
spec:
  reason: agreed with the customer
  owner: anna
  expires: 2099-01-01T00:00:00Z
  entries: [{order: o-1}, {order: o-2}]
"#;
    let rules = RuleSet::parse(1, &format!("{RULES}{exemption}")).unwrap();
    let labels = [
        label("o-1", "late", true, None),
        label("o-2", "late", false, None),
    ];
    let backtest = Backtest::new(&rules, &labels, options()).unwrap();
    let report = backtest.run(&history(&[late, other], 1), &|_| {});
    let score = &report.rules[1];
    assert_eq!((score.exempt, score.exceptions), (2, 0));
    assert_eq!(
        (score.confusion.missed, score.confusion.true_negatives),
        (1, 1)
    );
    let case = &score.missed_orders[0];
    assert_eq!(case.exempt_by.as_deref(), Some("agreed"));
}
