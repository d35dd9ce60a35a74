//! Facts that come while something else happens, and how long each batch of them takes.

use std::time::{Duration, Instant};

use bytes::Bytes;
use contracts::fact::v1::FactBatch;
use order::{EntityKind, Fact, Revision};
use prost::Message;
use rule_evaluation::evaluation::Evaluation;
use service::consume::{Position, Received, Upstream};
use simulator::Day;

use crate::Fault;
use crate::fill::copied_fact;

/// Facts of one batch.
pub(crate) const BATCH: usize = 20;
/// What separates the orders that facts in a row are about.
const STRIDE: usize = 7_919;

/// Sends facts at a fixed rate.
pub(crate) struct Live {
    pub(crate) evaluation: Evaluation,
    pub(crate) orders: usize,
    pub(crate) rate: usize,
    pub(crate) day: Day,
}

/// How long batches took, the shortest first.
pub(crate) struct Waits(Vec<Duration>);

impl Waits {
    /// The wait that a share of them did not exceed.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let index = (last as f64 * share).round() as usize;
        self.0.get(index).copied().unwrap_or_default()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Live {
    /// Sends as long as something else lasts, one batch after the other: a batch that was
    /// due while another was judged has waited that long already.
    pub(crate) async fn send(&self, sent: &mut usize, beside: impl Future) -> Result<Waits, Fault> {
        let templates: Vec<Fact> = self
            .day
            .orders()
            .filter_map(|(_, facts)| {
                let mut facts = facts.iter();
                facts.find(|fact| fact.kind() == EntityKind::Order).cloned()
            })
            .collect();
        let every = Duration::from_secs_f64(BATCH as f64 / self.rate as f64);
        let mut waits = Vec::new();
        let mut beside = std::pin::pin!(beside);
        let mut due = Instant::now();
        loop {
            due += every;
            tokio::select! {
                biased;
                _ = &mut beside => break,
                () = tokio::time::sleep_until(due.into()) => {}
            }
            *sent += 1;
            let message = self.message(&templates, *sent)?;
            let judged = async { self.evaluation.take_in(&[message]).await };
            let mut judged = std::pin::pin!(judged);
            tokio::select! {
                biased;
                done = &mut judged => done?,
                _ = &mut beside => {
                    judged.await?;
                    break;
                }
            }
            waits.push(due.elapsed());
        }
        waits.sort_unstable();
        Ok(Waits(waits))
    }

    /// A batch that tells something new of orders all over the table.
    fn message(&self, templates: &[Fact], number: usize) -> Result<Received, Fault> {
        let mut facts = Vec::with_capacity(BATCH);
        for index in 0..BATCH {
            let order = (number * BATCH + index) * STRIDE % self.orders;
            let fact = copied_fact(&templates[order % templates.len()], order / templates.len())?;
            let newer = Fact::new(
                fact.source().clone(),
                fact.kind(),
                fact.entity_id().clone(),
                fact.order_id().cloned(),
                Revision(fact.revision().0 + i64::try_from(number)?),
                fact.attributes().to_vec(),
            )?;
            facts.push((&newer).into());
        }
        let sequence = i64::try_from(number)?;
        let batch = FactBatch {
            batch_id: format!("bench-{number}"),
            source: "bench".to_owned(),
            facts,
            sequence,
            oldest_retained_sequence: 1,
            ..FactBatch::default()
        };
        Ok(Received {
            upstream: Upstream::named("ingest"),
            position: Position {
                transaction: 100 + sequence,
                sequence,
            },
            event_id: format!("facts/bench/{number}"),
            subject: "orderwatch.facts.bench".to_owned(),
            payload: Bytes::from(batch.encode_to_vec()),
            traceparent: None,
        })
    }
}
