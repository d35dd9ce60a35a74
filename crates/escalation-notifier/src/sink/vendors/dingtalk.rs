//! `DingTalk`'s group robots.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Interface, Request, SECRET, Taken, Violation, Wrong, wecom};
use crate::{channel::vendor::dingtalk_signature, domain::channel::Channel};

pub(super) const INTERFACE: Interface = Interface {
    channel: Channel::Dingtalk,
    windows: &[(20, Duration::from_secs(60))],
    block: Some(Duration::from_secs(600)),
    read,
    answer: wecom::answer,
    over_limit: 130_101,
};

/// How far the sender's clock may be from the vendor's.
const CLOCKS_APART: Duration = Duration::from_secs(3_600);

fn read(request: &Request) -> Result<Taken, Wrong> {
    let timestamp: i64 = request.parameter("timestamp").parse().unwrap_or_default();
    let sent = Duration::from_millis(timestamp.try_into().unwrap_or_default());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let is_signed = request.parameter("sign") == dingtalk_signature(SECRET, timestamp);
    if !is_signed || now.abs_diff(sent) > CLOCKS_APART {
        return Err(Wrong(310_000, Violation::WrongSignature, "sign not match"));
    }
    if request.body.len() > 20_000 {
        return Err(Wrong(460_101, Violation::TooLarge, "message too long"));
    }
    let body = request.json();
    let (title, text) = (&body["markdown"]["title"], &body["markdown"]["text"]);
    match (title.as_str(), text.as_str()) {
        (Some(title), Some(text)) if !title.is_empty() && !text.is_empty() => Ok(Taken {
            robot: request.parameter("access_token"),
            text: text.to_owned(),
            id: String::new(),
        }),
        _ => Err(Wrong(400_105, Violation::Malformed, "invalid message")),
    }
}
