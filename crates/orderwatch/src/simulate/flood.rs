//! Pushes everything at once, to see how much the whole path takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contracts::fact::v1::FactBatch;
use contracts::ingest::v1::PushFactsStreamRequest;
use futures::stream;
use simulator::Source;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Pushed, SharedDay, quiet};
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::progress::note;

/// Batches written out ahead of the stream.
const AHEAD: usize = 64;

/// How fast it went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flood {
    pub(super) pushed: Pushed,
    /// Until the last batch was in the journal.
    pub(super) accepted_after: Duration,
    /// Until everything was judged and published.
    pub(super) judged_after: Duration,
}

pub(super) async fn run(connection: &Connection, day: &SharedDay) -> Result<Flood, Failure> {
    let begun = Instant::now();
    let mut sources = JoinSet::new();
    for source in Source::ALL {
        let (connection, day) = (connection.clone(), Arc::clone(day));
        sources.spawn(async move { send(&connection, day, source).await });
    }
    let mut pushed = Pushed::default();
    while let Some(done) = sources.join_next().await {
        pushed.add(done.map_err(|error| Failure::new(Exit::Internal, error.to_string()))??);
    }
    let accepted_after = begun.elapsed();
    note(&format!("{} facts are in the journal", pushed.facts));
    quiet::until_judged(connection).await?;
    Ok(Flood {
        pushed,
        accepted_after,
        judged_after: begun.elapsed(),
    })
}

/// One stream a system, in the order of its journal.
async fn send(connection: &Connection, day: SharedDay, source: Source) -> Result<Pushed, Failure> {
    let (sender, mut batches) = mpsc::channel(AHEAD);
    let writer = tokio::task::spawn_blocking(move || {
        let mut facts = 0;
        for delivery in day.deliveries_of(source) {
            facts += delivery.facts.len() as u64;
            let batch = Some(FactBatch::from(&delivery));
            if sender
                .blocking_send(PushFactsStreamRequest { batch })
                .is_err()
            {
                break;
            }
        }
        facts
    });
    // The channel's own deadline is for calls; a flood lasts as long as it lasts.
    let answer = connection
        .unhurried()
        .ingest()
        .once(async |mut client| {
            let batches = stream::poll_fn(move |context| batches.poll_recv(context));
            client.push_facts_stream(batches).await
        })
        .await?;
    let facts = writer
        .await
        .map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
    Ok(Pushed {
        batches: answer.batches.unsigned_abs(),
        facts,
        rejected: answer.rejected_total.unsigned_abs(),
    })
}
