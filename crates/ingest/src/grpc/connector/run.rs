//! Runs that somebody asks for, told of while they go on.

use contracts::ingest::v1 as wire;
use contracts::time::{self, timestamp};
use order::Timestamp;
use service::error::status;
use service::event_log;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Connectors, Progressing, missing, signed};
use crate::connector::{Connector, Origin, Position, Range, Start};
use crate::domain::{BadRequest, FeedKey, Lease};
use crate::grpc::quarantined;
use crate::poller::{Active, Begin, Report, Sink, Stopped, Totals};
use crate::store::feed::Claimed;
use crate::{Error, events, store};

/// Reports that wait for whoever listens; a slow listener slows the run down.
const REPORTS: usize = 8;

impl Connectors {
    pub(super) async fn run(
        &self,
        request: wire::RunConnectorRequest,
    ) -> Result<Progressing<wire::RunConnectorResponse>, Error> {
        let feed = self.feed(&request.name, &request.dataset).await?;
        let active = self.ready(&feed).await?;
        let response = |progress| wire::RunConnectorResponse {
            progress: Some(progress),
        };
        if request.dry_run {
            let checkpoint = store::feed::checkpoint(self.context.database.pool(), &feed).await?;
            let begin = Begin {
                checkpoint,
                until: None,
            };
            return Ok(self.told(active, Job::Aside(begin, Sink::Nowhere), response));
        }
        let by = signed(&request.actor, &request.reason)?;
        let claimed = self.poller.take(&feed).await?;
        let claimed = claimed.ok_or_else(|| Error::FeedBusy(feed.to_string()))?;
        self.noted("run", &feed, by, String::new()).await?;
        Ok(self.told(active, Job::Regular(claimed), response))
    }

    pub(super) async fn backfill(
        &self,
        request: wire::BackfillConnectorRequest,
    ) -> Result<Progressing<wire::BackfillConnectorResponse>, Error> {
        let by = signed(&request.actor, &request.reason)?;
        let feed = self.feed(&request.name, &request.dataset).await?;
        let (from, to) = self.stretch(&request)?;
        let mut active = self.ready(&feed).await?;
        let Range::Instants { start, .. } = active.range_mut() else {
            let message = "is not read by instants, so no stretch of time can be read again";
            return Err(BadRequest::new("dataset", message).into());
        };
        *start = Start::At(from);
        let begin = Begin {
            checkpoint: None,
            until: Some(to),
        };
        let note = format!("from {from} to {to}");
        self.noted("backfilled", &feed, by, note).await?;
        let job = Job::Aside(begin, Sink::Backfill);
        Ok(
            self.told(active, job, |progress| wire::BackfillConnectorResponse {
                progress: Some(progress),
            }),
        )
    }

    fn stretch(
        &self,
        request: &wire::BackfillConnectorRequest,
    ) -> Result<(Timestamp, Timestamp), Error> {
        let read = |field, at: &prost_types::Timestamp| {
            time::instant(at).map_err(|error| BadRequest::new(field, error))
        };
        let from = request
            .from
            .as_ref()
            .ok_or_else(|| BadRequest::new("from", "is missing"))?;
        let from = read("from", from)?;
        let to = match &request.to {
            Some(to) => read("to", to)?,
            None => self.poller.now(),
        };
        if from >= to {
            return Err(BadRequest::new("to", format!("{to} is not after {from}")).into());
        }
        Ok((from, to))
    }

    /// Finds the feed that is meant.
    async fn feed(&self, name: &str, dataset: &str) -> Result<FeedKey, Error> {
        let stored = store::connector::get(self.context.database.pool(), name).await?;
        let stored = stored.ok_or_else(|| missing(name))?;
        let catalogue = std::sync::Arc::new(order::Catalogue::standard());
        let connector = Connector::parse(&stored.yaml, catalogue).map_err(Error::Mapping)?;
        let asked: Vec<&str> = connector
            .feeds()
            .iter()
            .filter(|feed| matches!(feed.origin, Origin::Poll(_) | Origin::Query(_)))
            .map(|feed| feed.dataset.as_str())
            .collect();
        let found = match (dataset, asked.as_slice()) {
            ("", [only]) => Some(*only),
            ("", _) => {
                let message = format!("say which: {}", asked.join(", "));
                return Err(BadRequest::new("dataset", message).into());
            }
            (dataset, asked) => asked.iter().copied().find(|known| *known == dataset),
        };
        let unknown = || {
            Error::NoConnector(format!(
                "dataset `{dataset}` of `{name}` that is polled or queried"
            ))
        };
        Ok(FeedKey {
            connector: name.to_owned(),
            dataset: found.ok_or_else(unknown)?.to_owned(),
        })
    }

    async fn ready(&self, feed: &FeedKey) -> Result<Active, Error> {
        let active = self.poller.active(feed).await;
        active.map_err(|stopped| match stopped {
            Stopped::Internal(error) => error,
            stopped => {
                let (code, reason) = stopped.told();
                Error::FeedBlocked {
                    feed: feed.to_string(),
                    code,
                    reason,
                }
            }
        })
    }

    async fn noted(
        &self,
        what: &str,
        feed: &FeedKey,
        by: (&str, &str),
        note: String,
    ) -> Result<(), Error> {
        let mut transaction = self.context.database.pool().begin().await?;
        let version = store::connector::next_version(&mut transaction).await?;
        let of = (feed.connector.as_str(), version);
        let note = format!("dataset {} {note}", feed.dataset);
        let event = events::connector(what, of, by, note.trim_end().to_owned(), self.poller.now());
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.context.relay.wake();
        Ok(())
    }

    /// Runs a job beside the call and tells how it goes.
    fn told<T: Send + 'static>(
        &self,
        active: Active,
        job: Job,
        response: impl Fn(wire::RunProgress) -> T + Send + Sync + 'static,
    ) -> Progressing<T> {
        let (told, stream) = mpsc::channel(REPORTS);
        let (reports, mut reported) = mpsc::channel(REPORTS);
        let this = self.clone();
        tokio::spawn(async move {
            let running = job.run(&this, &active, reports);
            let telling = async {
                while let Some(report) = reported.recv().await {
                    if told.send(Ok(response(reporting(report)))).await.is_err() {
                        break;
                    }
                }
            };
            let (outcome, ()) = tokio::join!(running, telling);
            let last = outcome
                .map(|outcome| response(ended(&outcome)))
                .map_err(|error| status(&error));
            // Whoever does not listen any more asks for the status later.
            let _ = told.send(last).await;
        });
        ReceiverStream::new(stream)
    }
}

/// What is to be run.
enum Job {
    /// The feed itself, whose lease is held.
    Regular(Claimed),
    /// Something beside it.
    Aside(Begin, Sink),
}

impl Job {
    async fn run(
        self,
        on: &Connectors,
        active: &Active,
        reports: mpsc::Sender<Report>,
    ) -> Result<Result<Totals, Stopped>, Error> {
        let poller = &on.poller;
        let claimed = match self {
            Self::Aside(begin, sink) => {
                return Ok(poller.execute(active, begin, sink, Some(reports)).await);
            }
            Self::Regular(claimed) => claimed,
        };
        let lease: Lease = claimed.lease.clone();
        let outcome = poller.held(active, claimed, Some(reports)).await;
        let (result, noted) = match outcome {
            Ok(totals) => (Ok(totals.clone()), Ok(totals)),
            Err(stopped) => {
                let (code, message) = stopped.told();
                (Err((code, message)), Err(stopped))
            }
        };
        let now = poller.now();
        let due = now + active.schedule().every;
        poller.conclude(&lease, noted, (now, due)).await?;
        Ok(result.map_err(|(code, message)| Stopped::Told(code, message)))
    }
}

fn reporting(report: Report) -> wire::RunProgress {
    match report {
        Report::Page {
            totals,
            window,
            intake,
        } => {
            let from = match window.from {
                Some(Position::Instant(from)) => Some(timestamp(from)),
                _ => None,
            };
            wire::RunProgress {
                window_from: from,
                window_to: window.to.map(timestamp),
                samples: quarantined(&intake).collect(),
                ..progress(&totals)
            }
        }
        Report::Waits {
            totals,
            until,
            because,
        } => wire::RunProgress {
            waiting_until: Some(timestamp(until)),
            waiting_for: because.to_string(),
            ..progress(&totals)
        },
    }
}

fn ended(outcome: &Result<Totals, Stopped>) -> wire::RunProgress {
    match outcome {
        Ok(totals) => wire::RunProgress {
            done: true,
            ..progress(totals)
        },
        Err(stopped) => {
            let (code, error) = stopped.told();
            wire::RunProgress {
                done: true,
                error_code: code.to_owned(),
                error,
                ..wire::RunProgress::default()
            }
        }
    }
}

fn progress(totals: &Totals) -> wire::RunProgress {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    wire::RunProgress {
        pages: i32::try_from(totals.pages).unwrap_or(i32::MAX),
        records: number(totals.records),
        facts: number(totals.facts),
        quarantined: number(totals.quarantined),
        through: totals.through.map(timestamp),
        notice: totals.notice.clone(),
        ..wire::RunProgress::default()
    }
}
