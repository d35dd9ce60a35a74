//! Endpoints: where a message for a group or a system is put.

use super::{
    channel::Channel,
    directory::{Language, SecretReference},
};

/// An endpoint: one robot of a vendor, or several that share the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose it is; never e-mail or log.
    pub channel: Channel,
    /// Robots of the same group, each with a limit of its own; at least one.
    pub robots: Vec<Robot>,
    /// Language of who reads it.
    pub language: Option<Language>,
    /// Endpoint that is told instead while this one does not work.
    pub failover: Option<String>,
}

/// One robot, app or integration: where its secrets are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Robot {
    /// Its URL, which may hold a key.
    pub webhook: Option<SecretReference>,
    /// What it signs or is known with.
    pub secret: Option<SecretReference>,
    /// What only robots of its vendor have.
    pub own: Own,
}

/// What only robots of some vendors have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// Nothing.
    Nothing,
    /// An application of `WeCom`.
    App {
        /// Id of the company.
        corp: String,
        /// Id of the application.
        agent: u32,
        /// What it calls back with when somebody presses a button.
        callback: Option<Callback>,
    },
    /// A gateway for short messages.
    Sms(SmsRequest),
}

/// Where the secrets are kept that an application of `WeCom` calls back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// What callbacks are signed with.
    pub token: SecretReference,
    /// What they are sealed with, an `EncodingAESKey`.
    pub key: SecretReference,
}

/// How a gateway for short messages is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsRequest {
    /// Template of the body.
    pub body: String,
    /// Type of the body.
    pub content_type: String,
    /// Word before the secret in the header `authorization`.
    pub scheme: String,
    /// Where the reply tells of success, as a JSON pointer, and what it says then.
    pub accepted: Option<(String, String)>,
}

/// Whether a robot of a vendor has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It does not work without.
    Required,
    /// It works with and without.
    Optional,
    /// There is no such thing.
    Unknown,
}

impl Robot {
    /// Name of its token bucket: where its secrets are kept, so that one robot
    /// behind two endpoints has one limit.
    #[must_use]
    pub fn bucket(&self) -> String {
        let kept: Vec<String> = [&self.webhook, &self.secret]
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        kept.join(" ")
    }
}

/// Whether robots of a vendor have a URL of their own, and whether a secret.
#[must_use]
pub fn needs(channel: Channel) -> (Need, Need) {
    match channel {
        Channel::Wecom | Channel::Slack => (Need::Required, Need::Unknown),
        Channel::Dingtalk | Channel::Feishu => (Need::Required, Need::Optional),
        Channel::Pagerduty | Channel::WecomApp => (Need::Optional, Need::Required),
        Channel::Sms => (Need::Required, Need::Optional),
        Channel::Webhook => (Need::Required, Need::Required),
        Channel::Email | Channel::Log => (Need::Unknown, Need::Unknown),
    }
}
