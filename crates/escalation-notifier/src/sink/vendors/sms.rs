//! A gateway for short messages, as many are: JSON, a key in a header, and a code
//! in the body of a 200.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Interface, Request, SECRET, Taken, Violation, Wrong};
use crate::domain::channel::Channel;

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Sms,
    windows: &[(1, Duration::from_secs(60))],
    block: None,
    read,
    answer,
    over_limit: 15,
};

fn read(request: &Request) -> Result<Taken, Wrong> {
    if request.header("authorization") != format!("Bearer {SECRET}") {
        return Err(Wrong(40, Violation::WrongSignature, "no such key"));
    }
    let body = request.json();
    let text = body["text"].as_str().unwrap_or_default();
    let number = body["to"].as_str().unwrap_or_default();
    if text.chars().count() > 500 {
        return Err(Wrong(41, Violation::TooLarge, "too long"));
    }
    if text.is_empty() || !number.starts_with('+') {
        return Err(Wrong(42, Violation::Malformed, "no message"));
    }
    Ok(Taken {
        robot: number.to_owned(),
        text: text.to_owned(),
        id: body["id"].as_str().unwrap_or_default().to_owned(),
    })
}

fn answer(code: i64, words: &str) -> Response {
    Json(json!({ "code": code, "message": words })).into_response()
}
