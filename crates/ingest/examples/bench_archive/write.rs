//! Journalling with and without the index, by turns.

use std::time::Instant;

use chrono::Utc;
use contracts::fact::v1::{FactBatch, SourceDeclaration, WatermarkMode};
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::ingest::v1::{DeclareSourceRequest, PushFactsStreamRequest};
use simulator::{Day, Source};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use crate::fill::renamed;
use crate::{Fault, count};

/// Turns of each.
const TURNS: usize = 3;
/// Copies of the simulated day that are pushed in one turn.
const COPIES: usize = 2;

pub(crate) async fn compare(
    client: IngestServiceClient<Channel>,
    pool: &PgPool,
    day: &Day,
) -> Result<(), Fault> {
    declare(client.clone()).await?;
    let (mut with, mut without) = (0.0, 0.0);
    println!("facts a second into the journal, pushed by a stream of each source:");
    let before = journal(pool).await?;
    let mut pushed = 0.0;
    for turn in 0..TURNS {
        for is_indexed in [true, false] {
            // The statement is still sent, and does nothing.
            let rule = if is_indexed {
                "DROP RULE IF EXISTS without_index ON fact_tail"
            } else {
                "CREATE RULE without_index AS ON INSERT TO fact_tail DO INSTEAD NOTHING"
            };
            sqlx::query(rule).execute(pool).await?;
            let copy = 1_000_000 + turn * 10 + usize::from(is_indexed) * 5;
            let (facts, seconds) = push(&client, day, copy).await?;
            pushed += facts;
            let rate = facts / seconds;
            *(if is_indexed { &mut with } else { &mut without }) += rate / TURNS as f64;
            let word = if is_indexed { "with" } else { "without" };
            println!("  turn {}, {word} index: {rate:.0}", turn + 1);
            drained(pool).await?;
        }
    }
    println!(
        "  on average {with:.0} with and {without:.0} without: {:.1} % less",
        (1.0 - with / without) * 100.0
    );
    let grown = (journal(pool).await? - before) as f64;
    println!(
        "journal as it was pushed, with what else is said of each batch: {:.1} MB for every million facts",
        grown / pushed
    );
    Ok(())
}

/// Declares every source of the day as live.
async fn declare(mut client: IngestServiceClient<Channel>) -> Result<(), Fault> {
    for source in Source::ALL {
        let declaration = SourceDeclaration {
            source: source.name().to_owned(),
            system: source.system().as_str().to_owned(),
            mode: WatermarkMode::Live.into(),
            ..SourceDeclaration::default()
        };
        let request = DeclareSourceRequest {
            declaration: Some(declaration),
        };
        client.declare_source(request).await?;
    }
    Ok(())
}

/// Pushes some copies of the day; returns how many facts and seconds it took.
async fn push(
    client: &IngestServiceClient<Channel>,
    day: &Day,
    copy: usize,
) -> Result<(f64, f64), Fault> {
    let mut streams: Vec<Vec<PushFactsStreamRequest>> = Vec::new();
    for source in Source::ALL {
        let templates: Vec<FactBatch> = day
            .deliveries_of(source)
            .map(|delivery| FactBatch::from(&delivery))
            .collect();
        let mut stream = Vec::new();
        for copy in copy..copy + COPIES {
            for template in &templates {
                let mut batch = renamed(template, copy, Utc::now());
                // A live source states none.
                batch.watermark = None;
                stream.push(PushFactsStreamRequest { batch: Some(batch) });
            }
        }
        streams.push(stream);
    }
    let begun = Instant::now();
    let (mut pushing, mut facts) = (JoinSet::new(), 0);
    for stream in streams {
        let mut client = client.clone();
        pushing.spawn(async move { client.push_facts_stream(tokio_stream::iter(stream)).await });
    }
    while let Some(pushed) = pushing.join_next().await {
        let answer = pushed??.into_inner();
        if answer.rejected_total > 0 {
            return Err(format!("not taken: {answer:?}").into());
        }
        // Sources say some things twice, which is accepted as well, and kept once.
        facts += answer.accepted;
    }
    Ok((facts as f64, begun.elapsed().as_secs_f64()))
}

/// Waits until what was pushed is published, so that no turn pays for the one before.
async fn drained(pool: &PgPool) -> Result<(), Fault> {
    while count(pool, "SELECT count(*) FROM event_pending").await? > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Bytes of today's journal.
async fn journal(pool: &PgPool) -> Result<i64, Fault> {
    let size = "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
                WHERE inhparent = 'event_log'::regclass";
    count(pool, size).await
}
