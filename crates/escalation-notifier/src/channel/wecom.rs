//! `WeCom` group robots: markdown POSTed to a webhook whose URL holds the key.

use std::time::Duration;

use outbound::{StatusCode, header::RETRY_AFTER};
use serde::Deserialize;
use serde_json::json;
use service::error::chain;

use super::webhook::Webhooks;
use crate::domain::{digest, directory::SecretReference, retry::Answer};

/// Messages that a robot takes in a minute: 20 according to third-party copies
/// of the vendor's page.
pub const MESSAGES_PER_MINUTE: u32 = 20;

/// The robot is over its limit; comes in the body of a 200.
const OVER_LIMIT: i64 = 45_009;
/// Too many calls at the same time.
const TOO_MANY_AT_ONCE: i64 = 45_033;
/// The system is busy.
const SYSTEM_BUSY: i64 = -1;

/// How much of a vendor's words the ledger keeps, in bytes.
const KEPT_BYTES: usize = 300;

/// What the vendor says in the body, errors included.
#[derive(Debug, Deserialize)]
struct Reply {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

/// Sends markdown to a robot.
pub async fn send(webhooks: &Webhooks, webhook: &SecretReference, markdown: &str) -> Answer {
    let body = json!({ "msgtype": "markdown", "markdown": { "content": markdown } });
    match webhooks.post(webhook, &body).await {
        Ok(reply) => read(&reply),
        Err(error) if error.is_retryable() => unavailable(None, &chain(&error)),
        Err(error) => Answer::Refused {
            detail: digest::cut(&chain(&error), KEPT_BYTES),
        },
    }
}

fn read(reply: &outbound::Answer) -> Answer {
    let status = reply.status;
    let retry_after = reply
        .headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let detail = format!("HTTP {}", status.as_u16());
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Answer::Busy {
            retry_after,
            detail,
        };
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return unavailable(retry_after, &detail);
    }
    if !status.is_success() {
        return Answer::Refused { detail };
    }
    judge(&reply.body, retry_after)
}

fn judge(body: &[u8], retry_after: Option<Duration>) -> Answer {
    let Ok(reply) = serde_json::from_slice::<Reply>(body) else {
        // Something between us and the vendor answered in its place.
        return unavailable(retry_after, "HTTP 200 without a reply of the vendor's");
    };
    let detail = digest::cut(
        &format!("errcode {}: {}", reply.errcode, reply.errmsg),
        KEPT_BYTES,
    );
    match reply.errcode {
        0 => Answer::Accepted { detail },
        OVER_LIMIT | TOO_MANY_AT_ONCE => Answer::Busy {
            retry_after,
            detail,
        },
        SYSTEM_BUSY => Answer::Unavailable {
            retry_after,
            detail,
        },
        _ => Answer::Refused { detail },
    }
}

fn unavailable(retry_after: Option<Duration>, detail: &str) -> Answer {
    Answer::Unavailable {
        retry_after,
        detail: digest::cut(detail, KEPT_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_the_body_of_a_200_are_errors() {
        let judged = |body: &str| judge(body.as_bytes(), None).outcome();
        assert_eq!(judged(r#"{"errcode":0,"errmsg":"ok"}"#), "accepted");
        assert_eq!(
            judged(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
            "busy"
        );
        assert_eq!(
            judged(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
            "refused"
        );
        assert_eq!(
            judged(r#"{"errcode":-1,"errmsg":"system busy"}"#),
            "unavailable"
        );
        assert_eq!(judged("<html>please log in</html>"), "unavailable");
    }
}
