//! What would become of verdicts: transitions that a judgement would tell, counted.

mod tally;

use std::collections::{BTreeMap, BTreeSet};

use contracts::event::v1::OrderSummary;
use order::{Catalogue, EntityKind, OrderView, Timestamp};
use rule_engine::{Judgement, RuleSet, Spoken, State};

use super::order_state::summarise;

pub use tally::{Effect, What};

/// Names by which is counted one by one; an order of any further one is counted under
/// [`OTHERS`], so that a field that holds anything does not take all memory.
const MOST_NAMES: usize = 10_000;
/// What is counted together.
pub const OTHERS: &str = "(others)";

/// Counts so far.
#[derive(Debug, Clone, Default)]
pub struct Impact {
    /// Orders looked at.
    pub orders: i64,
    /// Those of them in flight.
    pub orders_in_flight: i64,
    /// Orders that cannot be read.
    pub unreadable: i64,
    /// Over all orders.
    pub total: Effect,
    /// Over orders in flight.
    pub in_flight: Effect,
    /// By rule.
    pub by_rule: BTreeMap<String, Effect>,
    /// By scenario.
    pub by_scenario: BTreeMap<String, Effect>,
    /// By warehouse; empty for orders of none.
    pub by_warehouse: BTreeMap<String, Effect>,
    /// The first of each rule and kind of transition.
    pub examples: Vec<Example>,
    shown: BTreeMap<(String, What), usize>,
}

/// One transition that would be told.
#[derive(Debug, Clone)]
pub struct Example {
    /// The order.
    pub order: OrderSummary,
    /// What would be told.
    pub what: What,
    /// Scenario of the rule.
    pub scenario: String,
    /// The exception as it stands; none when there is none.
    pub before: Option<Spoken>,
    /// The exception as it would be.
    pub after: Spoken,
}

/// One order that was judged by a candidate.
#[derive(Debug)]
pub struct Judged<'j> {
    /// The order as it was judged.
    pub view: &'j OrderView,
    /// What has been said of it, by any rule.
    pub spoken: &'j [Spoken],
    /// Whether a verdict can change by itself.
    pub waits: bool,
    /// What would be said of it, by the rules that were judged.
    pub judgement: &'j Judgement,
}

/// The rules on both sides.
#[derive(Clone, Copy)]
pub struct Sides<'s> {
    /// The rules in force.
    pub in_force: &'s RuleSet,
    /// The whole candidate.
    pub candidate: &'s RuleSet,
    /// Whether what is said by a rule was judged anew.
    pub is_judged: &'s dyn Fn(&str) -> bool,
    /// Most examples of each rule and kind of transition.
    pub examples: usize,
}

impl Sides<'_> {
    fn scenario(&self, rule: &str) -> &str {
        let found = self
            .candidate
            .rule(rule)
            .or_else(|| self.in_force.rule(rule));
        found.map_or("", |rule| rule.scenario())
    }
}

/// Where something is counted.
struct Place<'p> {
    warehouse: &'p str,
    is_in_flight: bool,
}

impl Impact {
    /// Counts one order.
    pub fn add(&mut self, sides: &Sides<'_>, judged: &Judged<'_>, now: Timestamp) {
        let catalogue = sides.candidate.catalogue();
        let is_open = judged.spoken.iter().any(|said| said.state == State::Open);
        let is_in_flight = is_open || judged.waits || !is_over(judged.view, catalogue, now);
        self.orders += 1;
        self.orders_in_flight += i64::from(is_in_flight);
        let place = Place {
            warehouse: text(judged.view, catalogue, "warehouse"),
            is_in_flight,
        };
        for said in judged.spoken {
            self.count(sides, &place, &said.rule, |effect| effect.stood(said));
            if !(sides.is_judged)(&said.rule) {
                self.count(sides, &place, &said.rule, |effect| effect.will_stand(said));
            }
        }
        for said in &judged.judgement.spoken {
            self.count(sides, &place, &said.rule, |effect| effect.will_stand(said));
        }
        self.add_transitions(sides, judged, &place);
    }

    fn add_transitions(&mut self, sides: &Sides<'_>, judged: &Judged<'_>, place: &Place<'_>) {
        let mut rules = BTreeSet::new();
        let mut scenarios = BTreeSet::new();
        for transition in &judged.judgement.transitions {
            let after = &transition.exception;
            let what = What::of(transition);
            self.count(sides, place, &after.rule, |effect| effect.tell(what));
            rules.insert(after.rule.as_str());
            scenarios.insert(sides.scenario(&after.rule));
            let shown = self.shown.entry((after.rule.clone(), what)).or_default();
            if *shown < sides.examples {
                *shown += 1;
                self.examples.push(Example {
                    order: summarise(judged.view, sides.candidate.catalogue()),
                    what,
                    scenario: sides.scenario(&after.rule).to_owned(),
                    before: judged
                        .spoken
                        .iter()
                        .find(|said| said.id == after.id)
                        .cloned(),
                    after: after.clone(),
                });
            }
        }
        if rules.is_empty() {
            return;
        }
        self.total.orders += 1;
        self.in_flight.orders += i64::from(place.is_in_flight);
        group(&mut self.by_warehouse, place.warehouse).orders += 1;
        for rule in rules {
            group(&mut self.by_rule, rule).orders += 1;
        }
        for scenario in scenarios {
            group(&mut self.by_scenario, scenario).orders += 1;
        }
    }

    fn count(
        &mut self,
        sides: &Sides<'_>,
        place: &Place<'_>,
        rule: &str,
        count: impl Fn(&mut Effect),
    ) {
        count(&mut self.total);
        if place.is_in_flight {
            count(&mut self.in_flight);
        }
        count(group(&mut self.by_rule, rule));
        count(group(&mut self.by_scenario, sides.scenario(rule)));
        count(group(&mut self.by_warehouse, place.warehouse));
    }
}

fn group<'g>(groups: &'g mut BTreeMap<String, Effect>, name: &str) -> &'g mut Effect {
    if groups.contains_key(name) {
        return groups.get_mut(name).expect("it is there");
    }
    let name = if groups.len() < MOST_NAMES {
        name
    } else {
        OTHERS
    };
    groups.entry(name.to_owned()).or_default()
}

/// Whether an order was completed or cancelled.
fn is_over(view: &OrderView, catalogue: &Catalogue, now: Timestamp) -> bool {
    ["completed_at", "cancelled_at"].into_iter().any(|name| {
        let slot = catalogue.slot(EntityKind::Order, name);
        let at = slot.and_then(|slot| view.order().get(slot).as_timestamp());
        at.is_some_and(|at| at <= now)
    })
}

fn text<'v>(view: &'v OrderView, catalogue: &Catalogue, name: &str) -> &'v str {
    let slot = catalogue.slot(EntityKind::Order, name);
    slot.and_then(|slot| view.order().get(slot).as_text())
        .unwrap_or_default()
}
