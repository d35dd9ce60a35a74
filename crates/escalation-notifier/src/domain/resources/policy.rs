//! An escalation policy, key by key.

use super::{Fault, document, node::Node};
use crate::domain::{
    directory::Directory,
    policy::{Channel, Level, Policy, Recipient, Reminder, Selector},
};

pub(super) fn policy(name: &str, root: &Node<'_>, faults: &mut Vec<Fault>) -> Policy {
    let spec = root.get("spec");
    spec.only(
        &["match", "levels", "dueSoon", "overdue", "tellResolution"],
        faults,
    );
    let levels = spec.get("levels");
    let mut read: Vec<Level> = Vec::new();
    for node in levels.items(faults) {
        let Some(level) = level(&node, faults) else {
            continue;
        };
        if read.last().is_some_and(|last| last.delay > level.delay) {
            node.get("delay")
                .fault(faults, "expected no less than the level before waits");
        }
        read.push(level);
    }
    if !levels.is_present() {
        levels.fault(faults, "expected a list of levels, but it is missing");
    }
    Policy {
        name: name.to_owned(),
        selector: selector(&spec.get("match"), faults),
        levels: read,
        due_soon: reminder(&spec.get("dueSoon"), false, faults),
        overdue: reminder(&spec.get("overdue"), true, faults),
        tells_resolution: spec.get("tellResolution").flag(true, faults),
    }
}

fn selector(node: &Node<'_>, faults: &mut Vec<Fault>) -> Selector {
    node.only(&["scenarios", "severities", "warehouses"], faults);
    let mut list = |key: &str| -> Vec<String> {
        let items = node.get(key).items(faults);
        items.iter().filter_map(|item| item.text(faults)).collect()
    };
    Selector {
        scenarios: list("scenarios"),
        severities: list("severities")
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect(),
        warehouses: list("warehouses"),
    }
}

fn level(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Level> {
    node.only(&["delay", "recipients", "channel"], faults);
    let delay = node.get("delay");
    if !delay.is_present() {
        delay.fault(
            faults,
            "expected a duration such as 0s or 4h, but it is missing",
        );
    }
    let delay = delay.duration(faults);
    let recipients = recipients(&node.get("recipients"), faults);
    let channel = channel(&node.get("channel"), faults);
    Some(Level {
        delay: delay?,
        recipients,
        channel: channel?,
    })
}

fn reminder(
    node: &Node<'_>,
    after_acknowledgement: bool,
    faults: &mut Vec<Fault>,
) -> Option<Reminder> {
    node.only(&["recipients", "channel", "afterAcknowledgement"], faults);
    if !node.is_present() {
        return None;
    }
    let recipients = recipients(&node.get("recipients"), faults);
    let channel = channel(&node.get("channel"), faults);
    let after_acknowledgement = node
        .get("afterAcknowledgement")
        .flag(after_acknowledgement, faults);
    Some(Reminder {
        recipients,
        channel: channel?,
        after_acknowledgement,
    })
}

fn recipients(node: &Node<'_>, faults: &mut Vec<Fault>) -> Vec<Recipient> {
    let items = node.items(faults);
    if items.is_empty() {
        node.fault(
            faults,
            "expected a list of at least one of warehouse-owner, region-manager, assignee, fallback, person:<name>, team:<name>, schedule:<name>",
        );
    }
    items.iter().filter_map(|item| item.word(faults)).collect()
}

fn channel(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Channel> {
    if !node.is_present() {
        node.fault(
            faults,
            "expected one of wecom, email, log, but it is missing",
        );
    }
    node.word(faults)
}

/// Whom a policy names must be there.
pub(super) fn check_people(directory: &Directory, policies: &[Policy], faults: &mut Vec<Fault>) {
    for policy in policies {
        let levels = policy.levels.iter().map(|level| &level.recipients);
        let reminders = policy.due_soon.iter().chain(&policy.overdue);
        for recipient in levels.chain(reminders.map(|it| &it.recipients)).flatten() {
            let (known, what) = match recipient {
                Recipient::Person(name) => (
                    directory.people.contains_key(name),
                    "a person of the Directory's spec.people",
                ),
                Recipient::Team(name) => (
                    directory.teams.contains_key(name),
                    "a team of the Directory's spec.teams",
                ),
                Recipient::Schedule(name, _) => {
                    (directory.schedules.contains_key(name), "an OnCallSchedule")
                }
                _ => (true, ""),
            };
            if !known {
                faults.push(Fault {
                    path: format!("{}/{}: spec", document::POLICY, policy.name),
                    expected: format!("expected {what}, found \"{recipient}\""),
                });
            }
        }
    }
}
