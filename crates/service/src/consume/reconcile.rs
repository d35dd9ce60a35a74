//! The sure way in: the upstream's event log is compared with the inbox, and
//! what the broker has lost is fetched from there.

mod judgement;
mod revival;
mod upstream_log;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, info, warn};

use self::judgement::Judgement;
use self::upstream_log::{Listed, UpstreamLog};
use super::processor::{Fate, Processor};
use super::{Handler, Position, Upstream};
use crate::error::chain;
use crate::{Error, inbox};

/// Events fetched whole at a time.
const FETCH: usize = 100;

/// How often to reconcile while the broker is away, and after a failure.
const SOON: Duration = Duration::from_secs(5);

/// Compares the log of one upstream with the inbox.
pub(super) struct Reconciler<H> {
    processor: Arc<Processor<H>>,
    log: UpstreamLog,
}

/// What one pass did.
struct Pass {
    delivered: usize,
    /// Whether everything through the end of the log is handled, or is expected
    /// from the broker.
    complete: bool,
}

impl<H: Handler> Reconciler<H> {
    pub(super) fn new(
        processor: Arc<Processor<H>>,
        upstream: Upstream,
        endpoint: &str,
    ) -> Result<Self, Error> {
        let prefix = processor.subscription.subject_prefix();
        let log = UpstreamLog::new(upstream, endpoint, prefix)?;
        Ok(Self { processor, log })
    }

    /// Reconciles at the start, then regularly and whenever the broker came back.
    pub(super) async fn run(mut self) {
        let mut changes = self.processor.bus.changes();
        let mut complained = false;
        while !self.processor.shutdown.is_cancelled() {
            let pause = match self.pass().await {
                Ok(pass) => {
                    complained = false;
                    self.pause(&pass)
                }
                Err(error) => {
                    if complained {
                        debug!(upstream.name = self.log.upstream.name(), error = %chain(&error), "cannot reconcile yet");
                    } else {
                        warn!(upstream.name = self.log.upstream.name(), error = %chain(&error), "cannot reconcile, trying on");
                    }
                    complained = true;
                    SOON.min(self.processor.subscription.reconcile_every)
                }
            };
            tokio::select! {
                () = self.processor.shutdown.cancelled() => return,
                _ = changes.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn pause(&self, pass: &Pass) -> Duration {
        let every = self.processor.subscription.reconcile_every;
        if pass.complete && self.processor.bus.is_connected() {
            every
        } else {
            every.min(SOON)
        }
    }

    async fn pass(&mut self) -> Result<Pass, Error> {
        self.revive_lost_letters().await?;
        let pool = self.processor.database.pool().clone();
        let judgement = Judgement::of(&self.processor).await;
        let mut at = inbox::cursor(&pool, self.log.upstream.name(), self.log.prefix()).await?;
        let mut pass = Pass {
            delivered: 0,
            complete: true,
        };
        // The cursor moves as long as nothing before it is missing.
        let mut unbroken = true;
        while !self.processor.shutdown.is_cancelled() {
            let page = self.log.list(at).await?;
            let Some(last) = page.last() else { break };
            at = last.position;
            let (delivered, first_missing) = self.settle_page(&page, &judgement).await?;
            pass.delivered += delivered;
            if unbroken {
                let through = first_missing.map_or(Some(at), |missing| before(&page, missing));
                if let Some(through) = through {
                    inbox::advance(&pool, self.log.upstream.name(), self.log.prefix(), through)
                        .await?;
                }
                unbroken = first_missing.is_none();
                pass.complete &= unbroken || !judgement.nothing_comes;
            }
        }
        inbox::prune(&pool, self.log.upstream.name()).await?;
        if pass.delivered > 0 {
            info!(
                upstream.name = self.log.upstream.name(),
                stream.name = self.processor.subscription.stream.name(),
                events.delivered = pass.delivered,
                "reconciled with the upstream's log"
            );
        }
        Ok(pass)
    }

    /// Delivers what is lost of a page; tells how many, and the first event
    /// that is still not handled.
    async fn settle_page(
        &mut self,
        page: &[Listed],
        judgement: &Judgement,
    ) -> Result<(usize, Option<Position>), Error> {
        let missing = self.missing(page).await?;
        let lost: Vec<Position> = missing
            .iter()
            .filter(|event| judgement.is_lost(event.created_at))
            .map(|event| event.position)
            .collect();
        let mut settled = HashSet::new();
        for some in lost.chunks(FETCH) {
            settled.extend(self.deliver(some).await?);
        }
        let first_missing = missing
            .iter()
            .map(|event| event.position)
            .find(|position| !settled.contains(position));
        Ok((settled.len(), first_missing))
    }

    /// Those of a page that are wanted and neither handled nor given up.
    async fn missing<'page>(&self, page: &'page [Listed]) -> Result<Vec<&'page Listed>, Error> {
        let subscription = &self.processor.subscription;
        let mut wanted: Vec<&Listed> = page
            .iter()
            .filter(|event| subscription.wants(&event.subject))
            .collect();
        let positions: Vec<Position> = wanted.iter().map(|event| event.position).collect();
        let pool = self.processor.database.pool();
        let seen = inbox::seen(pool, self.log.upstream.name(), &positions).await?;
        wanted.retain(|event| !seen.contains(&event.position));
        Ok(wanted)
    }

    /// Fetches events and hands them to the handler; tells which are settled.
    async fn deliver(&mut self, positions: &[Position]) -> Result<Vec<Position>, Error> {
        let mut settled = Vec::new();
        let mut left = positions.to_vec();
        while !left.is_empty() && !self.processor.shutdown.is_cancelled() {
            let events = self.log.get(&left).await?;
            let got: HashSet<Position> = events.iter().map(|event| event.position).collect();
            if got.is_empty() {
                // Retention dropped them between the listing and now.
                settled.append(&mut left);
                break;
            }
            left.retain(|position| !got.contains(position));
            for batch in events.chunks(self.processor.subscription.max_messages.max(1)) {
                let fates = self.processor.settle(batch).await;
                let done = batch
                    .iter()
                    .zip(fates)
                    .filter(|(_, fate)| *fate == Fate::Settled);
                settled.extend(done.map(|(event, _)| event.position));
            }
        }
        Ok(settled)
    }
}

/// The last place of the page before the one that is missing.
fn before(page: &[Listed], missing: Position) -> Option<Position> {
    page.iter()
        .map(|event| event.position)
        .take_while(|position| *position < missing)
        .last()
}
