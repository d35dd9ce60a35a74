//! How long a backtest takes, and how much memory:
//! `cargo run --release -p rule-engine --example backtest_speed 300000 deploy/calendars/*.yaml deploy/scenarios/*/{rules,thresholds}.yaml`

use order::{EntityKind, Fact, Revision, Timestamp, Value};
use rule_engine::RuleSet;
use rule_engine::backtest::{Backtest, History, Label, Options, Sweep, Target};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// 2026-11-11T00:00:00Z
const ORIGIN: i64 = 1_794_355_200;
const SWEEP: &str = "parcel-moves-within=24h..144h/12h";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: backtest_speed ORDERS FILE…";
    let orders: i64 = arguments.next().ok_or(usage)?.parse()?;
    let mut yaml = String::new();
    for path in arguments {
        yaml.push_str("---\n");
        yaml.push_str(&std::fs::read_to_string(path)?);
    }
    let rules = RuleSet::parse(1, &yaml)?;

    let begun = Instant::now();
    let mut history = History::new();
    let mut labels = Vec::new();
    for number in 0..orders {
        for fact in facts(number)? {
            history.merge(fact);
        }
        labels.push(Label {
            order_id: format!("order-{number:032}").parse()?,
            target: Target::Rule("parcel-stalled".to_owned()),
            is_exception: number % 3 == 0,
            at: None,
            note: String::new(),
        });
    }
    let seconds = begun.elapsed().as_secs_f64();
    let made = history.facts() as f64 / seconds;
    println!(
        "{orders} orders, {} facts: {made:.0} facts made and merged a second",
        history.facts()
    );

    let until = Timestamp::from_seconds(ORIGIN + 40 * 86_400);
    let options = || Options {
        explained: 1_000,
        ..Options::through(until)
    };
    let backtest = Backtest::new(&rules, &labels, options()).map_err(|_| "labels")?;
    timed("judged", orders, || {
        backtest.run(&history, &|_| {}).total.labelled
    });
    let sweep = Sweep::of(SWEEP, &yaml, None)?;
    let values = sweep.len();
    let backtest = Backtest::new(&rules, &labels, options()).map_err(|_| "labels")?;
    let backtest = backtest.sweeping(vec![sweep]);
    let what = format!("judged under {values} more values");
    timed(&what, orders, || {
        backtest.run(&history, &|_| {}).total.labelled
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!("{}", peak.unwrap_or("peak memory unknown here"));
    Ok(())
}

fn timed(what: &str, orders: i64, work: impl FnOnce() -> u64) {
    let begun = Instant::now();
    let labelled = work();
    let seconds = begun.elapsed().as_secs_f64();
    let rate = orders as f64 / seconds;
    println!("{what}: {rate:.0} orders a second, {labelled} labels");
}

/// Facts as an export of a marketplace has them.
fn facts(number: i64) -> Result<Vec<Fact>, Box<dyn Error>> {
    let order = format!("order-{number:032}");
    let customer = format!("customer-{number:032}");
    let paid = number * 7_919 % (30 * 24);
    let instant = |hours: i64| Value::Timestamp(Timestamp::from_seconds(ORIGIN + hours * 3_600));
    let fact = |kind, id: &str, attributes: Vec<(&str, Value)>| -> Result<Fact, Box<dyn Error>> {
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| (Arc::from(name), value));
        let of = Some(order.parse()?);
        let (source, id) = ("erp".parse()?, id.parse()?);
        Ok(Fact::new(
            source,
            kind,
            id,
            of,
            Revision(1),
            attributes.collect(),
        )?)
    };
    Ok(vec![
        fact(
            EntityKind::Order,
            &order,
            vec![
                ("status", Value::text("delivered")),
                ("kind", Value::text("normal")),
                ("customer_id", Value::text(&customer)),
                ("created_at", instant(paid - 1)),
                ("paid_at", instant(paid)),
                ("promised_delivery_at", instant(paid + 240)),
            ],
        )?,
        fact(
            EntityKind::Shipment,
            &format!("{order}-1"),
            vec![
                ("handed_over_at", instant(paid + number % 60)),
                ("delivered_at", instant(paid + 60 + number % 200)),
            ],
        )?,
        fact(
            EntityKind::Line,
            &format!("{order}-1"),
            vec![
                ("sku", Value::text(&format!("sku-{}", number % 5_000))),
                ("price", Value::Double(99.0)),
                ("ship_by", instant(paid + 48)),
            ],
        )?,
        fact(
            EntityKind::Customer,
            &customer,
            vec![("region", Value::text("SP"))],
        )?,
    ])
}
