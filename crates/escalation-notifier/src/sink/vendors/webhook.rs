//! Somebody's webhook, which checks what Standard Webhooks signs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use outbound::signature::Signer;
use secrecy::SecretString;

use super::{Interface, Request, Taken, Violation, WEBHOOK_SECRET, Wrong, status};
use crate::domain::channel::Channel;

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Webhook,
    windows: &[],
    block: None,
    read,
    answer,
    over_limit: 429,
};

/// How old a request may be.
const TOLERANCE: Duration = Duration::from_secs(300);

fn read(request: &Request) -> Result<Taken, Wrong> {
    let id = request.header("webhook-id").to_owned();
    let timestamp: i64 = request
        .header("webhook-timestamp")
        .parse()
        .unwrap_or_default();
    let sent = Duration::from_secs(timestamp.try_into().unwrap_or_default());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let signer = Signer::new(&[SecretString::from(WEBHOOK_SECRET)]);
    let expected = signer.and_then(|signer| signer.sign(&id, timestamp, &request.body));
    let is_signed = expected
        .is_ok_and(|headers| headers["webhook-signature"] == request.header("webhook-signature"));
    if !is_signed || now.abs_diff(sent) > TOLERANCE {
        return Err(Wrong(401, Violation::WrongSignature, "wrong signature"));
    }
    let event = request.json();
    let is_event = event["specversion"] == "1.0"
        && event["id"] == id.as_str()
        && event["source"].is_string()
        && event["type"].is_string()
        && request.header("content-type") == "application/cloudevents+json";
    if !is_event {
        return Err(Wrong(400, Violation::Malformed, "no CloudEvent"));
    }
    Ok(Taken {
        robot: request.last(),
        text: event["data"]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        id,
    })
}

fn answer(code: i64, words: &str) -> Response {
    match status(code) {
        Some(status) => (status, words.to_owned()).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
