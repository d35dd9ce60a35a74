//! What a day holds besides what it was made for: labels of parcels that stay behind, refusals
//! that nobody settles. By arithmetic, as the truth is; and nothing else may be found.

use std::collections::BTreeMap;

use order::{EntityKind, Fact, OrderFacts, OrderView, Span, Timestamp};
use rule_engine::{Effective, RuleSet, judge};
use simulator::{Interval, Rule, Shop, working_hours};

use crate::shipped;

const NEVER: Timestamp = Timestamp::MAX;

/// The instants of one order that the four rules read.
struct Known<'k> {
    facts: &'k OrderFacts,
}

impl<'k> Known<'k> {
    fn of_kind(&self, kind: EntityKind) -> impl Iterator<Item = &'k Fact> {
        self.facts.iter().filter(move |fact| fact.kind() == kind)
    }

    fn order(&self, name: &str) -> Option<Timestamp> {
        let mut facts = self.of_kind(EntityKind::Order);
        facts.find_map(|fact| fact.attribute(name).as_timestamp())
    }

    fn says(&self, kind: EntityKind, name: &str, text: &str) -> bool {
        self.of_kind(kind)
            .any(|fact| fact.attribute(name).as_text() == Some(text))
    }

    fn vip(&self) -> bool {
        self.says(EntityKind::Customer, "tier", "vip")
    }

    /// The first instant of some of these events, no event being never.
    fn first(fact: &Fact, names: &[&str]) -> Timestamp {
        let instants = names
            .iter()
            .filter_map(|name| fact.attribute(name).as_timestamp());
        instants.min().unwrap_or(NEVER)
    }

    /// Every parcel with its label and the first sign that it is on its way.
    fn parcels(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let signs = [
            "handed_over_at",
            "out_for_delivery_at",
            "delivered_at",
            "refused_at",
            "returned_at",
        ];
        self.of_kind(EntityKind::Shipment).map(move |fact| {
            (
                Self::first(fact, &["label_created_at"]),
                Self::first(fact, &signs),
            )
        })
    }

    fn handovers(&self) -> impl Iterator<Item = Timestamp> {
        let shipments = self.of_kind(EntityKind::Shipment);
        shipments.filter_map(|fact| fact.attribute("handed_over_at").as_timestamp())
    }

    /// When a refund is asked for or another parcel goes, after an instant.
    fn settled(&self, after: Timestamp) -> Timestamp {
        let refunds = self.of_kind(EntityKind::Refund);
        let asked = refunds
            .map(|fact| Self::first(fact, &["requested_at"]))
            .min();
        let again = self.handovers().filter(|at| *at > after).min();
        asked.unwrap_or(NEVER).min(again.unwrap_or(NEVER))
    }

    fn between(from: Timestamp, to: Timestamp) -> Option<Interval> {
        (from != NEVER).then(|| Interval::between(from, (to != NEVER).then_some(to)))?
    }

    fn pickup_missing(&self) -> Vec<Interval> {
        let within = Span::from_hours(if self.vip() { 12 } else { 24 });
        let requested = self.order("requested_ship_at").unwrap_or(Timestamp::MIN);
        let cancelled = self.order("cancelled_at").unwrap_or(NEVER);
        let late = self
            .parcels()
            .filter(|(label, _)| *label != NEVER)
            .filter_map(|(label, moved)| {
                Self::between((label + within).max(requested), moved.min(cancelled))
            });
        Interval::union(late.collect())
    }

    fn split_forgotten(&self) -> Vec<Interval> {
        let cross = self.says(EntityKind::Order, "kind", "cross-border");
        let within = Span::from_hours(if cross { 72 } else { 24 });
        let requested = self.order("requested_ship_at").unwrap_or(Timestamp::MIN);
        let cancelled = self.order("cancelled_at").unwrap_or(NEVER);
        let Some(gone) = self.handovers().min() else {
            return Vec::new();
        };
        let behind = self.parcels().filter_map(|(label, moved)| {
            Self::between(
                (gone + within).max(label).max(requested),
                moved.min(cancelled),
            )
        });
        Interval::union(behind.collect())
    }

    fn parcel_refused(&self) -> Vec<Interval> {
        let within = Span::from_hours(if self.vip() { 2 } else { 4 });
        let open = self.of_kind(EntityKind::Shipment).filter_map(|fact| {
            let refused = fact.attribute("refused_at").as_timestamp()?;
            let ended = Self::first(fact, &["delivered_at", "returned_at"]);
            Self::between(refused + within, ended.min(self.settled(refused)))
        });
        Interval::union(open.collect())
    }

    fn return_unsettled(&self) -> Vec<Interval> {
        let open = self.of_kind(EntityKind::Shipment).filter_map(|fact| {
            let returned = fact.attribute("returned_at").as_timestamp()?;
            let limit = working_hours::exceeded_at(returned, Span::from_hours(8));
            Self::between(limit, self.settled(returned))
        });
        Interval::union(open.collect())
    }
}

#[test]
fn nothing_is_found_that_the_day_does_not_hold() {
    let shop = Shop {
        seed: 23,
        orders: 3_000,
        ..Shop::default()
    };
    let day = shop.live();
    let rules = RuleSet::parse(1, &shipped()).unwrap_or_else(|faults| panic!("{faults}"));
    let complete = Effective {
        at: shop.closes(),
        late: Vec::new(),
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (order_id, facts) in day.orders() {
        let view = OrderView::join(rules.catalogue(), order_id.clone(), facts.iter());
        let judged = judge(&rules, &view, |_| &complete, &[], complete.at);
        let known = Known { facts: &facts };
        let mut expected = BTreeMap::from([
            ("parcel-refused", known.parcel_refused()),
            ("pickup-missing", known.pickup_missing()),
            ("return-unsettled", known.return_unsettled()),
            ("split-forgotten", known.split_forgotten()),
        ]);
        for intervals in expected.values_mut() {
            intervals.retain(|interval| interval.opened_at < shop.closes());
        }
        expected.retain(|_, intervals| !intervals.is_empty());
        let mut found: BTreeMap<&str, Vec<Interval>> = BTreeMap::new();
        for said in judged
            .spoken
            .iter()
            .filter(|said| Rule::named(&said.rule).is_none())
        {
            found.entry(said.rule.as_str()).or_default().push(Interval {
                opened_at: said.opened_at,
                cleared_at: said.cleared_at,
            });
        }
        assert_eq!(found, expected, "{order_id}");
        for (rule, intervals) in expected {
            *counts.entry(rule).or_default() += intervals.len();
        }
    }
    assert_eq!(counts.len(), 4, "{counts:?}");
    assert!(counts.values().all(|count| *count >= 10), "{counts:?}");
}
