//! Slack's incoming webhooks.

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Interface, Request, Taken, Violation, Wrong, status};
use crate::domain::channel::Channel;

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Slack,
    windows: &[(1, Duration::from_secs(1))],
    block: None,
    read,
    answer,
    over_limit: 429,
};

fn read(request: &Request) -> Result<Taken, Wrong> {
    let body = request.json();
    let blocks = body["blocks"].as_array().map_or(&[][..], Vec::as_slice);
    let sections = blocks
        .iter()
        .filter_map(|block| block["text"]["text"].as_str());
    let sections: Vec<&str> = sections.collect();
    if blocks.is_empty() || sections.len() != blocks.len() || !body["text"].is_string() {
        return Err(Wrong(400, Violation::Malformed, "invalid_payload"));
    }
    if blocks.len() > 50 || sections.iter().any(|text| text.chars().count() > 3_000) {
        return Err(Wrong(400, Violation::TooLarge, "invalid_blocks"));
    }
    Ok(Taken {
        robot: request.last(),
        text: sections.join("\n"),
        id: String::new(),
    })
}

fn answer(code: i64, words: &str) -> Response {
    match status(code) {
        Some(StatusCode::TOO_MANY_REQUESTS) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response()
        }
        Some(status) => (status, words.to_owned()).into_response(),
        None => "ok".into_response(),
    }
}
