//! `DingTalk` group robots: markdown to a webhook whose URL holds the token and,
//! where the robot has a secret, a signature.
//!
//! <https://open.dingtalk.com/document/robots/custom-robot-access>: 20 messages a
//! minute, then nothing for ten minutes (said); about 20,000 bytes (said).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::retry::Answer,
};

/// Messages that a robot takes in a minute (said).
pub(super) const MESSAGES_PER_MINUTE: u32 = 20;
/// How long a robot over its limit is blocked (said).
pub(super) const BLOCK: Duration = Duration::from_secs(600);
/// Largest message in bytes, the JSON around the text included (said).
pub(super) const MESSAGE_BYTES: usize = 20_000;

/// The robot is over its limit (said).
const TOO_FAST: i64 = 130_101;
/// The system is busy (said).
const SYSTEM_BUSY: i64 = -1;

#[derive(Debug)]
pub(super) struct Dingtalk;

#[derive(Debug, Deserialize)]
struct Reply {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Vendor for Dingtalk {
    fn limits(&self) -> Limits {
        Limits {
            windows: const { &[(MESSAGES_PER_MINUTE, Duration::from_secs(60))] },
            block: BLOCK,
            bytes: MESSAGE_BYTES * 4 / 5,
            markup: Markup::Dingtalk,
            digests: true,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let mut url = access.url()?;
        if let Ok(secret) = access.secret() {
            let timestamp = content.at.timestamp_millis();
            url.query_pairs_mut()
                .append_pair("timestamp", &timestamp.to_string())
                .append_pair("sign", &signature(secret, timestamp));
        }
        let body = json!({
            "msgtype": "markdown",
            "markdown": { "title": content.title, "text": content.text },
        });
        Ok(Call::json(url, &body))
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        if let Some(judged) = reply::by_status(answer) {
            return judged;
        }
        let Ok(Reply { errcode, errmsg }) = serde_json::from_slice(&answer.body) else {
            return reply::not_the_vendors(answer);
        };
        reply::by_code(answer, errcode, &errmsg, &[TOO_FAST], &[SYSTEM_BUSY])
    }
}

/// HMAC-SHA256 with the secret as key over the milliseconds, a line feed and
/// the secret, in base64 (said).
pub(crate) fn signature(secret: &str, milliseconds: i64) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{milliseconds}\n{secret}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
