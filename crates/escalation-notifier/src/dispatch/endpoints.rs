//! Who is told something by a channel: each within a budget, digesting what does not fit.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use sqlx::PgConnection;
use tokio::time::Instant;

use super::{
    addressee::Addressee, carrier::Carrier, pool::Pool, sending::Sending, settle::Answered,
    under_way::UnderWay,
};
use crate::{
    domain::{
        budget::Pace,
        channel::Channel,
        delivery::Outgoing,
        retry::Answer,
        share::{self, Part, Share, Waiting},
    },
    error::Error,
    notifier::{LOOK, Notifier, Pass},
    store::{
        again,
        messages::{self, Message},
        queue,
    },
};

/// Most deliveries of one digest: a bound of the transaction, not of the vendor.
const DIGEST_AT_MOST: u32 = 10_000;

/// Most messages that may have arrived that are answered at once without being sent.
const AGAIN_AT_MOST: u32 = 100;

/// How long what is put on no wire may take.
const AT_ONCE: Duration = Duration::from_secs(20);

impl Notifier {
    /// One pass over those for whom a channel has something to say, the most urgent first, as
    /// far as there is room for each.
    pub(super) async fn claim_all(
        &self,
        channel: Channel,
        carrier: Carrier,
        under_way: &mut UnderWay,
    ) -> Result<Pass, Error> {
        let most = carrier.most_under_way(&self.inner.config);
        under_way.make_room(most).await?;
        let mut conn = self.inner.pool.acquire().await?;
        let due = queue::recipients_due(&mut conn, channel).await?;
        drop(conn);
        let mut total = Pass::default();
        for name in due {
            let room = match carrier {
                Carrier::Vendor(_) => under_way.room_for(&name, most),
                // It answers for everybody.
                Carrier::Relay => under_way.free(most),
            };
            if room == 0 {
                // Until some of theirs have ended.
                total.wait = total.wait.or(Some(LOOK));
                continue;
            }
            let pass = self.claim_for(channel, carrier, &name, room, under_way);
            let pass = pass.await?;
            total.done += pass.done;
            total.wait = total.wait.into_iter().chain(pass.wait).min();
        }
        Ok(total)
    }

    /// Takes what one recipient's budget has left and claims what that pays for, in one
    /// transaction, and sends it. What waits on waits for so much real time.
    async fn claim_for(
        &self,
        channel: Channel,
        carrier: Carrier,
        name: &str,
        room: u32,
        under_way: &mut UnderWay,
    ) -> Result<Pass, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        let set = inner.policies.in_force(&mut transaction).await?;
        let addressee = match Addressee::find(channel, name, &set.directory) {
            Ok(addressee) => addressee,
            Err(why) => {
                transaction.rollback().await?;
                let detail = why.to_owned();
                let answer = Answer::Refused { detail };
                return self.answer_waiting(channel, name, answer).await;
            }
        };
        let limits = carrier.limits();
        let budget = inner.budget_of(channel, &limits);
        let (robots, counted) = (addressee.robots, &addressee.counted);
        let mut pool = Pool::lock(&mut transaction, robots, counted, budget).await?;
        let rest = pool.rest();
        if rest > inner.config.retry.patience {
            transaction.rollback().await?;
            let answer = Answer::Busy {
                retry_after: Some(rest),
                detail: "the vendor has blocked every robot of this endpoint for a while"
                    .to_owned(),
            };
            self.answer_waiting(channel, name, answer).await?;
            return Ok(Pass::default());
        }
        let (claimed_at, lease) = (Instant::now(), carrier.lease(&inner.config));
        let (mut going, mut left) = (Vec::new(), Waiting::default());
        if pool.is_unlimited() && !limits.digests {
            let all = claim_singly(&mut transaction, channel, name, room).await?;
            going.extend(all.into_iter().map(|message| (Pace::Urgent, message)));
        } else {
            let allowance = pool.allowance(limits.digests);
            let most = allowance.worth_counting();
            let waiting = queue::waiting(&mut transaction, channel, name, most).await?;
            let plan = share::plan(waiting, allowance).at_most(room);
            left = plan.left_of(waiting);
            for (pace, urgency, part) in [
                (Pace::Urgent, share::OVERTAKING, plan.urgent),
                (Pace::Ordinary, share::ORDINARY, plan.ordinary),
            ] {
                let digests = limits.digests;
                let some = claim(&mut transaction, channel, name, urgency, part, digests);
                going.extend(some.await?.into_iter().map(|message| (pace, message)));
            }
        }
        let claimed: Vec<Sending> = going
            .into_iter()
            .filter_map(|(pace, message)| {
                let (robot, bucket) = pool.take(message.id, pace)?;
                Some(Sending {
                    carrier,
                    robot,
                    bucket,
                    message,
                    to: addressee.to.map(str::to_owned),
                    language: addressee.language,
                    channel,
                    set: Arc::clone(&set),
                    claimed_at,
                    lease,
                })
            })
            .collect();
        pool.spend(&mut transaction, lease.whole).await?;
        let written: Vec<&Message> = claimed.iter().map(|it| &it.message).collect();
        messages::begin(&mut transaction, &written, lease.whole, inner.clock.now()).await?;
        transaction.commit().await?;
        let done = claimed.len();
        for sending in claimed {
            under_way.add(name, self.clone().send(sending));
        }
        Ok(Pass {
            done,
            wait: pool.until(left),
        })
    }

    /// Settles what waits for an endpoint without putting it on any wire.
    async fn answer_waiting(
        &self,
        channel: Channel,
        name: &str,
        answer: Answer,
    ) -> Result<Pass, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        let again =
            again::claim(&mut transaction, channel, name, share::ANY, AGAIN_AT_MOST).await?;
        let new = queue::claim(
            &mut transaction,
            channel,
            name,
            queue::NEW,
            share::ANY,
            DIGEST_AT_MOST,
        )
        .await?;
        let again = again.into_iter().flat_map(|it| it.deliveries);
        let claimed: Vec<Outgoing> = again.chain(new).collect();
        if claimed.is_empty() {
            return Ok(Pass::default());
        }
        let message = Message::of(claimed);
        let now = inner.clock.now();
        messages::begin(&mut transaction, &[&message], AT_ONCE, now).await?;
        let answered = Answered {
            message: message.id,
            answer,
        };
        let settled = self.settle_in(&mut transaction, &[answered]).await?;
        transaction.commit().await?;
        inner.settled(settled);
        Ok(Pass {
            done: message.deliveries.len(),
            wait: None,
        })
    }
}

/// Claims messages about one ticket each, where nobody counts how many there are.
async fn claim_singly(
    conn: &mut PgConnection,
    channel: Channel,
    name: &str,
    room: u32,
) -> Result<Vec<Message>, Error> {
    let mut messages: Vec<Message> = Vec::new();
    for urgency in [share::OVERTAKING, share::ORDINARY] {
        for kind in [queue::AGAIN, queue::NEW] {
            let taken = u32::try_from(messages.len()).unwrap_or(u32::MAX);
            let left = room.saturating_sub(taken);
            if left == 0 {
                return Ok(messages);
            }
            let some = queue::claim(conn, channel, name, kind, urgency.clone(), left).await?;
            messages.extend(some.into_iter().map(|it| Message::of(vec![it])));
        }
    }
    Ok(messages)
}

/// Claims a share.
async fn claim(
    conn: &mut PgConnection,
    channel: Channel,
    name: &str,
    urgency: RangeInclusive<i16>,
    part: Part,
    digests: bool,
) -> Result<Vec<Message>, Error> {
    let mut messages = again::claim(conn, channel, name, urgency.clone(), part.again).await?;
    let limit = match part.new {
        Share::Nothing => return Ok(messages),
        Share::Singly(count) => count,
        Share::Digest => DIGEST_AT_MOST,
    };
    let claimed = queue::claim(conn, channel, name, queue::NEW, urgency, limit).await?;
    match part.new {
        _ if claimed.is_empty() => {}
        Share::Digest => messages.push(Message::of(claimed)),
        _ if digests => messages.extend(Message::bundled(claimed)),
        _ => messages.extend(claimed.into_iter().map(|it| Message::of(vec![it]))),
    }
    Ok(messages)
}
