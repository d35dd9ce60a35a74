//! Feishu (Lark) group robots: a card to a webhook whose URL holds the token,
//! signed in its body where the robot has a secret.
//!
//! <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>: 100
//! messages a minute and 5 a second, bodies up to 20 KB (said).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::retry::Answer,
};

/// Messages that a robot takes in a minute (said).
pub(super) const MESSAGES_PER_MINUTE: u32 = 100;
/// Messages that a robot takes in a second (said).
pub(super) const MESSAGES_PER_SECOND: u32 = 5;
/// Largest body in bytes (said).
pub(super) const BODY_BYTES: usize = 20 * 1024;

/// The robot is over its limit (said).
const TOO_FAST: i64 = 11_232;

#[derive(Debug)]
pub(super) struct Feishu;

/// What the vendor says in the body: under one pair of names where it refuses, under both
/// where it accepts, and under the older one alone where the robot is old (said).
#[derive(Debug, Deserialize)]
struct Reply {
    code: Option<i64>,
    #[serde(default)]
    msg: String,
    #[serde(rename = "StatusCode")]
    former_code: Option<i64>,
    #[serde(default, rename = "StatusMessage")]
    former_msg: String,
}

impl Reply {
    /// Code and words; `None` where something else answered.
    fn said(&self) -> Option<(i64, &str)> {
        let former = || Some((self.former_code?, self.former_msg.as_str()));
        let said = self.code.map(|code| (code, self.msg.as_str()));
        said.or_else(former)
    }
}

impl Vendor for Feishu {
    fn limits(&self) -> Limits {
        Limits {
            windows: const {
                &[
                    (MESSAGES_PER_SECOND, Duration::from_secs(1)),
                    (MESSAGES_PER_MINUTE, Duration::from_secs(60)),
                ]
            },
            block: Duration::from_secs(60),
            bytes: BODY_BYTES * 3 / 4,
            markup: Markup::Feishu,
            digests: true,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let mut body = json!({
            "msg_type": "interactive",
            "card": {
                "header": { "title": { "tag": "plain_text", "content": content.title } },
                "elements": [{ "tag": "markdown", "content": content.text }],
            },
        });
        if let Ok(secret) = access.secret() {
            let timestamp = content.at.timestamp();
            body["timestamp"] = Value::String(timestamp.to_string());
            body["sign"] = Value::String(signature(secret, timestamp));
        }
        Ok(Call::json(access.url()?, &body))
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        // Errors come with the status 400 as well as with 200.
        let reply: Option<Reply> = serde_json::from_slice(&answer.body).ok();
        match reply.as_ref().and_then(Reply::said) {
            Some((code, msg)) if !answer.status.is_server_error() => {
                reply::by_code(answer, code, msg, &[TOO_FAST], &[])
            }
            _ => reply::by_status(answer).unwrap_or_else(|| reply::not_the_vendors(answer)),
        }
    }
}

/// HMAC-SHA256 over nothing, with the seconds, a line feed and the secret as
/// key, in base64 (said).
pub(crate) fn signature(secret: &str, seconds: i64) -> String {
    let key = format!("{seconds}\n{secret}");
    let mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    STANDARD.encode(mac.finalize().into_bytes())
}
