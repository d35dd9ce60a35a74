//! Short messages by any gateway that speaks HTTP: its request is a template, and
//! where it tells of success inside a 200, the directory says how.

use std::time::Duration;

use minijinja::{Environment, Error, context};
use outbound::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::{digest, endpoint::Own, retry::Answer},
    message::bounded,
};

/// Longest text in bytes without its link: three parts of a long message in Chinese.
const TEXT_BYTES: usize = 600;

#[derive(Debug)]
pub(super) struct Sms;

impl Vendor for Sms {
    fn limits(&self) -> Limits {
        Limits {
            // Carriers in China let a number have one a minute (said).
            windows: const { &[(1, Duration::from_secs(60))] },
            block: Duration::from_secs(60),
            bytes: TEXT_BYTES,
            markup: Markup::Plain,
            digests: true,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let Own::Sms(request) = &access.own else {
            return Err("there is no request".to_owned());
        };
        let title = digest::cut(content.title, TEXT_BYTES);
        let text = match content.link {
            Some(link) => format!("{title} {link}"),
            None => title,
        };
        let to = content.to.ok_or("there is no number")?;
        let body = body(&request.body, to, &text, &content.name.to_string())
            .map_err(|error| error.kind().to_string())?;
        let kind = HeaderValue::from_str(&request.content_type);
        let kind = kind.map_err(|_| "the content type is none".to_owned())?;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
        if let Ok(secret) = access.secret() {
            let value = format!("{} {secret}", request.scheme);
            let mut value = HeaderValue::from_str(value.trim_start())
                .map_err(|_| "the secret cannot stand in a header".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Call {
            headers,
            body: body.into_bytes(),
            ..Call::json(access.url()?, &Value::Null)
        })
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        let said = String::from_utf8_lossy(&answer.body);
        reply::by_status(answer).unwrap_or_else(|| Answer::Accepted {
            detail: reply::words(answer.status, &said),
        })
    }

    fn judge_own(&self, own: &Own, answer: &outbound::Answer) -> Answer {
        let judged = self.judge(answer);
        let (Own::Sms(request), Answer::Accepted { detail }) = (own, &judged) else {
            return judged;
        };
        let Some((pointer, expected)) = &request.accepted else {
            return judged;
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let found = match body.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => return reply::not_the_vendors(answer),
        };
        if found == *expected {
            judged
        } else {
            Answer::Refused {
                detail: detail.clone(),
            }
        }
    }
}

/// The body that a request's template says. It may use `json`, which writes a text as JSON does,
/// quotes included, and `form`, which writes it as forms do.
///
/// # Errors
///
/// The template is wrong, or does not come to an end soon enough.
pub(crate) fn body(template: &str, to: &str, text: &str, id: &str) -> Result<String, Error> {
    let mut environment = Environment::new();
    bounded(&mut environment);
    environment.add_filter("json", |text: &str| Value::from(text).to_string());
    environment.add_filter("form", |text: &str| -> Option<String> {
        let mut url = outbound::Url::parse("form:").ok()?;
        url.query_pairs_mut().append_key_only(text);
        url.query().map(str::to_owned)
    });
    environment.render_str(template, context! { to, text, id })
}
