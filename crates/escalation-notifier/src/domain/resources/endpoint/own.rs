//! What only robots of some vendors have, key by key.

use super::reference;
use crate::{
    domain::{
        channel::Channel,
        endpoint::{Callback, Need, Own, SmsRequest},
        resources::{Fault, node::Node},
    },
    message::too_much,
};

pub(super) fn own(channel: Channel, node: &Node<'_>, faults: &mut Vec<Fault>) -> Own {
    match channel {
        Channel::WecomApp => {
            let agent = node.get("agent");
            if !agent.is_present() {
                agent.fault(faults, "expected the application's id, but it is missing");
            }
            Own::App {
                corp: node.get("corp").required_text(faults),
                agent: agent.count(u32::MAX, faults).unwrap_or_default(),
                callback: callback(channel, &node.get("callback"), faults),
            }
        }
        Channel::Sms => Own::Sms(request(node, faults)),
        _ => Own::Nothing,
    }
}

fn callback(channel: Channel, node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Callback> {
    if !node.is_present() {
        return None;
    }
    node.only(&["token", "key"], faults);
    let mut kept = |key| reference(channel, &node.get(key), Need::Required, faults);
    let (token, key) = (kept("token"), kept("key"));
    Some(Callback {
        token: token?,
        key: key?,
    })
}

fn request(node: &Node<'_>, faults: &mut Vec<Fault>) -> SmsRequest {
    let request = node.get("request");
    request.only(&["body", "contentType", "authorization"], faults);
    let body = request.get("body");
    let template = body.required_text(faults);
    let environment = minijinja::Environment::new();
    if let Some((_, expected)) = too_much(&template) {
        body.fault(faults, expected);
    } else if let Err(error) = environment.template_from_str(&template) {
        let line = error.line().unwrap_or(1);
        let expected = format!("expected a template, found a fault in its line {line}: {error}");
        body.fault(faults, expected);
    }
    let accepted = node.get("accepted");
    accepted.only(&["at", "is"], faults);
    let accepted = accepted.is_present().then(|| {
        let at = accepted.get("at").required_text(faults);
        if !at.is_empty() && !at.starts_with('/') {
            let expected = format!("expected a JSON pointer such as /code, found \"{at}\"");
            accepted.get("at").fault(faults, expected);
        }
        (at, accepted.get("is").required_text(faults))
    });
    let or = |key: &str, absent: &str, faults: &mut Vec<Fault>| {
        let text = request.get(key).text(faults);
        text.unwrap_or_else(|| absent.to_owned())
    };
    SmsRequest {
        body: template,
        content_type: or("contentType", "application/json", faults),
        scheme: or("authorization", "Bearer", faults),
        accepted,
    }
}
