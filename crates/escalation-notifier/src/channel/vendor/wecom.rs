//! `WeCom` group robots: markdown to a webhook whose URL holds the key.
//!
//! <https://developer.work.weixin.qq.com/document/path/91770>: 20 messages a
//! minute and 4,096 bytes of markdown (said: third-party copies of that page).

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::retry::Answer,
};

/// Messages that a robot takes in a minute (said).
pub(super) const MESSAGES_PER_MINUTE: u32 = 20;
/// Largest markdown of a robot in bytes (said).
pub(super) const MARKDOWN_BYTES: usize = 4_096;

/// The robot is over its limit; comes in the body of a 200 (said).
const OVER_LIMIT: i64 = 45_009;
/// Too many calls at the same time (said).
const TOO_MANY_AT_ONCE: i64 = 45_033;
/// The system is busy (said).
const SYSTEM_BUSY: i64 = -1;

#[derive(Debug)]
pub(super) struct Wecom;

/// What the vendor says in the body, errors included.
#[derive(Debug, Deserialize)]
struct Reply {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Vendor for Wecom {
    fn limits(&self) -> Limits {
        Limits {
            windows: const { &[(MESSAGES_PER_MINUTE, Duration::from_secs(60))] },
            block: Duration::from_secs(60),
            bytes: MARKDOWN_BYTES,
            markup: Markup::Wecom,
            digests: true,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let body = json!({ "msgtype": "markdown", "markdown": { "content": content.text } });
        Ok(Call::json(access.url()?, &body))
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        if let Some(judged) = reply::by_status(answer) {
            return judged;
        }
        let Ok(Reply { errcode, errmsg }) = serde_json::from_slice(&answer.body) else {
            return reply::not_the_vendors(answer);
        };
        let busy = [OVER_LIMIT, TOO_MANY_AT_ONCE];
        reply::by_code(answer, errcode, &errmsg, &busy, &[SYSTEM_BUSY])
    }
}
