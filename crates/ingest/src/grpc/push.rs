//! Facts that sources push.

use contracts::fact::v1::FactBatch;
use contracts::ingest::v1 as wire;
use service::error::status;
use service::telemetry;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tonic::{Status, Streaming};

use super::{Ingest, count};
use crate::Error;
use crate::domain::{BadRequest, Entry, Intake, judge_batch};
use crate::store::journal::Outcome;

/// Batches of one stream that may wait for the journal at once: enough to fill a group.
const IN_FLIGHT: usize = 64;
/// Most rejected facts that a stream's answer tells one by one.
const MAX_TOLD: usize = 1_000;

/// What became of one batch.
struct Pushed {
    accepted: usize,
    is_duplicate: bool,
    rejected: Vec<wire::RejectedFact>,
}

impl Ingest {
    pub(super) async fn push(
        &self,
        request: wire::PushFactsRequest,
    ) -> Result<wire::PushFactsResponse, Error> {
        let (intake, rejected) = self.judged(request.batch)?;
        let accepted = intake.facts();
        let pushed = pushed(&self.queue.offer(intake).await?, accepted, rejected);
        Ok(wire::PushFactsResponse {
            accepted: count(pushed.accepted),
            duplicate: pushed.is_duplicate,
            rejected: pushed.rejected,
        })
    }

    /// Takes batches until the client closes. The journal is written while further batches
    /// arrive; when it falls behind, the client is slowed down.
    pub(super) async fn push_stream(
        &self,
        mut batches: Streaming<wire::PushFactsStreamRequest>,
    ) -> Result<wire::PushFactsStreamResponse, Status> {
        let (sender, mut results) = mpsc::channel::<Result<Pushed, Error>>(IN_FLIGHT);
        let mut total = wire::PushFactsStreamResponse::default();
        let mut in_flight = 0_usize;
        let mut is_open = true;
        while is_open || in_flight > 0 {
            tokio::select! {
                Some(result) = results.recv(), if in_flight > 0 => {
                    in_flight -= 1;
                    add(&mut total, result.map_err(|error| status(&error))?);
                }
                batch = batches.next(), if is_open && in_flight < IN_FLIGHT => {
                    let Some(request) = batch.transpose()? else {
                        is_open = false;
                        continue;
                    };
                    let (intake, rejected) = self.judged(request.batch).map_err(|error| status(&error))?;
                    in_flight += 1;
                    self.journal_beside(intake, rejected, sender.clone());
                }
            }
        }
        Ok(total)
    }

    fn journal_beside(
        &self,
        intake: Intake,
        rejected: Vec<wire::RejectedFact>,
        results: mpsc::Sender<Result<Pushed, Error>>,
    ) {
        let queue = self.queue.clone();
        tokio::spawn(async move {
            let accepted = intake.facts();
            let outcome = queue.wait(intake).await;
            // The stream is gone when another of its batches failed; the sender repeats all.
            let _ = results
                .send(outcome.map(|outcome| pushed(&outcome, accepted, rejected)))
                .await;
        });
    }

    fn judged(&self, batch: Option<FactBatch>) -> Result<(Intake, Vec<wire::RejectedFact>), Error> {
        let batch = batch.ok_or_else(|| BadRequest::new("batch", "is missing"))?;
        let mut intake = judge_batch(batch, &self.catalogue, self.now())?;
        intake.traceparent = telemetry::traceparent();
        let rejected = intake.quarantine.iter().map(rejected).collect();
        Ok((intake, rejected))
    }
}

fn pushed(outcome: &Outcome, accepted: usize, rejected: Vec<wire::RejectedFact>) -> Pushed {
    let (accepted, is_duplicate) = match outcome {
        Outcome::Duplicate { facts } => (usize::try_from(*facts).unwrap_or(accepted), true),
        Outcome::Accepted { .. } | Outcome::Refused(_) => (accepted, false),
    };
    Pushed {
        accepted,
        is_duplicate,
        rejected,
    }
}

fn rejected(entry: &Entry) -> wire::RejectedFact {
    wire::RejectedFact {
        index: i32::try_from(entry.line).unwrap_or(i32::MAX),
        field: entry.field.clone(),
        error: entry.error.clone(),
        quarantine_id: entry.id.to_string(),
    }
}

fn add(total: &mut wire::PushFactsStreamResponse, pushed: Pushed) {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    total.batches += 1;
    total.accepted += number(pushed.accepted);
    total.duplicates += i64::from(pushed.is_duplicate);
    total.rejected_total += number(pushed.rejected.len());
    let room = MAX_TOLD.saturating_sub(total.rejected.len());
    total
        .rejected
        .extend(pushed.rejected.into_iter().take(room));
}
