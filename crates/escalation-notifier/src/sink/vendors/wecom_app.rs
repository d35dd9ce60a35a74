//! `WeCom`'s messages of applications, cards with buttons included. The token is asked for first.

use std::{collections::HashSet, time::Duration};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

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
    let member = body["touser"].as_str().unwrap_or_default();
    if member.is_empty() || member.contains('|') || !body["agentid"].is_u64() {
        return Err(Wrong(40_008, Violation::Malformed, "invalid message"));
    }
    let (id, text) = match body["msgtype"].as_str() {
        Some("template_card") => card(&body["template_card"])?,
        _ => (String::new(), markdown(&body["markdown"])?),
    };
    Ok(Taken {
        robot: member.to_owned(),
        text,
        id,
    })
}

fn markdown(body: &Value) -> Result<String, Wrong> {
    let text = body["content"].as_str().unwrap_or_default();
    if text.len() > 2_048 {
        let words = "content exceed max length";
        return Err(Wrong(40_058, Violation::TooLarge, words));
    }
    if text.is_empty() {
        return Err(Wrong(40_008, Violation::Malformed, "invalid message"));
    }
    Ok(text.to_owned())
}

/// Task id and text of a card with buttons.
fn card(card: &Value) -> Result<(String, String), Wrong> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (task, title) = (text(&card["task_id"]), text(&card["main_title"]["title"]));
    let more = text(&card["sub_title_text"]);
    let buttons = card["button_list"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let keys: HashSet<&str> = buttons.iter().filter_map(|it| it["key"].as_str()).collect();
    let is_task = |it: char| it.is_ascii_alphanumeric() || "_-@".contains(it);
    let is_good = card["card_type"] == "button_interaction"
        && !(task.is_empty() || title.is_empty() && more.is_empty())
        && task.chars().all(is_task)
        && !(buttons.is_empty() || keys.len() < buttons.len() || keys.contains(""))
        && buttons
            .iter()
            .all(|it| it["text"].as_str().is_some_and(|it| !it.is_empty()));
    if !is_good {
        return Err(Wrong(40_008, Violation::Malformed, "invalid template_card"));
    }
    let characters = |value: &str| value.chars().count();
    let is_small = task.len() <= 128
        && buttons.len() <= 6
        && keys.iter().all(|key| key.len() <= 1_024)
        && buttons
            .iter()
            .all(|it| characters(&text(&it["text"])) <= 10)
        && characters(&title) <= 36
        && characters(&more) <= 160
        && text(&card["card_action"]["url"]).len() <= 2_048;
    if !is_small {
        return Err(Wrong(
            40_058,
            Violation::TooLarge,
            "template_card exceeds a limit",
        ));
    }
    let link = text(&card["card_action"]["url"]);
    Ok((
        task,
        format!("{title}\n{more}\n{link}").trim_end().to_owned(),
    ))
}
