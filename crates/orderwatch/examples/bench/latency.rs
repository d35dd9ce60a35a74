//! From acknowledged to ticket: pushes 500 late orders a second for 30 seconds, each of
//! which opens one exception at once, and measures from the acknowledgement of `PushFacts`
//! until the order's ticket is committed. A ticket counts when a query on a connection of
//! our own sees it; queries follow each other every 5 ms, which is the resolution.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use contracts::fact::v1::{self, Attribute, EntityKind, Fact, FactBatch, WatermarkMode, value};
use contracts::ingest::v1::PushFactsRequest;
use simulator::Source;
use sqlx::{PgPool, Row};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::{Bench, Fault};

/// When something happened to each order.
type Instants = HashMap<String, Instant>;

#[derive(Args)]
pub(crate) struct Latency {
    /// Orders a second.
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// Seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Orders of one `PushFacts`.
    #[arg(long, default_value_t = 10)]
    batch: u32,
}

impl Latency {
    pub(crate) async fn measure(&self, bench: &Bench) -> Result<(), Fault> {
        bench.declare(WatermarkMode::Live).await?;
        let run = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_secs();
        let prefix = format!("L{run}-");
        let watcher = tokio::spawn(watch(bench.pool.clone(), prefix.clone(), self.total()));
        let acknowledged = self.push(bench, &prefix).await?;
        let seen = watcher.await??;
        let mut waits: Vec<_> = seen
            .iter()
            .filter_map(|(order, at)| Some(at.saturating_duration_since(*acknowledged.get(order)?)))
            .collect();
        waits.sort_unstable();
        self.tell(&waits);
        Ok(())
    }

    fn total(&self) -> u32 {
        self.rate * self.seconds
    }

    /// Pushes every order at its time; returns when each was acknowledged.
    async fn push(&self, bench: &Bench, prefix: &str) -> Result<Instants, Fault> {
        let acknowledged: Arc<Mutex<Instants>> = Arc::default();
        let mut tick = tokio::time::interval(Duration::from_secs_f64(
            f64::from(self.batch) / f64::from(self.rate),
        ));
        let mut pushes = JoinSet::new();
        for first in (0..self.total()).step_by(self.batch as usize) {
            tick.tick().await;
            let orders: Vec<_> = (first..first + self.batch)
                .map(|number| format!("{prefix}{number}"))
                .collect();
            let (mut ingest, acknowledged) = (bench.ingest.clone(), Arc::clone(&acknowledged));
            pushes.spawn(async move {
                ingest.push_facts(late_orders(&orders)).await?;
                let now = Instant::now();
                let mut acknowledged = acknowledged.lock().await;
                acknowledged.extend(orders.into_iter().map(|order| (order, now)));
                Ok::<_, tonic::Status>(())
            });
        }
        while let Some(push) = pushes.join_next().await {
            push??;
        }
        Ok(std::mem::take(&mut *acknowledged.lock().await))
    }

    fn tell(&self, waits: &[Duration]) {
        let share = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_millis();
        println!(
            "{} orders at {} a second: {} tickets; from PushFacts acknowledged to ticket committed: \
             median {} ms, p99 {} ms, longest {} ms (seen by a query every 5 ms)",
            self.total(),
            self.rate,
            waits.len(),
            share(0.5),
            share(0.99),
            share(1.0)
        );
    }
}

/// Orders paid 26 hours ago, routed, and not shipped: each opens `shipping-delay` at once.
fn late_orders(orders: &[String]) -> PushFactsRequest {
    let ago = |hours: u64| {
        let at = SystemTime::now() - Duration::from_secs(hours * 3_600);
        value::Value::TimestampValue(at.into())
    };
    let text = |text: &str| value::Value::TextValue(text.to_owned());
    let facts = orders.iter().map(|order| Fact {
        source: Source::Erp.name().to_owned(),
        kind: EntityKind::Order.into(),
        entity_id: order.clone(),
        revision: 1,
        attributes: [
            ("kind", text("normal")),
            ("status", text("routed")),
            ("warehouse", text("WH-EAST")),
            ("region", text("east")),
            ("amount", value::Value::DoubleValue(99.0)),
            ("created_at", ago(27)),
            ("paid_at", ago(26)),
            ("routed_at", ago(25)),
        ]
        .map(|(name, value)| Attribute {
            name: name.to_owned(),
            value: Some(v1::Value { value: Some(value) }),
        })
        .into(),
        ..Fact::default()
    });
    PushFactsRequest {
        batch: Some(FactBatch {
            batch_id: orders[0].clone(),
            source: Source::Erp.name().to_owned(),
            facts: facts.collect(),
            ..FactBatch::default()
        }),
    }
}

/// Notes when each order's ticket is there to be seen; gives up a minute after the last.
async fn watch(pool: PgPool, prefix: String, total: u32) -> Result<Instants, sqlx::Error> {
    let mut seen: Instants = HashMap::with_capacity(total as usize);
    let mut last = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while seen.len() < total as usize && last.elapsed() < Duration::from_secs(60) {
        tick.tick().await;
        let rows = sqlx::query(
            "select order_id from ticketing.tickets \
             where opened_at > clock_timestamp() - interval '3 seconds' and order_id like $1 || '%'",
        )
        .bind(&prefix)
        .fetch_all(&pool)
        .await?;
        let now = Instant::now();
        for row in rows {
            seen.entry(row.get(0)).or_insert_with(|| {
                last = now;
                now
            });
        }
    }
    Ok(seen)
}
