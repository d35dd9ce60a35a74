//! Vendors: how much each takes, what is put on its wire, what its answer means.
//!
//! Each fact about a vendor stands in its own file with where it is known from:
//! "read" on the vendor's page, "said" by copies of it or by other people.

mod dingtalk;
mod feishu;
mod pagerduty;
mod reply;
mod slack;
mod webhook;
mod wecom;

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use outbound::Url;
use secrecy::{ExposeSecret, SecretString};
use service::error::chain;

use super::{
    caller::{Call, Caller, Error},
    markup::Markup,
    secret,
};
use crate::domain::{channel::Channel, delivery::Outgoing, digest, endpoint::Robot, retry::Answer};

#[cfg(feature = "sinks")]
pub(crate) use self::{
    dingtalk::signature as dingtalk_signature, feishu::signature as feishu_signature,
};

/// Messages that a `WeCom` robot takes in a minute, unless configured otherwise.
pub const WECOM_MESSAGES_PER_MINUTE: u32 = wecom::MESSAGES_PER_MINUTE;

/// Hosts that the vendors' endpoints are on (read).
pub const HOSTS: [&str; 6] = [
    "qyapi.weixin.qq.com",
    "oapi.dingtalk.com",
    "open.feishu.cn",
    "open.larksuite.com",
    "hooks.slack.com",
    "events.pagerduty.com",
];

/// How much of a vendor's words the ledger keeps, in bytes.
const KEPT_BYTES: usize = 300;

/// What a vendor takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Messages in every window of so long, for each robot. None is no limit.
    pub windows: &'static [(u32, Duration)],
    /// How long a robot that was told it is over the limit is left alone.
    pub block: Duration,
    /// Largest text in bytes.
    pub bytes: usize,
    /// How the text is marked up.
    pub markup: Markup,
    /// Whether one message may tell of several tickets.
    pub digests: bool,
}

/// What is put on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// What it tells of, most urgent first; never empty.
    pub deliveries: &'a [Outgoing],
    /// One line about it.
    pub title: &'a str,
    /// All of it, in the vendor's markup and within its limit.
    pub text: &'a str,
    /// Where it is acknowledged, when that is possible.
    pub link: Option<&'a str>,
    /// Real time.
    pub at: DateTime<Utc>,
}

/// A robot's secrets, looked up.
#[derive(Debug)]
pub struct Access {
    url: Option<Url>,
    secret: Option<SecretString>,
}

/// One vendor's protocol.
pub trait Vendor: fmt::Debug + Send + Sync {
    /// What it takes.
    fn limits(&self) -> Limits;

    /// The request for a message.
    ///
    /// # Errors
    ///
    /// The robot's secrets cannot be used; says why, and nothing of them.
    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String>;

    /// What an answer means, errors inside a 200 included.
    fn judge(&self, reply: &outbound::Answer) -> Answer;
}

/// Protocol of a channel that leads to endpoints; `None` for the others.
#[must_use]
pub fn of(channel: Channel) -> Option<&'static dyn Vendor> {
    match channel {
        Channel::Wecom => Some(&wecom::Wecom),
        Channel::Dingtalk => Some(&dingtalk::Dingtalk),
        Channel::Feishu => Some(&feishu::Feishu),
        Channel::Slack => Some(&slack::Slack),
        Channel::Pagerduty => Some(&pagerduty::Pagerduty),
        Channel::Webhook => Some(&webhook::Webhook),
        Channel::Email | Channel::Log => None,
    }
}

/// Sends a message by a robot.
pub async fn send(
    vendor: &dyn Vendor,
    caller: &Caller,
    robot: &Robot,
    content: &Content<'_>,
) -> Answer {
    match attempt(vendor, caller, robot, content).await {
        Ok(reply) => vendor.judge(&reply),
        Err(error) => {
            let detail = digest::cut(&chain(&error), KEPT_BYTES);
            if error.is_retryable() {
                Answer::Unavailable {
                    retry_after: error.left_alone(),
                    detail,
                }
            } else {
                Answer::Refused { detail }
            }
        }
    }
}

async fn attempt(
    vendor: &dyn Vendor,
    caller: &Caller,
    robot: &Robot,
    content: &Content<'_>,
) -> Result<outbound::Answer, Error> {
    let access = Access::of(robot).await?;
    let call = vendor
        .call(&access, content)
        .map_err(|why| Error::UnusableSecret {
            reference: robot.bucket(),
            why,
        })?;
    caller.call(call).await
}

impl Access {
    async fn of(robot: &Robot) -> Result<Self, Error> {
        let url = match &robot.webhook {
            Some(reference) => {
                let text = secret::read(reference).await?;
                let url = Url::parse(text.expose_secret());
                Some(url.map_err(|_| Error::NotAUrl(reference.to_string()))?)
            }
            None => None,
        };
        let secret = match &robot.secret {
            Some(reference) => Some(secret::read(reference).await?),
            None => None,
        };
        Ok(Self { url, secret })
    }

    fn url(&self) -> Result<Url, String> {
        self.url.clone().ok_or_else(|| "there is no URL".to_owned())
    }

    fn secret(&self) -> Result<&str, String> {
        self.secret
            .as_ref()
            .map(ExposeSecret::expose_secret)
            .ok_or_else(|| "there is no secret".to_owned())
    }
}

#[cfg(test)]
mod tests;
