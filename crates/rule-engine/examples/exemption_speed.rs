//! What lists of exemptions cost those who judge:
//! `cargo run --release -p rule-engine --example exemption_speed deploy/calendars/*.yaml deploy/scenarios/*/{rules,thresholds}.yaml`

use order::{EntityKind, Fact, OrderView, Revision, Timestamp, Value};
use rule_engine::{Effective, RuleSet, Spoken, judge};
use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ORDERS: u32 = 2_000;
const ENTRIES: u32 = 20_000;
const ROUNDS: u32 = 30;
/// 2026-11-11T00:00:00Z
const ORIGIN: i64 = 1_794_355_200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    for path in std::env::args().skip(1) {
        text.push_str("---\n");
        text.push_str(&std::fs::read_to_string(path)?);
    }
    if text.is_empty() {
        return Err("usage: exemption_speed FILE…".into());
    }
    let plain = RuleSet::parse(1, &text)?;
    let begun = Instant::now();
    let exempting = RuleSet::parse(1, &format!("{text}\n{}", list()?))?;
    println!(
        "{ENTRIES} entries parsed and indexed in {:?}",
        begun.elapsed()
    );
    let mut best = [Duration::MAX; 2];
    for round in 0..ROUNDS {
        let sets = [&plain, &exempting];
        // Each goes first in every other round.
        for index in [round % 2, 1 - round % 2] {
            let index = usize::try_from(index)?;
            best[index] = best[index].min(measured(sets[index])?);
        }
    }
    let [without, with] = best.map(|best| best / ORDERS);
    println!("0 entries: {without:?} an order; {ENTRIES} entries: {with:?} an order");
    println!("ratio {:.3}", with.as_secs_f64() / without.as_secs_f64());
    Ok(())
}

/// Time to judge all orders again, most of which have an exception.
fn measured(rule_set: &RuleSet) -> Result<Duration, Box<dyn Error>> {
    let effective = Effective {
        at: Timestamp::from_seconds(ORIGIN + 72 * 3_600),
        late: Vec::new(),
    };
    let mut orders: Vec<(OrderView, Vec<Spoken>)> = Vec::new();
    let mut exempt = 0;
    for index in 0..ORDERS {
        let view = OrderView::join(rule_set.catalogue(), id(index).parse()?, &facts(index)?);
        let said = judge(rule_set, &view, |_| &effective, &[], effective.at).spoken;
        exempt += said.iter().filter(|said| said.exempt.is_some()).count();
        orders.push((view, said));
    }
    black_box(exempt);
    let begun = Instant::now();
    for (view, said) in &orders {
        black_box(judge(rule_set, view, |_| &effective, said, effective.at));
    }
    Ok(begun.elapsed())
}

fn id(index: u32) -> String {
    format!("o-{index}")
}

/// A quarter each of orders, customers, stock keeping units and warehouses; one order of ten is
/// among them.
fn list() -> Result<String, Box<dyn Error>> {
    let mut text = "---\napiVersion: orderwatch/v1\nkind: Exemption\nmetadata: {name: many}\n\
                    spec:\n  reason: agreed\n  owner: Li\n  expires: 2027-01-01T00:00:00Z\n  \
                    entries:\n"
        .to_owned();
    for index in 0..ENTRIES / 4 {
        writeln!(text, "    - {{order: o-{}}}", index * 10)?;
        writeln!(
            text,
            "    - {{customer: c-{}, reason: asked}}",
            1_000_000 + index
        )?;
        writeln!(text, "    - {{sku: s-{}}}", 1_000_000 + index)?;
        writeln!(
            text,
            "    - {{warehouse: w-{}, scenarios: [shipping-delay]}}",
            100 + index
        )?;
    }
    Ok(text)
}

fn facts(index: u32) -> Result<Vec<Fact>, Box<dyn Error>> {
    let instant = |hours: i64| Value::Timestamp(Timestamp::from_seconds(ORIGIN + hours * 3_600));
    let fact = |kind, entity: &str, attributes: &[(&str, Value)]| -> Result<Fact, Box<dyn Error>> {
        let attributes = attributes
            .iter()
            .map(|(name, value)| (Arc::from(*name), value.clone()));
        Ok(Fact::new(
            "erp".parse()?,
            kind,
            entity.parse()?,
            Some(id(index).parse()?),
            Revision(1),
            attributes.collect(),
        )?)
    };
    let hours = i64::from(index % 70);
    Ok(vec![
        fact(
            EntityKind::Order,
            &id(index),
            &[
                ("kind", Value::text("normal")),
                ("customer_id", Value::text(&format!("c-{index}"))),
                ("warehouse", Value::text(&format!("w-{}", index % 7))),
                ("created_at", instant(hours)),
                ("paid_at", instant(hours)),
            ],
        )?,
        fact(
            EntityKind::Line,
            "1",
            &[
                ("sku", Value::text(&format!("s-{}", index % 500))),
                ("ship_by", instant(hours + 24)),
            ],
        )?,
    ])
}
