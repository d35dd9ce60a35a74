//! Vendors: how much each takes, what is put on its wire, what its answer means.
//!
//! Each fact about a vendor stands in its own file with where it is known from:
//! "read" on the vendor's page, "said" by copies of it or by other people.

mod access;
mod dingtalk;
mod feishu;
mod pagerduty;
mod reply;
mod slack;
mod sms;
pub(crate) mod stand_in;
mod webhook;
mod wecom;
pub(crate) mod wecom_app;

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use service::error::chain;
use uuid::Uuid;

use super::{
    callback::Seal,
    caller::{Call, Caller, Error},
    markup::Markup,
    token::Token,
    words::kept,
};
use crate::domain::{
    channel::Channel,
    delivery::Outgoing,
    directory::Language,
    endpoint::{Own, Robot},
    retry::Answer,
};

pub use self::access::Access;
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
    /// What it is known by to whoever receives it, at each try the same.
    pub name: Uuid,
    /// What it tells of, most urgent first; never empty.
    pub deliveries: &'a [Outgoing],
    /// The person's address at the vendor, where it tells people one by one.
    pub to: Option<&'a str>,
    /// One line about it.
    pub title: &'a str,
    /// All of it, in the vendor's markup and within its limit.
    pub text: &'a str,
    /// Where it is acknowledged, when that is possible.
    pub link: Option<&'a str>,
    /// Whether it is to be a card that can be answered where it is shown.
    pub is_card: bool,
    /// Language of who reads it.
    pub language: Language,
    /// Real time.
    pub at: DateTime<Utc>,
}

/// One vendor's protocol.
pub trait Vendor: fmt::Debug + Send + Sync {
    /// What it takes.
    fn limits(&self) -> Limits;

    /// Whether a robot takes cards that can be answered where they are shown.
    fn makes_cards(&self, _own: &Own) -> bool {
        false
    }

    /// The request for a message.
    ///
    /// # Errors
    ///
    /// The robot's secrets cannot be used; says why, and nothing of them.
    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String>;

    /// What an answer means, errors inside a 200 included.
    fn judge(&self, reply: &outbound::Answer) -> Answer;

    /// The same, where the directory says what success looks like.
    fn judge_own(&self, _own: &Own, reply: &outbound::Answer) -> Answer {
        self.judge(reply)
    }

    /// The request for an access token, where the vendor wants one.
    fn grant(&self, _access: &Access) -> Option<Result<Call, String>> {
        None
    }

    /// The token that was granted.
    ///
    /// # Errors
    ///
    /// None was; what that means for the message.
    fn granted(&self, reply: &outbound::Answer) -> Result<Token, Answer> {
        Err(self.judge(reply))
    }

    /// Whether an answer says that the token is not good any more.
    fn has_lost_token(&self, _reply: &outbound::Answer) -> bool {
        false
    }
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
        Channel::WecomApp => Some(&wecom_app::WecomApp),
        Channel::Sms => Some(&sms::Sms),
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
    let attempted = attempt(vendor, caller, robot, content).await;
    attempted.unwrap_or_else(|error| {
        let detail = kept(&chain(&error));
        if error.may_have_arrived() {
            Answer::Unknown {
                retry_after: None,
                detail,
            }
        } else if error.is_retryable() {
            Answer::Unavailable {
                retry_after: error.left_alone(),
                detail,
            }
        } else {
            Answer::Refused { detail }
        }
    })
}

async fn attempt(
    vendor: &dyn Vendor,
    caller: &Caller,
    robot: &Robot,
    content: &Content<'_>,
) -> Result<Answer, Error> {
    let mut access = Access::of(robot).await?;
    if content.is_card {
        answerable(&robot.own).await?;
    }
    let application = robot.bucket();
    let unusable = |why| Error::UnusableSecret {
        reference: robot.bucket(),
        why,
    };
    if let Some(grant) = vendor.grant(&access) {
        access.token = caller.tokens.get(&application);
        if access.token.is_none() {
            let reply = caller.call(grant.map_err(unusable)?).await?;
            let granted = vendor.granted(&reply);
            let token = match granted.or_else(|_| vendor.granted(&access.conceal(reply))) {
                Ok(token) => token,
                Err(answer) => return Ok(answer),
            };
            caller.tokens.keep(&application, &token);
            access.token = Some(token.text);
        }
    }
    let call = vendor.call(&access, content).map_err(unusable)?;
    let reply = caller.call(call).await?;
    if vendor.has_lost_token(&reply) {
        caller.tokens.forget(&application);
    }
    let judged = vendor.judge_own(&robot.own, &access.conceal(reply));
    Ok(judged.told(|said| access.concealed(said, content.to)))
}

/// Makes sure that what a card's button says can be read.
async fn answerable(own: &Own) -> Result<(), Error> {
    if let Own::App {
        corp,
        callback: Some(callback),
        ..
    } = own
    {
        let _usable = Seal::of(callback, corp).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
