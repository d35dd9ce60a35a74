//! The bare rate: takes the state rows that a replay left and upserts them again, in the
//! same batches, into an empty copy of their table in the same PostgreSQL.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use simulator::{Day, Delivery};
use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::task::JoinSet;

use crate::Fault;

/// What was written, and in what time.
pub(crate) struct Bare {
    pub(crate) rows: u64,
    pub(crate) took: Duration,
}

/// Upserts the rows that the replay left, in the batches in which it wrote them.
pub(crate) async fn measure(
    pool: &PgPool,
    day: &Day,
    deliveries: usize,
    connections: usize,
) -> Result<Bare, Fault> {
    let rows = sqlx::query("select order_id, state from rule_evaluation.order_states")
        .fetch_all(pool)
        .await?;
    let states: HashMap<String, Vec<u8>> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    copy_table(pool).await?;
    let batches = Arc::new(batches(day, deliveries));
    let states = Arc::new(states);
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..connections {
        let (pool, batches) = (pool.clone(), Arc::clone(&batches));
        let (states, step) = (Arc::clone(&states), connections);
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
        .execute(pool)
        .await?;
    Ok(Bare { rows, took })
}

/// An empty copy of the state table, with its partitions and their storage.
async fn copy_table(pool: &PgPool) -> Result<(), Fault> {
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
        sqlx::query(AssertSqlSafe(statement)).execute(pool).await?;
    }
    Ok(())
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
