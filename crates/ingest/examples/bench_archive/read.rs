//! Reading back, beside the bare limit.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::ingest::v1::{ReadFactsRequest, ReadOrderFactsRequest};
use prost::Message;
use sqlx::{PgPool, Row};
use tokio_stream::StreamExt;
use tonic::transport::Channel;

use crate::fill::Sample;
use crate::{Fault, MILLION};

/// Reads that are not counted: connections open, statements are prepared.
const WARM_UP: usize = 20;

pub(crate) async fn orders(
    mut client: IngestServiceClient<Channel>,
    pool: &PgPool,
    samples: &[Sample],
) -> Result<(), Fault> {
    let (mut took, mut facts, mut batches) = (Vec::new(), 0, 0);
    for sample in samples.iter().take(WARM_UP).chain(samples) {
        let begun = Instant::now();
        let request = ReadOrderFactsRequest {
            order_id: sample.order_id.clone(),
            sources: Vec::new(),
        };
        let mut answers = client.read_order_facts(request).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            facts += answer.facts.len();
        }
        took.push(begun.elapsed());
        batches += sample.journalled_at.len();
    }
    let each = |count: usize| count as f64 / took.len() as f64;
    println!(
        "all facts of one order, {} random orders of {:.1} facts in {:.1} batches:",
        samples.len(),
        each(facts),
        each(batches)
    );
    tell("ReadOrderFacts", took.split_off(WARM_UP));
    let mut bare = Vec::new();
    for sample in samples.iter().take(WARM_UP).chain(samples) {
        let keys = keys(pool, &sample.journalled_at).await?;
        let begun = Instant::now();
        let rows = by_key(pool, keys).await?;
        bare.push(begun.elapsed());
        if rows != sample.journalled_at.len() {
            return Err(format!("{rows} rows of order {}", sample.order_id).into());
        }
    }
    tell(
        "the same rows by primary key, bare",
        bare.split_off(WARM_UP),
    );
    Ok(())
}

type Keys = (Vec<i64>, Vec<i64>, Vec<DateTime<Utc>>);

async fn keys(pool: &PgPool, journalled_at: &[DateTime<Utc>]) -> Result<Keys, Fault> {
    let rows = sqlx::query(
        "SELECT log.xid, log.id, log.created_at FROM UNNEST($1::timestamptz[]) AS asked (at)
         CROSS JOIN LATERAL (
             SELECT xid, id, created_at FROM event_log
             WHERE starts_with(subject, 'orderwatch.facts.') AND created_at = asked.at LIMIT 1) AS log",
    )
    .bind(journalled_at)
    .fetch_all(pool)
    .await?;
    let mut keys = Keys::default();
    for row in rows {
        keys.0.push(row.get(0));
        keys.1.push(row.get(1));
        keys.2.push(row.get(2));
    }
    Ok(keys)
}

async fn by_key(pool: &PgPool, (xids, ids, instants): Keys) -> Result<usize, Fault> {
    let rows = sqlx::query(
        "SELECT log.payload FROM UNNEST($1::bigint[], $2::bigint[], $3::timestamptz[]) AS asked (xid, id, at)
         CROSS JOIN LATERAL (
             SELECT payload FROM event_log
             WHERE xid = asked.xid AND id = asked.id AND created_at = asked.at LIMIT 1) AS log",
    )
    .bind(xids)
    .bind(ids)
    .bind(instants)
    .fetch_all(pool)
    .await?;
    Ok(rows.len())
}

pub(crate) async fn everything(
    mut client: IngestServiceClient<Channel>,
    pool: &PgPool,
) -> Result<(), Fault> {
    let begun = Instant::now();
    let mut answers = client
        .read_facts(ReadFactsRequest::default())
        .await?
        .into_inner();
    let (mut facts, mut bytes) = (0, 0);
    while let Some(answer) = answers.message().await? {
        for batch in answer.batches.into_iter().filter_map(|batch| batch.batch) {
            facts += batch.facts.len();
            bytes += batch.encoded_len();
        }
    }
    let read = begun.elapsed();
    let begun = Instant::now();
    let mut rows = sqlx::query(
        "SELECT payload FROM event_log WHERE starts_with(subject, 'orderwatch.facts.')
         ORDER BY created_at, id",
    )
    .fetch(pool);
    let mut bare_bytes = 0;
    while let Some(row) = rows.try_next().await? {
        bare_bytes += row.get::<&[u8], _>(0).len();
    }
    let bare = begun.elapsed();
    println!(
        "everything between two instants, {:.2} million facts:",
        facts as f64 / MILLION
    );
    for (what, took, bytes) in [
        ("ReadFacts, decoded by its reader", read, bytes),
        ("the same rows in order of arrival, bare", bare, bare_bytes),
    ] {
        println!(
            "  {what}: {:.0} facts a second, {:.0} MB a second",
            facts as f64 / took.as_secs_f64(),
            bytes as f64 / MILLION / took.as_secs_f64()
        );
    }
    Ok(())
}

fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "  {what}: median {:.2?}, p99 {:.2?}, most {:.2?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
