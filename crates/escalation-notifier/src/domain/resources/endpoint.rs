//! Endpoints in a directory, key by key.

mod own;

use std::collections::BTreeMap;

use super::{Fault, node::Node};
use crate::domain::{
    channel::Channel,
    directory::SecretReference,
    endpoint::{Endpoint, Need, Robot, needs},
};

/// Keys of a robot.
fn robot_keys(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::WecomApp => &["webhook", "secret", "corp", "agent", "callback"],
        Channel::Sms => &["webhook", "secret", "request", "accepted"],
        _ => &["webhook", "secret"],
    }
}

/// An endpoint of `spec.endpoints`, which says whose it is.
pub(super) fn endpoint(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Endpoint> {
    const EXPECTED: &str =
        "expected one of wecom, dingtalk, feishu, slack, pagerduty, webhook, wecom-app, sms";
    let vendor = node.get("vendor");
    let name = vendor.text(faults);
    let channel = name.as_deref().and_then(|name| name.parse().ok());
    let Some(channel) = channel.filter(|channel| Channel::ENDPOINTS.contains(channel)) else {
        let found = name.map_or_else(
            || ", but it is missing".to_owned(),
            |name| format!(", found \"{name}\""),
        );
        vendor.fault(faults, format!("{EXPECTED}{found}"));
        return None;
    };
    let known = ["vendor", "robots", "language", "failover"];
    node.only(&[&known[..], robot_keys(channel)].concat(), faults);
    read(channel, node, faults)
}

/// A `WeCom` robot of `spec.robots`, the older and shorter way to say it.
pub(super) fn wecom(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Endpoint> {
    node.only(&["webhook", "language"], faults);
    read(Channel::Wecom, node, faults)
}

/// Endpoints that others name must be there.
pub(super) fn check_failovers(
    spec: &Node<'_>,
    endpoints: &BTreeMap<String, Endpoint>,
    faults: &mut Vec<Fault>,
) {
    for (name, endpoint) in endpoints {
        let Some(other) = &endpoint.failover else {
            continue;
        };
        if other == name || !endpoints.contains_key(other) {
            let expected = format!("expected another of spec.endpoints, found \"{other}\"");
            let node = spec.get("endpoints").get(name).get("failover");
            node.fault(faults, expected);
        }
    }
}

fn read(channel: Channel, node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Endpoint> {
    let pooled = node.get("robots");
    let robots = if pooled.is_present() {
        for key in robot_keys(channel).iter().map(|key| node.get(key)) {
            if key.is_present() {
                key.fault(faults, "expected nothing beside robots, found text");
            }
        }
        let items = pooled.items(faults);
        if items.is_empty() {
            pooled.fault(faults, "expected at least one robot, found none");
        }
        for item in &items {
            item.only(robot_keys(channel), faults);
        }
        items
            .iter()
            .map(|item| robot(channel, item, faults))
            .collect()
    } else {
        vec![robot(channel, node, faults)]
    };
    let language = node.get("language").word(faults);
    let robots: Option<Vec<Robot>> = robots.into_iter().collect();
    Some(Endpoint {
        channel,
        robots: robots.filter(|robots| !robots.is_empty())?,
        language,
        failover: node.get("failover").text(faults),
    })
}

fn robot(channel: Channel, node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Robot> {
    let (webhook, secret) = needs(channel);
    let before = faults.len();
    let webhook = reference(channel, &node.get("webhook"), webhook, faults);
    let secret = reference(channel, &node.get("secret"), secret, faults);
    let own = own::own(channel, node, faults);
    (faults.len() == before).then_some(Robot {
        webhook,
        secret,
        own,
    })
}

fn reference(
    channel: Channel,
    node: &Node<'_>,
    need: Need,
    faults: &mut Vec<Fault>,
) -> Option<SecretReference> {
    if !node.is_present() {
        if need == Need::Required {
            node.fault(faults, "expected env:NAME or file:PATH, but it is missing");
        }
        return None;
    }
    if need == Need::Unknown {
        node.fault(faults, format!("expected none for {channel}, found one"));
        return None;
    }
    let text = node.text(faults)?;
    match text.parse() {
        Ok(reference) => Some(reference),
        Err(error) => {
            // What stands there may be the secret: it is not repeated.
            let error: crate::domain::policy::UnknownWord = error;
            node.fault(faults, format!("{error}, found other text"));
            None
        }
    }
}
