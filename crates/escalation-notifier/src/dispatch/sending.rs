//! One message: written, put on the wire, settled.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    carrier::{Carrier, Lease},
    settle::Answered,
};
use crate::{
    channel::vendor::{self, Vendor},
    domain::{
        channel::Channel, directory::Language, endpoint::Robot, policy::PolicySet, retry::Answer,
    },
    error::Error,
    message::Form,
    notifier::Notifier,
    store::{budget, messages::Message},
};

/// Deliveries from which a digest waits for its turn to be settled, and holds up no others then.
const LARGE: usize = 50;

/// A message and what puts it on the wire.
pub(super) struct Sending {
    pub(super) carrier: Carrier,
    pub(super) robot: Robot,
    /// Name of the bucket that pays for it.
    pub(super) bucket: String,
    pub(super) message: Message,
    /// Address of the person, where it is told one by one.
    pub(super) to: Option<String>,
    /// Language of who reads it.
    pub(super) language: Language,
    /// By which channel it goes.
    pub(super) channel: Channel,
    /// What is in force, words of the operator's own included.
    pub(super) set: Arc<PolicySet>,
    pub(super) claimed_at: Instant,
    pub(super) lease: Lease,
}

impl Notifier {
    pub(super) async fn send(self, sending: Sending) -> Result<(), Error> {
        let inner = &self.inner;
        let Sending {
            claimed_at, lease, ..
        } = sending;
        let answer = if claimed_at.elapsed() > lease.to_begin {
            Answer::Unavailable {
                retry_after: None,
                detail: "it was too late to send this under its lease".to_owned(),
            }
        } else {
            let answered = self.put_on_the_wire(&sending);
            match tokio::time::timeout_at(claimed_at + lease.whole, answered).await {
                Ok(answer) => answer?,
                Err(_late) => Answer::Unknown {
                    retry_after: None,
                    detail: "there was no answer before its lease ended".to_owned(),
                },
            }
        };
        if let Answer::Busy { retry_after, .. } = &answer {
            let block = retry_after.unwrap_or(sending.carrier.limits().block);
            let mut conn = inner.pool.acquire().await?;
            budget::rest(&mut conn, &sending.bucket, block).await?;
        }
        let answered = Answered {
            message: sending.message.id,
            answer,
        };
        let until = claimed_at + lease.whole;
        if sending.message.deliveries.len() <= LARGE {
            return self.settle_together(answered, until).await;
        }
        let _turn = inner.settling.acquire().await.ok();
        self.settle_surely(answered, until).await
    }

    async fn put_on_the_wire(&self, sending: &Sending) -> Result<Answer, Error> {
        match sending.carrier {
            Carrier::Vendor(vendor) => self.put_at_vendor(vendor, sending).await,
            Carrier::Relay => self.put_at_relay(sending).await,
        }
    }

    async fn put_at_vendor(&self, vendor: &dyn Vendor, sending: &Sending) -> Result<Answer, Error> {
        let (inner, robot) = (&self.inner, &sending.robot);
        let wordings = &sending.set.wordings;
        let form = Form::within(
            &vendor.limits(),
            sending.channel,
            sending.language,
            wordings,
        );
        let written = inner.written(vendor, &robot.own, &sending.message, form)?;
        let content = written.content(sending.to.as_deref());
        Ok(vendor::send(vendor, &inner.caller, robot, &content).await)
    }

    async fn put_at_relay(&self, sending: &Sending) -> Result<Answer, Error> {
        let (Some(mailer), Some(to)) = (&self.inner.mailer, &sending.to) else {
            return Ok(Answer::Refused {
                detail: "no SMTP relay is configured any more".to_owned(),
            });
        };
        let form = Form::of_letter(sending.language, &sending.set.wordings);
        let letter = self.inner.letter(&sending.message, form)?;
        Ok(mailer.send(sending.message.name(), to, letter).await)
    }
}
