//! Measures running services; `scripts/bench` starts them.
//!
//! `latency` pushes 500 late orders a second for 30 seconds, each of which opens one
//! exception at once, and measures from the acknowledgement of `PushFacts` until the order's
//! ticket is committed. A ticket counts when a query on a connection of our own sees it;
//! queries follow each other every 5 ms, which is the resolution.
//!
//! `throughput` replays a simulated day as fast as it is taken until everything is judged
//! and published. Then it takes the state rows that this left and upserts them again, in
//! the same batches, into an empty copy of their table in the same PostgreSQL: the bare
//! rate, and the ratio of the two.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, Parser, Subcommand};
use contracts::fact::v1::{
    self, Attribute, EntityKind, Fact, FactBatch, SourceDeclaration, WatermarkMode, value,
};
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::ingest::v1::{DeclareSourceRequest, PushFactsRequest, PushFactsStreamRequest};
use contracts::rules::v1::GetProgressRequest;
use contracts::rules::v1::rule_service_client::RuleServiceClient;
use futures::stream;
use order::Span;
use simulator::{Day, Delivery, Shop, Source};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tonic::transport::Channel;

type Fault = Box<dyn Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    /// Address of ingest.
    #[arg(long, default_value = "http://127.0.0.1:7401")]
    ingest: String,
    /// Address of rule-evaluation.
    #[arg(long, default_value = "http://127.0.0.1:7402")]
    rules: String,
    /// PostgreSQL that the services use.
    #[arg(long, env = "ORDERWATCH_POSTGRES_URL", hide_env_values = true)]
    postgres_url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// From acknowledged to ticket.
    Latency(Latency),
    /// Facts a second through the whole path, beside the bare upserts.
    Throughput(Throughput),
}

#[derive(Args)]
struct Latency {
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

#[derive(Args)]
struct Throughput {
    /// Orders of the day.
    #[arg(long, default_value_t = 100_000)]
    orders: u32,
    /// Deliveries that the bare upserts put into one transaction: what the service fetches
    /// at once.
    #[arg(long, default_value_t = 8)]
    deliveries: usize,
    /// Connections of the bare upserts.
    #[arg(long, default_value_t = 2)]
    connections: usize,
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let arguments = Arguments::parse();
    let bench = Bench {
        ingest: IngestServiceClient::connect(arguments.ingest).await?,
        rules: RuleServiceClient::connect(arguments.rules).await?,
        pool: PgPoolOptions::new()
            .max_connections(16)
            .connect(&arguments.postgres_url)
            .await?,
    };
    match arguments.what {
        What::Latency(latency) => bench.latency(&latency).await,
        What::Throughput(throughput) => bench.throughput(&throughput).await,
    }
}

#[derive(Clone)]
struct Bench {
    ingest: IngestServiceClient<Channel>,
    rules: RuleServiceClient<Channel>,
    pool: PgPool,
}

impl Bench {
    async fn declare(&self, mode: WatermarkMode) -> Result<(), Fault> {
        for source in Source::ALL {
            let declaration = SourceDeclaration {
                source: source.name().to_owned(),
                system: source.system().as_str().to_owned(),
                mode: mode.into(),
                patience: None,
            };
            let request = DeclareSourceRequest {
                declaration: Some(declaration),
            };
            self.ingest.clone().declare_source(request).await?;
        }
        Ok(())
    }

    async fn judged(&self) -> Result<(), Fault> {
        let (mut quiet, mut last) = (0, Instant::now());
        while quiet < 3 {
            let progress = self
                .rules
                .clone()
                .get_progress(GetProgressRequest {})
                .await?;
            let progress = progress.into_inner();
            let left = progress.batches_behind + progress.orders_due + progress.outbox_pending;
            quiet = if left == 0 { quiet + 1 } else { 0 };
            if last.elapsed() > Duration::from_secs(5) {
                eprintln!("{left} batches, orders and events to go");
                last = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn latency(&self, latency: &Latency) -> Result<(), Fault> {
        self.declare(WatermarkMode::Live).await?;
        let acknowledged: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
        let total = (latency.rate * latency.seconds) as usize;
        let run = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_secs();
        let prefix = format!("L{run}-");
        let watcher = tokio::spawn(watch(self.pool.clone(), prefix.clone(), total));
        let mut tick = tokio::time::interval(Duration::from_secs_f64(
            f64::from(latency.batch) / f64::from(latency.rate),
        ));
        let mut pushes = JoinSet::new();
        for first in (0..latency.rate * latency.seconds).step_by(latency.batch as usize) {
            tick.tick().await;
            let orders: Vec<_> = (first..first + latency.batch)
                .map(|number| format!("{prefix}{number}"))
                .collect();
            let (mut ingest, acknowledged) = (self.ingest.clone(), Arc::clone(&acknowledged));
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
        let seen = watcher.await??;
        let acknowledged = acknowledged.lock().await;
        let mut waits: Vec<_> = seen
            .iter()
            .filter_map(|(order, at)| Some(at.saturating_duration_since(*acknowledged.get(order)?)))
            .collect();
        waits.sort_unstable();
        let share = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_millis();
        println!(
            "{} orders at {} a second: {} tickets; from PushFacts acknowledged to ticket committed: \
             median {} ms, p99 {} ms, longest {} ms (seen by a query every 5 ms)",
            total,
            latency.rate,
            waits.len(),
            share(0.5),
            share(0.99),
            share(1.0)
        );
        Ok(())
    }

    async fn throughput(&self, throughput: &Throughput) -> Result<(), Fault> {
        let mut shop = Shop {
            orders: throughput.orders,
            ..Shop::default()
        };
        while SystemTime::from(shop.closes().to_chrono()) > SystemTime::now() {
            shop.midnight = shop.midnight - Span::from_hours(7 * 24);
        }
        let day = Arc::new(shop.live());
        self.declare(WatermarkMode::Stated).await?;
        let begun = Instant::now();
        let facts = self.flood(&day).await?;
        let accepted = begun.elapsed();
        self.judged().await?;
        let judged = begun.elapsed();
        let bare = self.bare(&day, throughput).await?;
        let rate = |took: Duration| facts as f64 / took.as_secs_f64();
        println!(
            "{} orders, {facts} facts: {:.0} facts a second into the journal, {:.0} through the whole path \
             (journal, broker, judgement, state, outbox)",
            shop.orders,
            rate(accepted),
            rate(judged)
        );
        println!(
            "bare upserts of the same state rows in the same batches on {} connections: {} rows in {:.1} s, \
             {:.0} rows a second, {:.0} facts a second",
            throughput.connections,
            bare.rows,
            bare.took.as_secs_f64(),
            bare.rows as f64 / bare.took.as_secs_f64(),
            rate(bare.took)
        );
        println!("ratio {:.2}", rate(judged) / rate(bare.took));
        Ok(())
    }

    /// Streams every system at once; returns how many facts it was.
    async fn flood(&self, day: &Arc<Day>) -> Result<u64, Fault> {
        let mut streams = JoinSet::new();
        for source in Source::ALL {
            let (mut ingest, day) = (self.ingest.clone(), Arc::clone(day));
            streams.spawn(async move {
                let (sender, mut batches) = mpsc::channel(64);
                let writer = tokio::task::spawn_blocking(move || {
                    day.deliveries_of(source)
                        .map(|delivery| {
                            let batch = Some(FactBatch::from(&delivery));
                            let sent = sender.blocking_send(PushFactsStreamRequest { batch });
                            sent.map_or(0, |()| delivery.facts.len() as u64)
                        })
                        .sum::<u64>()
                });
                let batches = stream::poll_fn(move |context| batches.poll_recv(context));
                ingest.push_facts_stream(batches).await?;
                Ok::<u64, Fault>(writer.await?)
            });
        }
        let mut facts = 0;
        while let Some(sent) = streams.join_next().await {
            facts += sent??;
        }
        Ok(facts)
    }

    /// Upserts the rows that the replay left, in the batches in which it wrote them.
    async fn bare(&self, day: &Day, throughput: &Throughput) -> Result<Bare, Fault> {
        let rows = sqlx::query("select order_id, state from rule_evaluation.order_states")
            .fetch_all(&self.pool)
            .await?;
        let states: HashMap<String, Vec<u8>> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        self.copy_table().await?;
        let batches = Arc::new(batches(day, throughput.deliveries));
        let states = Arc::new(states);
        let begun = Instant::now();
        let mut writers = JoinSet::new();
        for writer in 0..throughput.connections {
            let (pool, batches) = (self.pool.clone(), Arc::clone(&batches));
            let (states, step) = (Arc::clone(&states), throughput.connections);
            writers.spawn(async move {
                let mut rows = 0;
                for batch in batches.iter().skip(writer).step_by(step) {
                    rows += upsert(&pool, &states, batch).await?;
                }
                Ok::<_, sqlx::Error>(rows)
            });
        }
        let mut rows = 0;
        while let Some(written) = writers.join_next().await {
            rows += written??;
        }
        let took = begun.elapsed();
        sqlx::query("drop table rule_evaluation.bench_states")
            .execute(&self.pool)
            .await?;
        Ok(Bare { rows, took })
    }

    /// An empty copy of the state table, with its partitions and their storage.
    async fn copy_table(&self) -> Result<(), Fault> {
        let mut statements = vec![
            "drop table if exists rule_evaluation.bench_states".to_owned(),
            "create table rule_evaluation.bench_states (like rule_evaluation.order_states including all) \
             partition by hash (order_id)"
                .to_owned(),
        ];
        for part in 0..8 {
            let table = format!("rule_evaluation.bench_states_{part}");
            statements.push(format!(
                "create table {table} partition of rule_evaluation.bench_states for values with \
                 (modulus 8, remainder {part}) with (fillfactor = 60)"
            ));
            statements.push(format!(
                "alter table {table} alter column state set storage external"
            ));
        }
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}

struct Bare {
    rows: u64,
    took: Duration,
}

/// The orders that each transaction changes, sorted: what is not news writes nothing.
fn batches(day: &Day, deliveries: usize) -> Vec<Vec<String>> {
    let mut newest = HashMap::new();
    let mut batches = Vec::new();
    let all: Vec<Delivery> = day.deliveries().collect();
    for group in all.chunks(deliveries) {
        let mut changed = BTreeSet::new();
        for fact in group.iter().flat_map(|delivery| &delivery.facts) {
            let key = (fact.kind(), fact.entity_id().clone(), fact.source().clone());
            let known = newest.insert(key, fact.revision());
            let news = known.is_none_or(|known| known < fact.revision());
            changed.extend(fact.order_id().filter(|_| news).map(ToString::to_string));
        }
        batches.push(changed.into_iter().collect());
    }
    batches.retain(|batch: &Vec<String>| !batch.is_empty());
    batches
}

async fn upsert(
    pool: &PgPool,
    states: &HashMap<String, Vec<u8>>,
    orders: &[String],
) -> Result<u64, sqlx::Error> {
    let values: Vec<&[u8]> = orders
        .iter()
        .map(|order| states.get(order).map_or(&[][..], Vec::as_slice))
        .collect();
    let done = sqlx::query(
        "insert into rule_evaluation.bench_states as known (order_id, version, state) \
         select order_id, 1, state from unnest($1::text[], $2::bytea[]) as new (order_id, state) \
         on conflict (order_id) do update set version = known.version + 1, state = excluded.state",
    )
    .bind(orders)
    .bind(values)
    .execute(pool)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        // Two writers may meet in different batches; the loser tries again.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("40P01") => {
            Box::pin(upsert(pool, states, orders)).await
        }
        Err(error) => Err(error),
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
async fn watch(
    pool: PgPool,
    prefix: String,
    total: usize,
) -> Result<HashMap<String, Instant>, sqlx::Error> {
    let mut seen: HashMap<String, Instant> = HashMap::with_capacity(total);
    let mut last = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while seen.len() < total && last.elapsed() < Duration::from_secs(60) {
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
