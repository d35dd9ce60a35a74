//! How quickly the journal answers as an archive, how large it is, and what its index costs
//! whoever journals.
//!
//! Fills a fresh database with batches of the simulated day, again and again under other ids,
//! as if they had arrived over the last days; has a service index them; reads random orders,
//! and everything; then pushes facts with and without the index, by turns. Beside each way of
//! reading stands the bare limit: the same rows, by primary key or in order of arrival, without
//! anything being done with them.
//!
//! ```text
//! python3 scripts/servers.py run --data-dir /tmp/servers -- \
//!     cargo run --release -p ingest --example bench_archive -- [MILLION FACTS] [DAYS] [ORDERS READ]
//! ```

mod fill;
mod read;
mod write;

use std::error::Error;
use std::time::{Duration, Instant};

use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use ingest::{Config, SERVICE};
use service::clock::Clock;
use service::testkit::TestContext;
use simulator::Shop;
use sqlx::PgPool;

use fill::Filling;

type Fault = Box<dyn Error + Send + Sync>;

const MILLION: f64 = 1_000_000.0;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (millions, days, reads) = (number(10)?, number(8)?, number(2_000)?);
    let test = TestContext::start(&SERVICE, Clock::wall()).await;
    let pool = test.context.database.pool().clone();
    let day = Shop::default().live();

    let begun = Instant::now();
    let filling = Filling::of(&day, millions * 1_000_000, days);
    let filled = filling.fill(&pool, reads).await?;
    let millions = filled.facts as f64 / MILLION;
    println!(
        "{millions:.2} million facts of {} orders in {} batches over {days} days, written in {:.0?}",
        filled.orders,
        filled.batches,
        begun.elapsed()
    );

    let running = ingest::start(test.context, Config::default()).await?;
    let begun = Instant::now();
    while count(&pool, "SELECT count(*) FROM unindexed_days").await? > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begun.elapsed();
    println!(
        "indexed afterwards in {took:.1?}: {:.2} million facts a second",
        millions / took.as_secs_f64()
    );
    sqlx::query("VACUUM ANALYZE").execute(&pool).await?;
    sizes(&pool, "as filled", millions).await?;

    let client = IngestServiceClient::connect(running.endpoint())
        .await?
        .max_decoding_message_size(64 << 20);
    read::orders(client.clone(), &pool, &filled.samples).await?;
    read::everything(client.clone(), &pool).await?;
    write::compare(client, &pool, &day).await?;
    Ok(())
}

/// What the tables take on disk.
async fn sizes(pool: &PgPool, when: &str, millions: f64) -> Result<(), Fault> {
    let journal = "SELECT COALESCE(sum(pg_table_size(inhrelid)), 0)::bigint FROM pg_inherits
                   WHERE inhparent = 'event_log'::regclass";
    let keys = "SELECT COALESCE(sum(pg_indexes_size(inhrelid)), 0)::bigint FROM pg_inherits
                WHERE inhparent = 'event_log'::regclass";
    let index =
        "SELECT (pg_total_relation_size('fact_leaves') + pg_total_relation_size('fact_segments')
                 + pg_total_relation_size('fact_tail'))::bigint";
    println!("size {when}, MB for every million facts:");
    for (what, query) in [
        ("journal rows", journal),
        ("their primary key and order of arrival", keys),
        ("index by order", index),
    ] {
        let bytes = count(pool, query).await?;
        println!("  {what}: {:.1}", bytes as f64 / MILLION / millions);
    }
    let segments = count(pool, "SELECT count(*) FROM fact_segments").await?;
    println!("  segments in all: {segments}");
    Ok(())
}

async fn count(pool: &PgPool, query: &'static str) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}
