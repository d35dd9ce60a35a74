//! Endpoints: their robots each within a budget, digesting what does not fit.

use std::{ops::RangeInclusive, time::Duration};

use chrono::Utc;
use futures::{StreamExt, future, stream};
use sqlx::PgConnection;

use super::{addressee::Addressee, pool::Pool};
use crate::{
    channel::{
        markup::Markup,
        vendor::{self, Content, Vendor},
    },
    domain::{
        channel::Channel,
        endpoint::Robot,
        retry::Answer,
        share::{self, Share, Waiting},
    },
    error::Error,
    message::Form,
    notifier::{Notifier, Pass},
    store::{
        budget,
        messages::{self, Message},
    },
};

/// Endpoints served at the same time.
const AT_ONCE: usize = 8;

/// Most deliveries of one digest: a bound of the transaction, not of the vendor.
const DIGEST_AT_MOST: u32 = 10_000;

/// How much longer than a request a lease lasts.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

/// A message and the robot that puts it on the wire.
struct Carried {
    robot: Robot,
    /// Name of the bucket that pays for it.
    bucket: String,
    message: Message,
}

impl Notifier {
    /// One pass over every endpoint of a channel that has something to say.
    pub(super) async fn dispatch_endpoints(
        &self,
        channel: Channel,
        vendor: &dyn Vendor,
    ) -> Result<Pass, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        let due = messages::recipients_due(&mut conn, channel).await?;
        drop(conn);
        let passes: Vec<Result<Pass, Error>> = stream::iter(due)
            .map(|name| async move { self.dispatch_endpoint(channel, vendor, &name).await })
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

    async fn dispatch_endpoint(
        &self,
        channel: Channel,
        vendor: &dyn Vendor,
        name: &str,
    ) -> Result<Pass, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        let set = self.inner.policies.in_force(&mut conn).await?;
        drop(conn);
        let addressee = match Addressee::find(channel, name, &set.directory) {
            Ok(addressee) => addressee,
            Err(why) => {
                let detail = why.to_owned();
                let answer = Answer::Refused { detail };
                return self.answer_waiting(channel, name, &answer).await;
            }
        };
        let (carried, wait) = self.claim_for(vendor, name, &addressee).await?;
        let done = carried.len();
        let limits = vendor.limits();
        let form = Form {
            markup: limits.markup,
            bytes: limits.bytes,
            language: addressee.language,
        };
        let sent = carried
            .into_iter()
            .map(|carried| self.send_carried(vendor, form, addressee.to, carried));
        for result in future::join_all(sent).await {
            result?;
        }
        Ok(Pass { done, wait })
    }

    /// Takes tokens and claims what they pay for, in one transaction. What waits
    /// on waits for the tokens of so much real time.
    async fn claim_for(
        &self,
        vendor: &dyn Vendor,
        name: &str,
        addressee: &Addressee<'_>,
    ) -> Result<(Vec<Carried>, Option<Duration>), Error> {
        let inner = &self.inner;
        let Addressee {
            endpoint, counted, ..
        } = addressee;
        let limits = vendor.limits();
        let budget = inner.budget_of(endpoint.channel, &limits);
        let mut transaction = inner.pool.begin().await?;
        let mut pool = Pool::lock(&mut transaction, &endpoint.robots, counted, budget).await?;
        let rest = pool.rest();
        if rest > inner.config.retry.patience {
            transaction.rollback().await?;
            let answer = Answer::Busy {
                retry_after: Some(rest),
                detail: "the vendor has blocked every robot of this endpoint for a while"
                    .to_owned(),
            };
            self.answer_waiting(endpoint.channel, name, &answer).await?;
            return Ok((Vec::new(), None));
        }
        let waiting = messages::waiting(&mut transaction, endpoint.channel, name).await?;
        let plan = share::plan(waiting, pool.allowance(limits.digests));
        let mut carried = Vec::new();
        for (urgency, share) in [
            (share::OVERTAKING, plan.urgent),
            (share::ORDINARY, plan.ordinary),
        ] {
            let (channel, digests) = (endpoint.channel, limits.digests);
            let messages = claim(&mut transaction, channel, name, urgency, share, digests).await?;
            carried.extend(messages.into_iter().filter_map(|message| {
                let (robot, bucket) = pool.take()?;
                Some(Carried {
                    robot,
                    bucket,
                    message,
                })
            }));
        }
        pool.spend(&mut transaction).await?;
        let lease = inner.config.webhook_timeout + LEASE_MARGIN;
        let written: Vec<&Message> = carried.iter().map(|it| &it.message).collect();
        messages::begin(&mut transaction, &written, lease, inner.clock.now()).await?;
        transaction.commit().await?;
        let left = Waiting {
            urgent: waiting.urgent * u32::from(plan.urgent == Share::Nothing),
            ordinary: waiting.ordinary * u32::from(plan.ordinary == Share::Nothing),
        };
        Ok((carried, pool.until(left)))
    }

    async fn send_carried(
        &self,
        vendor: &dyn Vendor,
        form: Form,
        to: Option<&str>,
        carried: Carried,
    ) -> Result<(), Error> {
        let inner = &self.inner;
        let Carried {
            robot,
            bucket,
            message,
        } = carried;
        let (now, deliveries) = (inner.clock.now(), &message.deliveries);
        let link = match deliveries.as_slice() {
            [one] => inner.link(one),
            _ => None,
        };
        let is_card = vendor.makes_cards(&robot.own) && inner.is_answerable(deliveries);
        // A card has a button and leads to the page itself, so its text does neither.
        let (form, linked) = if is_card {
            let markup = Markup::Plain;
            (Form { markup, ..form }, None)
        } else {
            (form, link.as_deref())
        };
        let content = Content {
            deliveries,
            to,
            title: &inner.templates.title(deliveries, form.language, now)?,
            text: &inner.templates.text(deliveries, linked, form, now)?,
            link: link.as_deref(),
            is_card,
            language: form.language,
            at: Utc::now(),
        };
        let answer = vendor::send(vendor, &inner.caller, &robot, &content).await;
        if let Answer::Busy { retry_after, .. } = &answer {
            let block = retry_after.unwrap_or(vendor.limits().block);
            let mut conn = inner.pool.acquire().await?;
            budget::rest(&mut conn, &bucket, block).await?;
        }
        self.settle(message.id, &answer).await
    }

    /// Settles what waits for an endpoint without putting it on any wire.
    async fn answer_waiting(
        &self,
        channel: Channel,
        name: &str,
        answer: &Answer,
    ) -> Result<Pass, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        let claimed = messages::claim(
            &mut transaction,
            channel,
            Some(name),
            share::ANY,
            DIGEST_AT_MOST,
        )
        .await?;
        if claimed.is_empty() {
            return Ok(Pass::default());
        }
        let message = Message::of(claimed);
        let now = inner.clock.now();
        messages::begin(&mut transaction, &[&message], LEASE_MARGIN, now).await?;
        let settled = self.settle_in(&mut transaction, message.id, answer).await?;
        transaction.commit().await?;
        inner.settled(settled);
        Ok(Pass {
            done: message.deliveries.len(),
            wait: None,
        })
    }
}

/// Claims a share.
async fn claim(
    conn: &mut PgConnection,
    channel: Channel,
    name: &str,
    urgency: RangeInclusive<i16>,
    share: Share,
    digests: bool,
) -> Result<Vec<Message>, Error> {
    let limit = match share {
        Share::Nothing => return Ok(Vec::new()),
        Share::Singly(count) => count,
        Share::Digest => DIGEST_AT_MOST,
    };
    let claimed = messages::claim(conn, channel, Some(name), urgency, limit).await?;
    Ok(match share {
        _ if claimed.is_empty() => Vec::new(),
        Share::Digest => vec![Message::of(claimed)],
        _ if digests => Message::bundled(claimed),
        _ => claimed
            .into_iter()
            .map(|delivery| Message::of(vec![delivery]))
            .collect(),
    })
}
