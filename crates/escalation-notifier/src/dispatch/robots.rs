//! `WeCom` robots: each within its budget, digesting what does not fit.

use std::time::Duration;

use futures::{StreamExt, future, stream};

use crate::{
    channel::wecom,
    domain::{
        delivery::{Plan, plan},
        policy::Channel,
        retry::Answer,
    },
    error::Error,
    notifier::{Notifier, Pass},
    store::{
        budget,
        messages::{self, Message},
    },
};

/// Robots served at the same time.
const AT_ONCE: usize = 8;

/// Most deliveries of one digest: a bound of the transaction, not of the vendor.
const DIGEST_AT_MOST: u32 = 10_000;

/// How much longer than a request a lease lasts.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

impl Notifier {
    /// One pass over every robot that has something to say.
    pub(super) async fn dispatch_robots(&self) -> Result<Pass, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        let robots = messages::robots_due(&mut conn).await?;
        drop(conn);
        let passes: Vec<Result<Pass, Error>> = stream::iter(robots)
            .map(|robot| async move { self.dispatch_robot(&robot).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        passes.into_iter().try_fold(Pass::default(), |total, pass| {
            let pass = pass?;
            let wait = total.wait.into_iter().chain(pass.wait).min();
            Ok(Pass {
                done: total.done + pass.done,
                wait,
            })
        })
    }

    async fn dispatch_robot(&self, robot: &str) -> Result<Pass, Error> {
        let claimed = match self.claim_for(robot).await? {
            Ok(claimed) => claimed,
            Err(wait) => {
                return Ok(Pass {
                    done: 0,
                    wait: Some(wait),
                });
            }
        };
        let done = claimed.len();
        let sent = claimed
            .into_iter()
            .map(|message| self.send_markdown(robot, message));
        for result in future::join_all(sent).await {
            result?;
        }
        Ok(Pass { done, wait: None })
    }

    /// Takes tokens and claims what they pay for, in one transaction; the real
    /// time to wait when there is no token.
    async fn claim_for(&self, robot: &str) -> Result<Result<Vec<Message>, Duration>, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        let bucket = budget::lock(&mut transaction, robot, &inner.budget).await?;
        let waiting = messages::waiting(&mut transaction, robot).await?;
        let plan = plan(waiting, bucket.messages());
        let limit = match plan {
            Plan::Wait if waiting == 0 => return Ok(Ok(Vec::new())),
            Plan::Wait => {
                transaction.commit().await?;
                return Ok(Err(inner.budget.until_one(bucket)));
            }
            Plan::Singly(count) => count,
            Plan::Digest => DIGEST_AT_MOST,
        };
        let claimed = messages::claim(&mut transaction, Channel::Wecom, Some(robot), limit).await?;
        let together: Vec<Message> = match plan {
            _ if claimed.is_empty() => Vec::new(),
            Plan::Digest => vec![Message::of(claimed)],
            _ => claimed
                .into_iter()
                .map(|delivery| Message::of(vec![delivery]))
                .collect(),
        };
        let spent = u32::try_from(together.len()).unwrap_or(u32::MAX);
        budget::spend(&mut transaction, robot, spent).await?;
        let lease = inner.config.webhook_timeout + LEASE_MARGIN;
        messages::begin(&mut transaction, &together, lease, inner.clock.now()).await?;
        transaction.commit().await?;
        Ok(Ok(together))
    }

    async fn send_markdown(&self, robot: &str, message: Message) -> Result<(), Error> {
        let inner = &self.inner;
        let mut conn = inner.pool.acquire().await?;
        let set = inner.policies.in_force(&mut conn).await?;
        drop(conn);
        let language = set.directory.language_of_robot(robot);
        let markdown =
            inner
                .templates
                .markdown(&message.deliveries, language, inner.clock.now())?;
        let answer = match set.directory.robots.get(robot) {
            Some(known) => wecom::send(&inner.webhooks, &known.webhook, &markdown).await,
            None => Answer::Refused {
                detail: "the robot is not in the directory".to_owned(),
            },
        };
        if matches!(answer, Answer::Busy { .. }) {
            let mut conn = inner.pool.acquire().await?;
            budget::rest(&mut conn, robot).await?;
        }
        self.settle(message.id, &answer).await
    }
}
