//! How far the judgement has come: what a replay waits for.

use std::collections::HashMap;

use contracts::ingest::v1::ListSourcesRequest;
use contracts::rules::v1;
use contracts::time::timestamp;
use order::Systems;

use crate::domain::source::TimerGate;
use crate::error::Error;
use crate::grpc::Rules;
use crate::store::{progress, timers};

/// Due orders are counted no further.
const MOST_COUNTED: i64 = 100_000;

impl Rules {
    pub(super) async fn progress(
        &self,
        request: &v1::GetProgressRequest,
    ) -> Result<v1::GetProgressResponse, Error> {
        let journal = self
            .ingest
            .clone()
            .list_sources(ListSourcesRequest {})
            .await
            .map_err(|status| Error::Upstream {
                service: "ingest",
                status: Box::new(status),
            })?
            .into_inner()
            .sources;
        let mut conn = self.database.pool().acquire().await?;
        let completeness = self.evaluation.completeness(&mut conn).await?;
        let mut orders_due = 0;
        for next in timers::next(&mut conn).await? {
            let before = TimerGate::from_stored(next.gate).due_before(&completeness);
            if !before.is_finite() {
                // A source that has stated nothing yet: nothing is due on it.
                continue;
            }
            orders_due +=
                timers::count_due(&mut conn, next.gate, before.into(), MOST_COUNTED).await?;
        }
        let counts = if request.exact {
            progress::count_exactly(&mut conn).await?
        } else {
            progress::count(&mut conn).await?
        };
        let rule_set = self.rule_sets.current(&mut conn).await?.number();

        let judged: HashMap<&str, i64> = completeness
            .standings()
            .iter()
            .map(|standing| (standing.declaration.source.as_str(), standing.frontier))
            .collect();
        let batches_behind = journal
            .iter()
            .map(|source| {
                let name = source
                    .declaration
                    .as_ref()
                    .map_or("", |d| d.source.as_str());
                source.sequence - judged.get(name).copied().unwrap_or_default()
            })
            .sum();
        let everything = Systems::from_bits(u8::MAX);
        let effective = completeness.effective(everything);
        Ok(v1::GetProgressResponse {
            orders: counts.orders,
            exceptions: counts.exceptions,
            batches_behind,
            orders_due: orders_due + counts.rejudgements,
            rule_set,
            effective_at: effective.is_finite().then(|| timestamp(effective)),
            outbox_pending: counts.unpublished,
        })
    }
}
