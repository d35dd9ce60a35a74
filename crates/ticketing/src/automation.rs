//! Machines that steps call instead of people: the calls are made here, and their answers taken
//! back to the desk.

mod answer;
mod endpoint;
mod message;
mod publish;
mod webhook;

use std::time::Duration;

use bus::Bus;
use chrono::TimeDelta;
use service::{error::chain, lifecycle::Shutdown};
use tokio::task::JoinSet;

pub use endpoint::{Endpoint, Endpoints, Secret};

use crate::{
    config::AutomationConfig,
    desk::{Assignment, Desk},
    domain::{automation::Job, ticket::Answer},
    error::Error,
};
use publish::Publisher;
use webhook::Webhooks;

/// How long to wait after the database failed.
const RETRY: Duration = Duration::from_secs(1);
/// How long, in reality, it takes until calls are looked for that another replica left.
const RECHECK: Duration = Duration::from_secs(30);

/// Makes the calls that steps wait for; cheap to clone.
#[derive(Clone)]
pub struct Caller {
    desk: Desk,
    webhooks: Webhooks,
    publisher: Publisher,
    at_once: usize,
}

/// What came of one attempt.
#[derive(Debug)]
enum Attempt {
    /// There is an answer.
    Answered(Answer),
    /// There will be none.
    Failed(String),
    /// There may be one later.
    Again {
        /// Why there is none.
        why: String,
        /// How long the other side asks us to wait.
        wait: Option<TimeDelta>,
        /// Whether it was tried at all.
        tried: bool,
    },
}

impl Caller {
    /// Makes calls for a desk.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(desk: Desk, bus: Bus, config: AutomationConfig) -> Result<Self, Error> {
        Ok(Self {
            webhooks: Webhooks::new(config.endpoints, config.destinations)?,
            publisher: Publisher::new(bus, config.subjects),
            at_once: config.calls,
            desk,
        })
    }

    /// Makes calls until shutdown, asleep whenever none is due, and ends those under way.
    ///
    /// # Errors
    /// Never: it answers so to be spawned beside loops that do fail.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Error> {
        let mut under_way = JoinSet::new();
        while !shutdown.is_cancelled() {
            let free = self.at_once.saturating_sub(under_way.len());
            let next = match self.begin(&mut under_way, free).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "cannot look for calls, they stay due");
                    shutdown.sleep(RETRY).await;
                    continue;
                }
            };
            // One that ends makes room for the next.
            let next = next.filter(|_| under_way.len() < self.at_once);
            tokio::select! {
                () = shutdown.cancelled() => {}
                Some(_ended) = under_way.join_next() => {}
                () = self.desk.calls_due(next) => {}
                () = tokio::time::sleep(RECHECK) => {}
            }
        }
        under_way.join_all().await;
        Ok(())
    }

    /// Makes every call that is due, and waits for what comes of each; returns how many there were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_due(&self) -> Result<usize, Error> {
        let mut under_way = JoinSet::new();
        self.begin(&mut under_way, self.at_once).await?;
        Ok(under_way.join_all().await.len())
    }

    /// Begins calls that are due, and says when the next one is.
    async fn begin(
        &self,
        under_way: &mut JoinSet<()>,
        free: usize,
    ) -> Result<Option<crate::domain::Instant>, Error> {
        let limit = i64::try_from(free).unwrap_or(i64::MAX);
        for assignment in self.desk.claim_calls(limit).await? {
            let caller = self.clone();
            under_way.spawn(async move { caller.make(assignment).await });
        }
        self.desk.next_call().await
    }

    /// Makes one call, and takes what came of it to the desk. Should that fail, the call stays
    /// claimed for a while and is then made again under the same id.
    #[tracing::instrument(skip_all, fields(
        ticket.id = %assignment.ticket.id, step.name = assignment.claimed.call.step
    ))]
    async fn make(&self, assignment: Assignment) {
        let attempt = self.attempt(&assignment).await;
        if let Err(error) = self.settle(assignment, attempt).await {
            tracing::warn!(error = %chain(&error), "cannot note what came of a call, it is made again");
        }
    }

    async fn attempt(&self, assignment: &Assignment) -> Attempt {
        let body = message::of(&assignment.ticket, &assignment.claimed.call);
        let id = assignment.claimed.call.id();
        match &assignment.automation.job {
            Job::Webhook(webhook) => self.webhooks.call(webhook, id, body, &self.desk).await,
            Job::Publish { subject } => self.publisher.publish(subject, id, body).await,
            Job::Wait { .. } => Attempt::Failed("there is nobody to call".to_owned()),
        }
    }

    async fn settle(&self, assignment: Assignment, attempt: Attempt) -> Result<(), Error> {
        let mut claimed = assignment.claimed;
        match attempt {
            Attempt::Answered(answer) => self.desk.answered(claimed, Ok(answer)).await,
            Attempt::Failed(why) => self.desk.answered(claimed, Err(why)).await,
            Attempt::Again { why, wait, tried } => {
                claimed.failures += i32::from(tried);
                let failures = u32::try_from(claimed.failures).unwrap_or_default();
                let (most, backoff) = match &assignment.automation.job {
                    Job::Webhook(webhook) => (webhook.attempts, webhook.wait_after(failures)),
                    // Only its time limits it.
                    _ => (u32::MAX, publish::BACKOFF),
                };
                if failures >= most {
                    let why = format!("it failed {failures} times, the last time because {why}");
                    return self.desk.answered(claimed, Err(why)).await;
                }
                tracing::info!(
                    reason = why,
                    call.failures = failures,
                    "a call failed, it is made again"
                );
                let wait = wait.map_or(backoff, |asked| asked.max(backoff));
                self.desk.postpone(&claimed, wait).await
            }
        }
    }
}
