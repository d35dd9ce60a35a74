//! The sure way in: the upstream's event log is compared with the inbox, and
//! what the broker has lost is fetched from there.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::operations::v1 as wire;
use contracts::operations::v1::event_log_service_client::EventLogServiceClient;
use tracing::{debug, info, warn};

use super::processor::{Fate, Processor};
use super::{Handler, Position, Received, Upstream};
use crate::client::{self, Traced};
use crate::error::chain;
use crate::{Error, inbox};

/// Headers asked for at a time.
const PAGE: i32 = 1_000;

/// Events fetched whole at a time.
const FETCH: usize = 100;

/// Past this age an event counts as lost even though the broker is busy.
const STALE: TimeDelta = TimeDelta::minutes(5);

/// How often to reconcile while the broker is away, and after a failure.
const SOON: Duration = Duration::from_secs(5);

/// Compares the log of one upstream with the inbox.
pub(super) struct Reconciler<H> {
    processor: Arc<Processor<H>>,
    upstream: Upstream,
    endpoint: String,
    client: EventLogServiceClient<Traced>,
    prefix: String,
}

/// What tells a lost event from one that is still on its way.
struct Judgement {
    /// The broker is away or has nothing left for this consumer.
    nothing_comes: bool,
    /// When the stream was made: what is older is not in it.
    stream_created: Option<DateTime<Utc>>,
    /// The present by the wall clock, in which logs are written.
    now: DateTime<Utc>,
    grace: TimeDelta,
}

impl Judgement {
    fn is_lost(&self, created_at: DateTime<Utc>) -> bool {
        let age = self.now - created_at;
        let before_stream = self
            .stream_created
            .is_some_and(|created| created_at < created);
        age >= self.grace && (self.nothing_comes || before_stream || age >= STALE)
    }
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
        let channel = client::channel(endpoint, Duration::from_secs(20))?;
        let client = EventLogServiceClient::new(channel).max_decoding_message_size(16 << 20);
        let prefix = processor.subscription.subject_prefix();
        Ok(Self {
            processor,
            upstream,
            endpoint: endpoint.to_owned(),
            client,
            prefix,
        })
    }

    /// Reconciles at the start, then regularly and whenever the broker came back.
    pub(super) async fn run(mut self) {
        let mut changes = self.processor.bus.changes();
        let mut complained = false;
        while !self.processor.shutdown.is_cancelled() {
            let pause = match self.pass().await {
                Ok(pass) => {
                    complained = false;
                    if pass.delivered > 0 {
                        info!(
                            upstream.name = self.upstream.name(),
                            stream.name = self.processor.subscription.stream.name(),
                            events.delivered = pass.delivered,
                            "reconciled with the upstream's log"
                        );
                    }
                    self.pause(&pass)
                }
                Err(error) => {
                    if complained {
                        debug!(upstream.name = self.upstream.name(), error = %chain(&error), "cannot reconcile yet");
                    } else {
                        warn!(upstream.name = self.upstream.name(), error = %chain(&error), "cannot reconcile, trying on");
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
        let judgement = self.judgement().await;
        let mut at = inbox::cursor(&pool, self.upstream.name(), &self.prefix).await?;
        let mut pass = Pass {
            delivered: 0,
            complete: true,
        };
        // The cursor moves as long as nothing before it is missing.
        let mut unbroken = true;
        while !self.processor.shutdown.is_cancelled() {
            let page = self.list(at).await?;
            let Some(last) = page.last() else { break };
            at = last.0;
            let (delivered, first_missing) = self.settle_page(&page, &judgement).await?;
            pass.delivered += delivered;
            if unbroken {
                let through = first_missing.map_or(Some(at), |missing| before(&page, missing));
                if let Some(through) = through {
                    inbox::advance(&pool, self.upstream.name(), &self.prefix, through).await?;
                }
                unbroken = first_missing.is_none();
                pass.complete &= unbroken || !judgement.nothing_comes;
            }
        }
        inbox::prune(&pool, self.upstream.name()).await?;
        Ok(pass)
    }

    async fn judgement(&self) -> Judgement {
        let subscription = &self.processor.subscription;
        let backlog = self
            .processor
            .bus
            .backlog(subscription.stream, &subscription.durable)
            .await;
        Judgement {
            nothing_comes: backlog
                .is_ok_and(|backlog| backlog.pending == 0 && backlog.unacknowledged == 0)
                || !self.processor.bus.is_connected(),
            stream_created: self
                .processor
                .bus
                .created_at(subscription.stream)
                .map(DateTime::<Utc>::from),
            now: Utc::now(),
            grace: TimeDelta::from_std(subscription.grace).unwrap_or(TimeDelta::zero()),
        }
    }

    /// Delivers what is lost of a page; tells how many, and the first event
    /// that is still not handled.
    async fn settle_page(
        &mut self,
        page: &[(Position, String, DateTime<Utc>)],
        judgement: &Judgement,
    ) -> Result<(usize, Option<Position>), Error> {
        let subscription = Arc::clone(&self.processor.subscription);
        let wanted: Vec<&(Position, String, DateTime<Utc>)> = page
            .iter()
            .filter(|(_, subject, _)| subscription.wants(subject))
            .collect();
        let positions: Vec<Position> = wanted.iter().map(|(position, ..)| *position).collect();
        let seen = inbox::seen(
            self.processor.database.pool(),
            self.upstream.name(),
            &positions,
        )
        .await?;
        let missing: Vec<_> = wanted
            .into_iter()
            .filter(|(position, ..)| !seen.contains(position))
            .collect();
        let lost: Vec<Position> = missing
            .iter()
            .filter(|(.., created)| judgement.is_lost(*created))
            .map(|(position, ..)| *position)
            .collect();
        let mut settled = HashSet::new();
        for some in lost.chunks(FETCH) {
            settled.extend(self.deliver(some).await?);
        }
        let first_missing = missing
            .iter()
            .map(|(position, ..)| *position)
            .find(|position| !settled.contains(position));
        Ok((settled.len(), first_missing))
    }

    /// Fetches events and hands them to the handler; tells which are settled.
    async fn deliver(&mut self, positions: &[Position]) -> Result<Vec<Position>, Error> {
        let mut settled = Vec::new();
        let mut left = positions.to_vec();
        while !left.is_empty() && !self.processor.shutdown.is_cancelled() {
            let events = self.get(&left).await?;
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

    async fn list(
        &mut self,
        after: Position,
    ) -> Result<Vec<(Position, String, DateTime<Utc>)>, Error> {
        let after = Some(wire::Position {
            transaction: after.transaction,
            sequence: after.sequence,
        });
        let request = wire::ListEventsRequest {
            after,
            subject_prefix: self.prefix.clone(),
            limit: PAGE,
        };
        let answer = self
            .client
            .list_events(request)
            .await
            .map_err(|status| self.failed(status))?;
        let events = answer.into_inner().events.into_iter();
        Ok(events
            .filter_map(|event| {
                let created = event.created_at?;
                let nanos = u32::try_from(created.nanos).unwrap_or(0);
                let created = DateTime::from_timestamp(created.seconds, nanos)?;
                Some((placed(event.position?), event.subject, created))
            })
            .collect())
    }

    async fn get(&mut self, positions: &[Position]) -> Result<Vec<Received>, Error> {
        let positions = positions
            .iter()
            .map(|position| wire::Position {
                transaction: position.transaction,
                sequence: position.sequence,
            })
            .collect();
        let answer = self
            .client
            .get_events(wire::GetEventsRequest { positions })
            .await;
        let events = answer
            .map_err(|status| self.failed(status))?
            .into_inner()
            .events;
        Ok(events
            .into_iter()
            .filter_map(|event| {
                let header = event.header?;
                Some(Received {
                    upstream: self.upstream.clone(),
                    position: placed(header.position?),
                    event_id: header.event_id,
                    subject: header.subject,
                    payload: event.payload.into(),
                    traceparent: (!event.traceparent.is_empty()).then_some(event.traceparent),
                })
            })
            .collect())
    }

    /// A dead letter that its stream has lost is no dead letter: its event is
    /// fetched from the log and tried again.
    async fn revive_lost_letters(&self) -> Result<(), Error> {
        let pool = self.processor.database.pool();
        let buried = inbox::buried(pool, self.upstream.name()).await?;
        if buried.is_empty() || !self.processor.bus.is_connected() {
            return Ok(());
        }
        for (position, sequence) in buried {
            let kept = self
                .processor
                .is_kept(sequence, &self.upstream, position)
                .await?;
            if !kept {
                self.revive(position, sequence).await?;
            }
        }
        Ok(())
    }

    async fn revive(&self, position: Position, sequence: i64) -> Result<(), Error> {
        let held = inbox::buried_event(
            self.processor.database.pool(),
            self.upstream.name(),
            position,
        )
        .await?;
        if held != Some(sequence) {
            return Ok(());
        }
        let mut client = self.client.clone();
        let asked = wire::Position {
            transaction: position.transaction,
            sequence: position.sequence,
        };
        let answer = client
            .get_events(wire::GetEventsRequest {
                positions: vec![asked],
            })
            .await;
        let found = answer
            .map_err(|status| self.failed(status))?
            .into_inner()
            .events
            .into_iter()
            .next();
        let Some((event, header)) =
            found.and_then(|event| event.header.clone().map(|header| (event, header)))
        else {
            return Ok(());
        };
        if !header.subject.starts_with(&self.prefix)
            || !self.processor.subscription.wants(&header.subject)
        {
            return Ok(());
        }
        warn!(
            event.id = header.event_id,
            dead_letter.sequence = sequence,
            "a dead letter was lost, trying its event again"
        );
        let again = Received {
            upstream: self.upstream.clone(),
            position,
            event_id: header.event_id,
            subject: header.subject,
            payload: event.payload.into(),
            traceparent: (!event.traceparent.is_empty()).then_some(event.traceparent),
        };
        self.processor.settle(std::slice::from_ref(&again)).await;
        Ok(())
    }

    fn failed(&self, status: tonic::Status) -> Error {
        let (upstream, endpoint) = (self.upstream.name().to_owned(), self.endpoint.clone());
        Error::Upstream {
            upstream,
            endpoint,
            status: Box::new(status),
        }
    }
}

fn placed(position: wire::Position) -> Position {
    Position {
        transaction: position.transaction,
        sequence: position.sequence,
    }
}

/// The last place of the page before the one that is missing.
fn before(page: &[(Position, String, DateTime<Utc>)], missing: Position) -> Option<Position> {
    page.iter()
        .map(|(position, ..)| *position)
        .take_while(|position| *position < missing)
        .last()
}
