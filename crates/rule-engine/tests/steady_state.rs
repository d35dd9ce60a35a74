//! Judging allocates nothing but what it says, once the scratch has grown: counted by an
//! allocator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use order::{EntityKind, Fact, OrderView, Revision, Span, Timestamp, Value};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rule_engine::{Effective, Judgement, RuleSet, Scratch, judge};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 2026-11-11T00:00:00Z
const ORIGIN: Timestamp = Timestamp::from_seconds(1_794_355_200);

/// Every document of a folder whose name is not one of a service's own, folders within it included.
fn documents(folder: &Path) -> String {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let text = |path: &PathBuf| match path.file_name().and_then(|name| name.to_str()) {
        _ if path.is_dir() => documents(path),
        Some("sop.yaml" | "examples.yaml") | None => String::new(),
        Some(name) if name.ends_with(".yaml") => fs::read_to_string(path).unwrap() + "\n---\n",
        Some(_) => String::new(),
    };
    paths.iter().map(text).collect()
}

/// The rules that are shipped, and others about parts of the business that use more of the
/// language.
fn rules() -> RuleSet {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let mut yaml = documents(&deploy.join("calendars")) + &documents(&deploy.join("scenarios"));
    let conditions = [
        "order.warehouse == 'WH-EAST' && order.amount > 100.0 && !has(order.cancelled_at)",
        "order.channel in ['jd', 'tmall'] && now - order.paid_at > threshold('ship-within')",
        "order.region == 'east' && lines.filter(l, l.quantity > 1).exists_one(l, l.price > 5.0)",
        "order.region == 'west' && lines.map(l, l.category).exists(c, c.startsWith('f'))",
        "order.region == 'north' && order.id.matches('^SO.*7$') && size(order.id) > 3",
        "customer.tier == 'vip' && elapsed(order.created_at, 'service-desk') > duration('20h')",
        "order.ship_by - order.created_at > duration('1h') || double(size(lines)) * 2.5 > 4.0",
    ];
    for (index, condition) in conditions.iter().enumerate() {
        yaml.push_str(&format!(
            "---\napiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: own-{index}}}\n\
             spec: {{scenario: own, severity: low, title: {{en: Own}}, condition: \"{condition}\"}}\n"
        ));
    }
    RuleSet::parse(1, &yaml).unwrap_or_else(|faults| panic!("{faults}"))
}

fn fact(kind: EntityKind, id: &str, attributes: Vec<(&str, Value)>) -> Fact {
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (Arc::from(name), value));
    let order = (!kind.is_shared()).then(|| "SO-7".parse().unwrap());
    let (source, id) = ("erp".parse().unwrap(), id.parse().unwrap());
    Fact::new(source, kind, id, order, Revision(1), attributes.collect()).unwrap()
}

/// An order of which any part may be missing.
fn random_order(rules: &RuleSet, random: &mut ChaCha8Rng) -> OrderView {
    let mut some = |fields: Vec<(&'static str, Value)>| -> Vec<(&'static str, Value)> {
        fields
            .into_iter()
            .filter(|_| random.random_bool(0.7))
            .collect()
    };
    let instant = |hours| Value::Timestamp(ORIGIN + Span::from_hours(hours));
    let order = some(vec![
        ("kind", Value::text("normal")),
        ("warehouse", Value::text("WH-EAST")),
        ("channel", Value::text("jd")),
        ("amount", Value::Double(200.0)),
        ("created_at", instant(0)),
        ("paid_at", instant(1)),
        ("cancelled_at", instant(30)),
        ("ship_by", instant(48)),
        ("promised_delivery_at", instant(90)),
    ]);
    let line = some(vec![
        ("quantity", Value::Int(2)),
        ("price", Value::Double(9.5)),
        ("category", Value::text("food")),
        ("ship_by", instant(40)),
    ]);
    let shipment = some(vec![
        ("handed_over_at", instant(44)),
        ("delivered_at", instant(95)),
    ]);
    let refund = some(vec![("requested_at", instant(20))]);
    let region = *["east", "west", "north", "south"].choose(random).unwrap();
    let region = fact(
        EntityKind::Order,
        "SO-7",
        vec![("region", Value::text(region))],
    );
    let facts = [
        fact(EntityKind::Order, "SO-7", order),
        region,
        fact(EntityKind::Line, "1", line),
        fact(EntityKind::Shipment, "s", shipment),
        fact(EntityKind::Refund, "r", refund),
        fact(
            EntityKind::Customer,
            "c",
            vec![("tier", Value::text("vip"))],
        ),
    ];
    let facts = facts.iter().filter(|_| random.random_bool(0.7));
    OrderView::join(rules.catalogue(), "SO-7".parse().unwrap(), facts)
}

/// How often memory was asked for.
fn allocations(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).count_total
}

#[test]
fn nothing_is_allocated_but_what_is_said() {
    let (rules, mut scratch) = (rules(), Scratch::default());
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let views: Vec<_> = (0..1_500)
        .map(|_| random_order(&rules, &mut random))
        .collect();
    let (mut heard, mut silent) = (0, 0);
    let mut judge_all = |scratch: &mut Scratch, counted: bool| {
        for view in &views {
            let instant = ORIGIN + Span::from_hours(50);
            let at_once = allocations(|| {
                rules.verdicts(view, instant, scratch, |_| heard += 1);
                rules.courses(view, instant, scratch, |_, course| {
                    heard += course.intervals.len();
                });
            });
            let effective = Effective {
                at: Timestamp::MAX,
                late: Vec::new(),
            };
            let mut judgement = Judgement::default();
            let judging = allocations(|| {
                judgement = judge(&rules, view, |_| &effective, &[], instant);
            });
            let says_nothing = judgement == Judgement::default();
            silent += u32::from(counted && says_nothing);
            assert!(!counted || at_once == 0, "{at_once} allocations: {view:#?}");
            assert!(
                !counted || !says_nothing || judging == 0,
                "{judging}: {view:#?}"
            );
        }
    };
    judge_all(&mut scratch, false);
    judge_all(&mut scratch, true);
    assert!(
        heard > 500 && silent > 50,
        "hollow: {heard} heard, {silent} silent"
    );
}
