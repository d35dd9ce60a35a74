//! Feishu's group robots.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Interface, Request, SECRET, Taken, Violation, Wrong};
use crate::{channel::vendor::feishu_signature, domain::channel::Channel};

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Feishu,
    windows: &[(5, Duration::from_secs(1)), (100, Duration::from_secs(60))],
    block: None,
    read,
    answer,
    over_limit: 11_232,
};

/// How far the sender's clock may be from the vendor's.
const CLOCKS_APART: Duration = Duration::from_secs(3_600);

fn read(request: &Request) -> Result<Taken, Wrong> {
    let body = request.json();
    let timestamp = body["timestamp"].as_str().unwrap_or_default();
    let timestamp: i64 = timestamp.parse().unwrap_or_default();
    let sent = Duration::from_secs(timestamp.try_into().unwrap_or_default());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let is_signed = body["sign"] == feishu_signature(SECRET, timestamp);
    if !is_signed || now.abs_diff(sent) > CLOCKS_APART {
        return Err(Wrong(19_021, Violation::WrongSignature, "sign match fail"));
    }
    if request.body.len() > 20 * 1_024 {
        return Err(Wrong(9_499, Violation::TooLarge, "Bad Request"));
    }
    let card = &body["card"];
    let title = card["header"]["title"]["content"].as_str();
    let text = card["elements"][0]["content"].as_str();
    match (title, text) {
        (Some(title), Some(text)) if !title.is_empty() && !text.is_empty() => Ok(Taken {
            robot: request.last(),
            text: text.to_owned(),
            id: String::new(),
        }),
        _ => Err(Wrong(9_499, Violation::Malformed, "Bad Request")),
    }
}

fn answer(code: i64, words: &str) -> Response {
    let mut said = json!({ "code": code, "msg": words, "data": {} });
    if code == 0 {
        // Beside the names of old.
        said["StatusCode"] = code.into();
        said["StatusMessage"] = words.into();
    }
    Json(said).into_response()
}
