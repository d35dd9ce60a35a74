//! `WeCom`'s group robots.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Interface, Request, Taken, Violation, Wrong};
use crate::domain::channel::Channel;

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Wecom,
    windows: &[(20, Duration::from_secs(60))],
    block: None,
    read,
    answer,
    over_limit: 45_009,
};

fn read(request: &Request) -> Result<Taken, Wrong> {
    let body = request.json();
    match body["markdown"]["content"].as_str() {
        Some(text) if text.len() > 4_096 => Err(Wrong(
            40_058,
            Violation::TooLarge,
            "markdown.content exceed max length",
        )),
        Some(text) if body["msgtype"] == "markdown" && !text.is_empty() => Ok(Taken {
            robot: request.parameter("key"),
            text: text.to_owned(),
            id: String::new(),
        }),
        _ => Err(Wrong(40_008, Violation::Malformed, "invalid message type")),
    }
}

pub(super) fn answer(code: i64, words: &str) -> Response {
    Json(json!({ "errcode": code, "errmsg": words })).into_response()
}
