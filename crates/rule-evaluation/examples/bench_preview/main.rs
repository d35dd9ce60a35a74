//! How long a preview of many orders takes, and what it does to live judgements beside it.
//!
//! Fills a fresh database with orders of the simulated day, each several times under other
//! ids, judged by `rules.yaml` beside this file. Then, in one run: previews of a change of one
//! table (which concerns one rule) and of the fields (which concerns all), without any other
//! load; live facts alone; live facts beside a preview of all rules; live facts alone again.
//! Live facts come at a fixed rate, and the latency of a batch counts from when it was due.
//!
//! ```text
//! python3 scripts/servers.py run --data-dir /tmp/servers -- \
//!     cargo run --release -p rule-evaluation --example bench_preview -- [ORDERS] [FACTS A SECOND]
//! ```

mod fill;
mod live;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rule_engine::documents;
use rule_evaluation::MIGRATOR;
use rule_evaluation::candidates::Origin;
use rule_evaluation::domain::change::Change;
use rule_evaluation::evaluation::Evaluation;
use rule_evaluation::preview::Previews;
use rule_evaluation::rule_sets::RuleSets;
use rule_evaluation::wake::Wake;
use service::clock::Clock;
use service::relay::RelayHandle;
use service::testkit::TestDatabase;
use simulator::Shop;
use tokio::sync::mpsc;

type Fault = Box<dyn Error + Send + Sync>;

const RULES: &str = include_str!("rules.yaml");
const FIELDS: &str = "---\napiVersion: orderwatch/v1\nkind: FieldCatalogue\nmetadata: {name: bench}\n\
    spec: {fields: [{entity: order, name: x_bench, type: bool, system: crm, meaning: {en: bench, zh: bench}}]}\n";
/// How long live facts are measured alone.
const ALONE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (orders, rate) = (number(1_000_000)?, number(1_000)?);
    let database = TestDatabase::create("rule_evaluation", &MIGRATOR).await;
    let day = Shop::default().live();
    let now = day.shop().midnight + order::Span::from_hours(40);
    let clock = Clock::manual(now.into());
    let rule_sets = Arc::new(RuleSets::default());
    let evaluation = Evaluation::new(
        database.database().clone(),
        clock.clone(),
        Arc::clone(&rule_sets),
        RelayHandle::default(),
        Wake::default(),
        2,
    );
    let since = Instant::now();
    let filled = fill::fill(database.database(), &day, RULES, orders, now).await?;
    println!("filled {filled} in {:.1?}", since.elapsed());
    let previews = Previews::new(
        database.database().clone(),
        clock.clone(),
        rule_sets,
        evaluation.live().clone(),
    );
    let bench = Bench {
        previews,
        live: live::Live {
            evaluation,
            orders,
            rate,
            day,
        },
    };
    bench.measure().await
}

struct Bench {
    previews: Previews,
    live: live::Live,
}

impl Bench {
    async fn measure(&self) -> Result<(), Fault> {
        let one = RULES.replace("value: 36h", "value: 30h");
        let all = format!("{RULES}{FIELDS}");
        self.preview("one table, nothing beside it", &one).await?;
        self.preview("all rules, nothing beside it", &all).await?;
        let mut sent = 0;
        let before = self.live.send(&mut sent, tokio::time::sleep(ALONE)).await?;
        let beside = self
            .live
            .send(
                &mut sent,
                self.preview("all rules, beside live facts", &all),
            )
            .await?;
        let after = self.live.send(&mut sent, tokio::time::sleep(ALONE)).await?;
        println!(
            "live facts, {} a second in batches of {}:",
            self.live.rate,
            live::BATCH
        );
        for (when, waits) in [("before", &before), ("beside", &beside), ("after", &after)] {
            println!(
                "  {when} the preview: p50 {:.1?}, p99 {:.1?}, most {:.1?} over {} batches",
                waits.quantile(0.5),
                waits.quantile(0.99),
                waits.quantile(1.0),
                waits.len()
            );
        }
        let alone = (before.quantile(0.99) + after.quantile(0.99)) / 2;
        println!(
            "  p99 beside against alone: {:.2} times",
            beside.quantile(0.99).as_secs_f64() / alone.as_secs_f64()
        );
        println!("memory at most: {}", most_memory());
        Ok(())
    }

    async fn preview(&self, what: &str, text: &str) -> Result<(), Fault> {
        let since = Instant::now();
        let documents = documents::split(text).map_err(|faults| format!("{faults:?}"))?;
        let origin = Origin::Change(Change::whole(documents));
        let plan = self.previews.plan(&origin).await?;
        let (told, mut progress) = mpsc::channel(1);
        let listening = tokio::spawn(async move { while progress.recv().await.is_some() {} });
        let found = self.previews.run(&plan, 3, &told).await?;
        drop(told);
        listening.await?;
        let took = since.elapsed();
        let impact = found.impact;
        println!(
            "preview, {what}: {} orders by {} rules in {took:.1?} ({:.1} us an order); \
             opens {}, updates {}, clears {}, retracts {}, open {} -> {}",
            impact.orders,
            plan.rules_judged().len(),
            took.as_secs_f64() * 1e6 / impact.orders.max(1) as f64,
            impact.total.opened,
            impact.total.updated,
            impact.total.cleared,
            impact.total.retracted,
            impact.total.open_before,
            impact.total.open_after,
        );
        Ok(())
    }
}

/// The most memory that this process had, as the system says.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown", str::trim).to_owned()
}
