//! The rules that everybody judges by.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::condition::{Number, Part};
use crate::shop::{self, CARRIERS, CATEGORIES, CHANNELS, REGIONS, WAREHOUSES};

/// Seed of every rule.
const SEED: u64 = 1111;
const HOUR: i64 = 3_600_000_000;

/// Of every hundred rules, how many have which template; the last three bind nothing.
const MIX: [(Template, usize); 12] = [
    (Template::Unshipped, 14),
    (Template::UnshippedKind, 10),
    (Template::Unrouted, 10),
    (Template::Unpaid, 12),
    (Template::Parcel, 12),
    (Template::Carrier, 10),
    (Template::Category, 10),
    (Template::Picking, 7),
    (Template::Undelivered, 8),
    (Template::Valuable, 3),
    (Template::Stalled, 2),
    (Template::Promise, 2),
];

/// What a rule is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// A warehouse has not shipped in time.
    Unshipped,
    /// Kinds of orders to a region have not been shipped in time.
    UnshippedKind,
    /// A channel's order of a kind does not reach the warehouse.
    Unrouted,
    /// Dear orders of some warehouses are not paid.
    Unpaid,
    /// A carrier's parcel to a region is late.
    Parcel,
    /// A carrier's parcel does not move.
    Carrier,
    /// Goods of a category are past their latest handover.
    Category,
    /// A warehouse does not begin with many or dear goods of a category.
    Picking,
    /// A channel's orders of a tier are not delivered.
    Undelivered,
    /// Any dear order is not shipped.
    Valuable,
    /// Any parcel of an order of so many lines does not move.
    Stalled,
    /// Any delivery is past what was promised.
    Promise,
}

/// One rule: a template and its constants; a template that has no use for one leaves it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Unique, and sorted as the rules are.
    pub name: String,
    /// What it is like.
    pub template: Template,
    /// One to three.
    pub warehouses: Vec<String>,
    /// One or two.
    pub kinds: Vec<String>,
    /// One region.
    pub region: String,
    /// One channel.
    pub channel: String,
    /// One tier.
    pub tier: String,
    /// One carrier.
    pub carrier: String,
    /// One category.
    pub category: String,
    /// A limit in microseconds: quarters of an hour from one hour to four days.
    pub limit: i64,
    /// Tens from 50 to 2,500.
    pub amount: i64,
    /// Two or three.
    pub count: i64,
}

/// The first rules of an endless list; its mix holds for every hundred of them, and nearly for
/// every ten.
#[must_use]
pub fn rules(count: usize) -> Vec<Rule> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let templates = templates();
    let rule = |index: usize| rule(index, templates[index % templates.len()], &mut random);
    (0..count).map(rule).collect()
}

/// A hundred templates, those that are alike far apart.
fn templates() -> Vec<Template> {
    let mut places: Vec<(usize, Template)> = Vec::new();
    for (template, count) in MIX {
        places.extend((0..count).map(|turn| ((2 * turn + 1) * 5_000 / count, template)));
    }
    places.sort_by_key(|(place, _)| *place);
    places.into_iter().map(|(_, template)| template).collect()
}

fn rule(index: usize, template: Template, random: &mut ChaCha8Rng) -> Rule {
    let mut some = |of: &str, count| shop::name(of, random.random_range(0..count));
    let mut warehouses: Vec<_> = (0..3).map(|_| some("warehouse", WAREHOUSES)).collect();
    let (region, channel) = (some("region", REGIONS), some("channel", CHANNELS));
    let category = some("category", CATEGORIES);
    warehouses.truncate(random.random_range(1..=3));
    let kinds = ["normal", "presale", "split", "cross-border", "dated"];
    let kinds = kinds
        .choose_multiple(random, 2)
        .map(|kind| (*kind).to_owned());
    let kinds = kinds.take(random.random_range(1..=2)).collect();
    Rule {
        name: format!("rule-{index:05}"),
        template,
        warehouses,
        kinds,
        region,
        channel,
        tier: (*["vip", "standard"].choose(random).unwrap_or(&"vip")).to_owned(),
        carrier: (*CARRIERS.choose(random).unwrap_or(&"sf")).to_owned(),
        category,
        limit: random.random_range(4..=4 * 96) * HOUR / 4,
        amount: 10 * random.random_range(5..=250),
        count: random.random_range(2..=3),
    }
}

impl Rule {
    /// What must all hold for it to be true; what is cheapest to ask and binds most comes first.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let among = |path, text: &String| Part::Among(path, vec![text.clone()]);
        let (kinds, warehouse) = (
            Part::Among("order.kind", self.kinds.clone()),
            among("order.warehouse", &self.warehouses[0]),
        );
        let region = among("order.region", &self.region);
        let channel = among("order.channel", &self.channel);
        let amount = Part::AtLeast("order.amount", Number::Amount(self.amount));
        let passed = |path| Part::Passed(path, self.limit);
        let alive = Part::Lacks("order.cancelled_at");
        let unshipped = Part::Nowhere("shipments", vec![Part::Has("s.handed_over_at")]);
        let undelivered = Part::Nowhere("shipments", vec![Part::Has("s.delivered_at")]);
        let underway = Part::Lacks("s.delivered_at");
        let carrier = among("s.carrier", &self.carrier);
        let category = among("l.category", &self.category);
        match self.template {
            Template::Unshipped => vec![warehouse, passed("order.paid_at"), alive, unshipped],
            Template::UnshippedKind => {
                vec![region, kinds, passed("order.paid_at"), alive, unshipped]
            }
            Template::Unrouted => {
                let kind = among("order.kind", &self.kinds[0]);
                let unrouted = Part::Lacks("order.routed_at");
                vec![channel, kind, passed("order.paid_at"), unrouted, alive]
            }
            Template::Unpaid => {
                let warehouses = Part::Among("order.warehouse", self.warehouses.clone());
                let unpaid = Part::Lacks("order.paid_at");
                vec![warehouses, amount, unpaid, passed("order.created_at")]
            }
            Template::Parcel => {
                let parcel = vec![carrier, passed("s.handed_over_at"), underway];
                vec![region, Part::Exists("shipments", parcel)]
            }
            Template::Carrier => {
                let parcel = vec![carrier, passed("s.last_scan_at"), underway];
                vec![Part::Exists("shipments", parcel)]
            }
            Template::Category => {
                let line = vec![category, passed("l.ship_by")];
                vec![Part::Exists("lines", line), alive, unshipped]
            }
            Template::Picking => {
                let quantity = Part::AtLeast("l.quantity", Number::Count(self.count));
                let price = Part::AtLeast("l.price", Number::Amount(self.amount));
                let line = Part::Exists("lines", vec![category, quantity, price]);
                let unrouted = Part::Lacks("order.routed_at");
                vec![warehouse, unrouted, passed("order.created_at"), line]
            }
            Template::Undelivered => {
                let tier = among("customer.tier", &self.tier);
                vec![
                    channel,
                    tier,
                    amount,
                    passed("order.created_at"),
                    undelivered,
                ]
            }
            Template::Valuable => vec![amount, passed("order.paid_at"), alive, unshipped],
            Template::Stalled => {
                let lines = Part::AtLeast("order.line_count", Number::Count(self.count));
                let parcel = vec![passed("s.last_scan_at"), underway];
                vec![lines, Part::Exists("shipments", parcel)]
            }
            Template::Promise => {
                vec![passed("order.promised_delivery_at"), alive, undelivered]
            }
        }
    }
}
