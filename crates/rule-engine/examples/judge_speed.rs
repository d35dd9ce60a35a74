//! How long it takes to judge an order by the rules of some files:
//! `cargo run --release -p rule-engine --example judge_speed deploy/calendars/*.yaml deploy/scenarios/*/{rules,thresholds}.yaml`

use order::{EntityKind, Fact, OrderView, Revision, Timestamp, Value};
use rule_engine::{Effective, RuleSet, judge};
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: u32 = 200_000;
/// 2026-11-11T00:00:00Z
const ORIGIN: i64 = 1_794_355_200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut yaml = String::new();
    for path in std::env::args().skip(1) {
        yaml.push_str("---\n");
        yaml.push_str(&std::fs::read_to_string(path)?);
    }
    if yaml.is_empty() {
        return Err("usage: judge_speed FILE…".into());
    }
    let begun = Instant::now();
    let rule_set = RuleSet::parse(1, &yaml)?;
    println!(
        "{} rules parsed and checked in {:?}",
        rule_set.rules().len(),
        begun.elapsed()
    );

    let facts = facts()?;
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        black_box(OrderView::join(
            rule_set.catalogue(),
            "o-1".parse()?,
            &facts,
        ));
    }
    println!("join {:?} an order", begun.elapsed() / ROUNDS);

    let view = OrderView::join(rule_set.catalogue(), "o-1".parse()?, &facts);
    for hours in [1, 30, 500] {
        let effective = Effective {
            at: Timestamp::from_seconds(ORIGIN + hours * 3_600),
            late: Vec::new(),
        };
        let said = judge(&rule_set, &view, |_| &effective, &[], effective.at);
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            black_box(judge(
                &rule_set,
                &view,
                |_| &effective,
                &said.spoken,
                effective.at,
            ));
        }
        let each = begun.elapsed() / ROUNDS;
        println!(
            "judge {each:?} an order, {hours} h after payment, {} exceptions",
            said.spoken.len()
        );
    }
    Ok(())
}

fn facts() -> Result<Vec<Fact>, Box<dyn Error>> {
    let instant = |hours: i64| Value::Timestamp(Timestamp::from_seconds(ORIGIN + hours * 3_600));
    let fact = |kind, id: &str, attributes: &[(&str, Value)]| -> Result<Fact, Box<dyn Error>> {
        let attributes = attributes
            .iter()
            .map(|(name, value)| (Arc::from(*name), value.clone()));
        let order = Some("o-1".parse()?);
        Ok(Fact::new(
            "erp".parse()?,
            kind,
            id.parse()?,
            order,
            Revision(1),
            attributes.collect(),
        )?)
    };
    Ok(vec![
        fact(
            EntityKind::Order,
            "o-1",
            &[
                ("kind", Value::text("normal")),
                ("status", Value::text("paid")),
                ("warehouse", Value::text("east-1")),
                ("region", Value::text("华东")),
                ("amount", Value::Double(199.0)),
                ("created_at", instant(-1)),
                ("paid_at", instant(0)),
                ("routed_at", instant(2)),
                ("ship_by", instant(48)),
            ],
        )?,
        fact(
            EntityKind::Line,
            "1",
            &[("sku", Value::text("a")), ("ship_by", instant(48))],
        )?,
        fact(
            EntityKind::Line,
            "2",
            &[("sku", Value::text("b")), ("ship_by", instant(48))],
        )?,
        fact(
            EntityKind::Shipment,
            "s",
            &[
                ("carrier", Value::text("sf")),
                ("handed_over_at", instant(40)),
            ],
        )?,
        fact(EntityKind::Customer, "c", &[("tier", Value::text("vip"))])?,
    ])
}
