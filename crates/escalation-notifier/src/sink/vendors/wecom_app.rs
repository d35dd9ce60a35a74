//! `WeCom`'s messages of applications. The token is asked for first.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Interface, Request, SECRET, Taken, Violation, Wrong, wecom};
use crate::domain::channel::Channel;

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::WecomApp,
    windows: &[(30, Duration::from_secs(60))],
    block: None,
    read,
    answer: wecom::answer,
    over_limit: 45_009,
};

/// The only token that is good.
const TOKEN: &str = "TOKEN-of-the-stand-in";

/// Grants the token to who has the secret.
pub(super) fn grant(request: &Request) -> Response {
    if request.parameter("corpsecret") == SECRET && request.parameter("corpid") == "ww-stand-in" {
        Json(json!({ "errcode": 0, "errmsg": "ok", "access_token": TOKEN, "expires_in": 7_200 }))
            .into_response()
    } else {
        wecom::answer(40_001, "invalid credential")
    }
}

fn read(request: &Request) -> Result<Taken, Wrong> {
    if request.parameter("access_token") != TOKEN {
        let words = "invalid access_token";
        return Err(Wrong(40_014, Violation::WrongSignature, words));
    }
    let body = request.json();
    let text = body["markdown"]["content"].as_str().unwrap_or_default();
    let member = body["touser"].as_str().unwrap_or_default();
    if text.len() > 2_048 {
        let words = "content exceed max length";
        return Err(Wrong(40_058, Violation::TooLarge, words));
    }
    if text.is_empty() || member.is_empty() || member.contains('|') || !body["agentid"].is_u64() {
        return Err(Wrong(40_008, Violation::Malformed, "invalid message"));
    }
    Ok(Taken {
        robot: member.to_owned(),
        text: text.to_owned(),
        id: String::new(),
    })
}
