//! Webhooks of anybody's: a `CloudEvents` 1.0 event for each notice, signed as
//! Standard Webhooks 1.0 says. The delivery's id is the id of both, at each try
//! the same, so receivers can drop what they have already.
//!
//! <https://www.standardwebhooks.com>: a 2xx is success, a 3xx is failure, a 410
//! disables (read).

use std::time::Duration;

use outbound::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
    signature::Signer,
};
use secrecy::SecretString;
use serde_json::json;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::retry::Answer,
};

/// Largest text inside the event, in bytes: ours, so that bodies stay small.
const TEXT_BYTES: usize = 4_096;

#[derive(Debug)]
pub(super) struct Webhook;

impl Vendor for Webhook {
    fn limits(&self) -> Limits {
        Limits {
            windows: &[],
            block: Duration::from_secs(10),
            bytes: TEXT_BYTES,
            markup: Markup::Plain,
            digests: false,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let url = access.url()?;
        let [delivery] = content.deliveries else {
            return Err("an event is about one ticket".to_owned());
        };
        let id = delivery.id.to_string();
        let ticket = &delivery.ticket;
        let event = json!({
            "specversion": "1.0",
            "id": id,
            "source": "/orderwatch/escalation-notifier",
            "type": format!("orderwatch.notice.{}", delivery.cause.as_str()),
            "subject": ticket.id,
            "time": delivery.created_at.to_rfc3339(),
            "datacontenttype": "application/json",
            "data": {
                "cause": delivery.cause.as_str(),
                "level": delivery.level,
                "title": content.title,
                "text": content.text,
                "acknowledge": content.link,
                "ticket": ticket,
            },
        });
        let mut call = Call::json(url, &event);
        let secret = SecretString::from(access.secret()?);
        let signer = Signer::new(&[secret]).map_err(|error| error.to_string())?;
        let signed = signer.sign(&id, content.at.timestamp(), &call.body);
        call.headers = signed.map_err(|error| error.to_string())?;
        let kind = HeaderValue::from_static("application/cloudevents+json");
        call.headers.insert(CONTENT_TYPE, kind);
        Ok(call)
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        let said = String::from_utf8_lossy(&answer.body);
        let detail = reply::words(answer.status, &said);
        match reply::by_status(answer) {
            None => Answer::Accepted { detail },
            // Only a 410 says that nothing is wanted any more.
            Some(Answer::Refused { .. }) if answer.status != StatusCode::GONE => {
                Answer::Unavailable {
                    retry_after: reply::retry_after(answer),
                    detail,
                }
            }
            Some(judged) => judged,
        }
    }
}
