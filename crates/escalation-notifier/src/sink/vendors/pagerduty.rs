//! `PagerDuty`'s Events API v2.

use std::time::Duration;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Interface, Request, SECRET, Taken, Violation, Wrong, status};
use crate::domain::channel::Channel;

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Pagerduty,
    windows: &[(120, Duration::from_secs(60))],
    block: None,
    read,
    answer,
    over_limit: 429,
};

fn read(request: &Request) -> Result<Taken, Wrong> {
    let body = request.json();
    if body["routing_key"] != SECRET {
        return Err(Wrong(400, Violation::WrongSignature, "Invalid routing key"));
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let action = text(&body["event_action"]);
    let (key, summary) = (text(&body["dedup_key"]), text(&body["payload"]["summary"]));
    if key.chars().count() > 255 || summary.chars().count() > 1_024 {
        return Err(Wrong(400, Violation::TooLarge, "Event object is invalid"));
    }
    let is_known = ["trigger", "acknowledge", "resolve"].contains(&action.as_str());
    let severity = text(&body["payload"]["severity"]);
    let is_severity = ["critical", "error", "warning", "info"].contains(&severity.as_str());
    let source = text(&body["payload"]["source"]);
    if !is_known || !is_severity || key.is_empty() || summary.is_empty() || source.is_empty() {
        return Err(Wrong(400, Violation::Malformed, "Event object is invalid"));
    }
    Ok(Taken {
        robot: "integration".to_owned(),
        text: format!("{action} {summary}"),
        id: key,
    })
}

fn answer(code: i64, words: &str) -> Response {
    match status(code) {
        Some(status) => {
            let body = json!({ "status": "invalid event", "message": words, "errors": [words] });
            (status, Json(body)).into_response()
        }
        None => {
            let body = json!({ "status": "success", "message": "Event processed" });
            (StatusCode::ACCEPTED, Json(body)).into_response()
        }
    }
}
