//! The two kinds of document, key by key.

use serde_norway::Value;

use super::{API_VERSION, Fault, node::Node};
use crate::domain::{
    directory::{Directory, Person, Region, Robot, SecretReference, Warehouse},
    policy::{Channel, Level, Policy, Recipient, Reminder, Selector},
};

pub(super) const DIRECTORY: &str = "Directory";
const POLICY: &str = "EscalationPolicy";

/// Kind and name of a document.
pub(super) fn key(
    index: usize,
    value: &Value,
    faults: &mut Vec<Fault>,
) -> Option<(String, String)> {
    let root = Node::root(&format!("documents[{index}]"), value);
    let before = faults.len();
    root.only(&["apiVersion", "kind", "metadata", "spec"], faults);
    let version = root.get("apiVersion");
    let found = version.required_text(faults);
    if !found.is_empty() && found != API_VERSION {
        version.fault(faults, format!("expected {API_VERSION}, found \"{found}\""));
    }
    let kind = root.get("kind");
    let found = kind.required_text(faults);
    if !found.is_empty() && found != DIRECTORY && found != POLICY {
        kind.fault(
            faults,
            format!("expected {DIRECTORY} or {POLICY}, found \"{found}\""),
        );
    }
    let name = root.get("metadata").get("name").required_text(faults);
    if !root.get("spec").is_present() {
        root.get("spec")
            .fault(faults, "expected a mapping, but it is missing");
    }
    (faults.len() == before).then_some((found, name))
}

pub(super) fn directory(root: &Node<'_>, faults: &mut Vec<Fault>) -> Directory {
    let spec = root.get("spec");
    spec.only(
        &[
            "language",
            "people",
            "warehouses",
            "regions",
            "robots",
            "fallback",
        ],
        faults,
    );
    let mut directory = Directory {
        language: spec.get("language").word(faults).unwrap_or_default(),
        fallback: spec.get("fallback").text(faults),
        ..Directory::default()
    };
    for (name, node) in spec.get("robots").entries(faults) {
        if let Some(robot) = robot(&node, faults) {
            directory.robots.insert(name, robot);
        }
    }
    for (name, node) in spec.get("people").entries(faults) {
        let person = person(&node, faults);
        directory.people.insert(name, person);
    }
    for (name, node) in spec.get("warehouses").entries(faults) {
        node.only(&["owner", "region"], faults);
        let owner = node.get("owner").required_text(faults);
        let region = node.get("region").text(faults);
        directory
            .warehouses
            .insert(name, Warehouse { owner, region });
    }
    for (name, node) in spec.get("regions").entries(faults) {
        node.only(&["manager"], faults);
        let manager = node.get("manager").required_text(faults);
        directory.regions.insert(name, Region { manager });
    }
    check_references(&spec, &directory, faults);
    directory
}

fn robot(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Robot> {
    node.only(&["webhook", "language"], faults);
    let webhook = node.get("webhook");
    if !webhook.is_present() {
        webhook.fault(faults, "expected env:NAME or file:PATH, but it is missing");
    }
    let reference = webhook.text(faults)?;
    match reference.parse::<SecretReference>() {
        Ok(webhook) => Some(Robot {
            webhook,
            language: node.get("language").word(faults),
        }),
        Err(error) => {
            // What stands there may be the secret: it is not repeated.
            webhook.fault(faults, error.to_string());
            None
        }
    }
}

fn person(node: &Node<'_>, faults: &mut Vec<Fault>) -> Person {
    node.only(&["email", "robot", "language"], faults);
    let email = node.get("email");
    let address = email.text(faults).filter(|address| {
        let plausible = address
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
            && !address.contains(char::is_whitespace);
        if !plausible {
            email.fault(faults, "expected an address such as name@example.com");
        }
        plausible
    });
    Person {
        email: address,
        robot: node.get("robot").text(faults),
        language: node.get("language").word(faults),
    }
}

/// Names that one part of the directory says of another.
fn check_references(spec: &Node<'_>, directory: &Directory, faults: &mut Vec<Fault>) {
    let mut known_person = |node: &Node<'_>, name: &str| {
        if !name.is_empty() && !directory.people.contains_key(name) {
            node.fault(
                faults,
                format!("expected one of spec.people, found \"{name}\""),
            );
        }
    };
    for (code, warehouse) in &directory.warehouses {
        known_person(
            &spec.get("warehouses").get(code).get("owner"),
            &warehouse.owner,
        );
    }
    for (code, region) in &directory.regions {
        known_person(
            &spec.get("regions").get(code).get("manager"),
            &region.manager,
        );
    }
    if let Some(fallback) = &directory.fallback {
        known_person(&spec.get("fallback"), fallback);
    }
    for (name, person) in &directory.people {
        if let Some(robot) = &person.robot
            && !directory.robots.contains_key(robot)
        {
            spec.get("people").get(name).get("robot").fault(
                faults,
                format!("expected one of spec.robots, found \"{robot}\""),
            );
        }
    }
    for (code, warehouse) in &directory.warehouses {
        if let Some(region) = &warehouse.region
            && !directory.regions.contains_key(region)
        {
            spec.get("warehouses").get(code).get("region").fault(
                faults,
                format!("expected one of spec.regions, found \"{region}\""),
            );
        }
    }
}

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
            "expected a list of at least one of warehouse-owner, region-manager, assignee, fallback, person:<name>",
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

/// People whom a policy names must be in the directory.
pub(super) fn check_people(directory: &Directory, policies: &[Policy], faults: &mut Vec<Fault>) {
    for policy in policies {
        let levels = policy.levels.iter().map(|level| &level.recipients);
        let reminders = policy.due_soon.iter().chain(&policy.overdue);
        for recipient in levels.chain(reminders.map(|it| &it.recipients)).flatten() {
            if let Recipient::Person(name) = recipient
                && !directory.people.contains_key(name)
            {
                faults.push(Fault {
                    path: format!("{POLICY}/{}: spec", policy.name),
                    expected: format!(
                        "expected a person of the Directory's spec.people, found \"{recipient}\""
                    ),
                });
            }
        }
    }
}
