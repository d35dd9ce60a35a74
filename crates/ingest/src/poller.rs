//! Runs polls and queries: asks, waits and stores what the machine of [`crate::poll`] decides.

mod active;
mod client;
mod database;
mod pace;
mod run;
mod schedule;
mod signing;
mod stopped;
mod token;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use order::Timestamp;
use service::error::chain;
use service::runtime::Context;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::{Instrument, info_span, warn};
use uuid::Uuid;

use crate::config::{Config, Secrets};
use crate::domain::FeedKey;
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::store::feed::{self, Claimed, Ended};
use crate::{Error, store};

pub(crate) use active::Active;
pub(crate) use run::{Begin, Report, Sink, Totals};
pub(crate) use stopped::Stopped;

use active::Kept;
use client::Client;
use token::Tokens;

/// How often the database is asked for feeds that other replicas made due or gave up.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What runs polls; cheap to clone.
#[derive(Clone)]
pub(crate) struct Poller {
    context: Context,
    queue: Queue,
    metrics: Metrics,
    secrets: Arc<Secrets>,
    client: Client,
    tokens: Arc<Tokens>,
    kept: Arc<Kept>,
    news: Arc<Notify>,
    holder: Uuid,
    lease: TimeDelta,
    most: usize,
}

impl Poller {
    pub(crate) fn new(
        context: Context,
        queue: Queue,
        metrics: Metrics,
        config: &Config,
    ) -> Result<Self, Error> {
        Ok(Self {
            context,
            queue,
            metrics,
            secrets: Arc::new(config.secrets.clone()),
            client: Client::new(&config.outbound)?,
            tokens: Arc::default(),
            kept: Arc::default(),
            news: Arc::default(),
            holder: Uuid::new_v4(),
            lease: config.lease,
            most: config.polls,
        })
    }

    /// Looks at once for what is due.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Runs what is due until the service stops; what runs then is given back.
    pub(crate) async fn keep_running(self) -> Result<(), Error> {
        let mut running = JoinSet::new();
        while !self.context.shutdown.is_cancelled() {
            while let Some(ended) = running.try_join_next() {
                told(ended);
            }
            let claimed = match self.claim(running.len()).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    warn!(error = %chain(&error), "cannot look for feeds that are due");
                    Vec::new()
                }
            };
            for feed in claimed {
                let span = info_span!("poll", feed = %feed.lease.feed);
                let poller = self.clone();
                running.spawn(async move { poller.regular(feed).await }.instrument(span));
            }
            self.rest(&mut running).await;
        }
        while let Some(ended) = running.join_next().await {
            told(ended);
        }
        Ok(())
    }

    async fn claim(&self, running: usize) -> Result<Vec<Claimed>, Error> {
        let free = i64::try_from(self.most.saturating_sub(running)).unwrap_or(i64::MAX);
        if free == 0 {
            return Ok(Vec::new());
        }
        let pool = self.context.database.pool();
        Ok(feed::claim(pool, self.holder, (self.now(), self.lease), free).await?)
    }

    /// Waits until there may be something to do.
    async fn rest(&self, running: &mut JoinSet<Result<(), Error>>) {
        let due = feed::next_due(self.context.database.pool()).await;
        let due = due.ok().flatten().filter(|due| *due > self.now());
        let falls_due = async {
            match due {
                Some(due) => self.context.clock.sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.context.shutdown.cancelled() => {}
            () = self.news.notified() => {}
            () = falls_due => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(ended) = running.join_next(), if !running.is_empty() => told(ended),
        }
    }

    /// Runs a feed as it is due, and notes how it went.
    async fn regular(&self, claimed: Claimed) -> Result<(), Error> {
        let began = self.now();
        let lease = claimed.lease.clone();
        let pool = self.context.database.pool();
        let active = match self.active(&lease.feed).await {
            Ok(active) => active,
            Err(stopped) => {
                let (code, message) = stopped.told();
                let due = began + schedule::RETRY_BLOCKED;
                feed::prevent(pool, &lease, due, (code, &message)).await?;
                return Ok(());
            }
        };
        let failures = claimed.failures;
        let outcome = self.held(&active, claimed, None).await;
        let now = self.now();
        let chance = rand::random();
        let due_at = match &outcome {
            Ok(_) => schedule::next(active.schedule(), began, now, chance),
            Err(stopped) => schedule::retry(active.schedule(), stopped, failures, now, chance),
        };
        self.conclude(&lease, outcome, (now, due_at)).await
    }

    /// Notes how a run went and gives its lease back.
    pub(crate) async fn conclude(
        &self,
        lease: &crate::domain::Lease,
        outcome: Result<Totals, Stopped>,
        (now, due_at): (Timestamp, Timestamp),
    ) -> Result<(), Error> {
        let pool = self.context.database.pool();
        match outcome {
            Ok(_) => {
                let ended = Ended {
                    now,
                    due_at,
                    error: None,
                };
                feed::end(pool, lease, &ended).await?;
            }
            // Somebody else has it, or will have it at once.
            Err(Stopped::Overtaken) => {}
            Err(Stopped::Stopping) => feed::prevent(pool, lease, now, ("", "")).await?,
            Err(stopped) => {
                let (code, message) = stopped.told();
                warn!(feed = %lease.feed, error.code = code, error = %message, "a poll failed");
                let ended = Ended {
                    now,
                    due_at,
                    error: Some((code, &message)),
                };
                feed::end(pool, lease, &ended).await?;
            }
        }
        Ok(())
    }

    /// Runs a feed for as long as its lease is held.
    pub(crate) async fn held(
        &self,
        active: &Active,
        claimed: Claimed,
        reports: Option<run::Reports>,
    ) -> Result<Totals, Stopped> {
        let lease = claimed.lease;
        let begin = Begin {
            checkpoint: claimed.checkpoint,
            until: None,
        };
        let sink = Sink::Journal(lease.clone());
        tokio::select! {
            outcome = self.execute(active, begin, sink, reports) => outcome,
            () = self.lost(&lease) => Err(Stopped::Overtaken),
        }
    }

    /// Says again and again that the feed is still run; returns when it may not be any more.
    async fn lost(&self, lease: &crate::domain::Lease) {
        let third = (self.lease / 3).to_std().unwrap_or(LOOK_EVERY);
        loop {
            tokio::time::sleep(third).await;
            match feed::renew(self.context.database.pool(), lease, self.lease).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => warn!(error = %error, "cannot renew the lease of a feed"),
            }
        }
    }

    /// Takes one feed now, unless somebody runs it.
    pub(crate) async fn take(&self, feed: &FeedKey) -> Result<Option<Claimed>, Error> {
        let pool = self.context.database.pool();
        let when = (self.now(), self.lease);
        Ok(feed::take(pool, self.holder, feed, when).await?)
    }

    /// Gets a feed ready: its connector compiled, its parameters and secrets looked up.
    pub(crate) async fn active(&self, feed: &FeedKey) -> Result<Active, Stopped> {
        let stored = store::connector::get(self.context.database.pool(), &feed.connector).await;
        let stored = stored.map_err(|error| Stopped::Internal(error.into()))?;
        let stored = stored.ok_or(Stopped::Overtaken)?;
        self.kept.active(stored, &feed.dataset, &self.secrets)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.clock.now().into()
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

fn told(ended: Result<Result<(), Error>, tokio::task::JoinError>) {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(error = %chain(&error), "cannot note how a poll went"),
        Err(error) => warn!(error = %error, "a poll ended badly"),
    }
}
