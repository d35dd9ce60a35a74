//! Messages of a `WeCom` application to its members, each by name, under an access token that
//! is asked for and kept: markdown, or a card where the application takes callbacks.
//!
//! <https://developer.work.weixin.qq.com/document/path/90236>: 30 messages a minute
//! to a member (said), 2,048 bytes of markdown (said).

pub(crate) mod card;

use std::time::Duration;

use outbound::{Method, Url, header::HeaderMap};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup, token::Token},
    domain::{endpoint::Own, retry::Answer},
};

/// Messages that a member gets in a minute (said).
const MESSAGES_PER_MINUTE: u32 = 30;
/// Largest markdown in bytes (said).
const MARKDOWN_BYTES: usize = 2_048;
/// Where the vendor is (read).
const BASE: &str = "https://qyapi.weixin.qq.com";

/// The application or the member is over its limit (said).
const OVER_LIMIT: i64 = 45_009;
/// The access token is none, or none any more (said).
const NO_TOKEN: [i64; 3] = [40_001, 40_014, 42_001];
/// The system is busy (said).
const SYSTEM_BUSY: i64 = -1;

/// Vendor's window in which it drops a message that it was sent already, in seconds (said).
const SAME_WITHIN: u32 = 1_800;

#[derive(Debug)]
pub(super) struct WecomApp;

#[derive(Debug, Deserialize)]
struct Reply {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
    /// Members to whom it did not go, although the code says that it went.
    #[serde(default)]
    invaliduser: String,
}

#[derive(Debug, Deserialize)]
struct Granted {
    errcode: i64,
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl Vendor for WecomApp {
    fn limits(&self) -> Limits {
        Limits {
            windows: const { &[(MESSAGES_PER_MINUTE, Duration::from_secs(60))] },
            block: Duration::from_secs(60),
            bytes: MARKDOWN_BYTES,
            markup: Markup::Wecom,
            digests: true,
        }
    }

    fn grant(&self, access: &Access) -> Option<Result<Call, String>> {
        Some(grant(access))
    }

    fn granted(&self, answer: &outbound::Answer) -> Result<Token, Answer> {
        if let Some(judged) = reply::by_status(answer) {
            return Err(judged);
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Granted {
                errcode: 0,
                access_token,
                expires_in,
            }) => Ok(Token {
                text: SecretString::from(access_token),
                lifetime: Duration::from_secs(expires_in),
            }),
            Ok(Granted { errcode, .. }) => {
                let said = "no access token is given";
                Err(reply::by_code(
                    answer,
                    errcode,
                    said,
                    &[OVER_LIMIT],
                    &[SYSTEM_BUSY],
                ))
            }
            Err(_) => Err(reply::not_the_vendors(answer)),
        }
    }

    fn makes_cards(&self, own: &Own) -> bool {
        matches!(
            own,
            Own::App {
                callback: Some(_),
                ..
            }
        )
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let mut url = base(access)?;
        url.set_path("/cgi-bin/message/send");
        url.query_pairs_mut()
            .append_pair("access_token", access.token()?);
        let Own::App { agent, .. } = &access.own else {
            return Err("there is no application".to_owned());
        };
        let mut body = json!({
            "touser": content.to.ok_or("there is no member")?,
            "agentid": agent,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_WITHIN,
        });
        let (kind, message) = match content.deliveries {
            [one] if content.is_card => ("template_card", card::card(content, &one.id.to_string())),
            _ => ("markdown", json!({ "content": content.text })),
        };
        body["msgtype"] = kind.into();
        body[kind] = message;
        Ok(Call::json(url, &body))
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        if let Some(judged) = reply::by_status(answer) {
            return judged;
        }
        let Ok(reply) = serde_json::from_slice::<Reply>(&answer.body) else {
            return reply::not_the_vendors(answer);
        };
        if reply.errcode == 0 && !reply.invaliduser.is_empty() {
            return Answer::Refused {
                detail: "errcode 0: but the member is unknown to the application".to_owned(),
            };
        }
        let unavailable = [&NO_TOKEN[..], &[SYSTEM_BUSY]].concat();
        reply::by_code(
            answer,
            reply.errcode,
            &reply.errmsg,
            &[OVER_LIMIT],
            &unavailable,
        )
    }

    fn has_lost_token(&self, answer: &outbound::Answer) -> bool {
        let reply: Option<Reply> = serde_json::from_slice(&answer.body).ok();
        reply.is_some_and(|reply| NO_TOKEN.contains(&reply.errcode))
    }
}

fn grant(access: &Access) -> Result<Call, String> {
    let Own::App { corp, .. } = &access.own else {
        return Err("there is no application".to_owned());
    };
    let mut url = base(access)?;
    url.set_path("/cgi-bin/gettoken");
    url.query_pairs_mut()
        .append_pair("corpid", corp)
        .append_pair("corpsecret", access.secret()?);
    Ok(Call {
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Vec::new(),
    })
}

fn base(access: &Access) -> Result<Url, String> {
    let url = access.url().or_else(|_| Url::parse(BASE));
    url.map_err(|error| error.to_string())
}
