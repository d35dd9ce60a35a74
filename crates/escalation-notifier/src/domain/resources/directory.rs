//! The directory, key by key.

use super::{Fault, endpoint, node::Node, schedule};
use crate::domain::contact::{Contact, Kind};
use crate::domain::directory::{Directory, Person, Region, Team, Warehouse};
use crate::domain::quiet::hours::QuietHours;

pub(super) fn directory(root: &Node<'_>, faults: &mut Vec<Fault>) -> Directory {
    let spec = root.get("spec");
    spec.only(
        &[
            "language",
            "people",
            "teams",
            "warehouses",
            "regions",
            "endpoints",
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
        if let Some(robot) = endpoint::wecom(&node, faults) {
            directory.endpoints.insert(name, robot);
        }
    }
    for (name, node) in spec.get("endpoints").entries(faults) {
        if spec.get("robots").get(&name).is_present() {
            node.fault(faults, "expected a name that is not one of spec.robots");
        }
        if let Some(endpoint) = endpoint::endpoint(&node, faults) {
            directory.endpoints.insert(name, endpoint);
        }
    }
    endpoint::check_failovers(&spec, &directory.endpoints, faults);
    for (name, node) in spec.get("people").entries(faults) {
        let person = person(&node, faults);
        directory.people.insert(name, person);
    }
    for (name, node) in spec.get("teams").entries(faults) {
        let team = team(&node, faults);
        directory.teams.insert(name, team);
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

fn person(node: &Node<'_>, faults: &mut Vec<Fault>) -> Person {
    node.only(
        &[
            "email",
            "phone",
            "wecomUser",
            "robot",
            "endpoints",
            "language",
            "quietHours",
        ],
        faults,
    );
    let listed = node.get("endpoints").items(faults);
    let listed = listed.iter().filter_map(|item| item.text(faults));
    let mut endpoints: Vec<String> = listed.collect();
    endpoints.splice(0..0, node.get("robot").text(faults));
    Person {
        contacts: contacts(node, faults),
        endpoints,
        language: node.get("language").word(faults),
        quiet_hours: quiet_hours(&node.get("quietHours"), faults),
    }
}

fn quiet_hours(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<QuietHours> {
    if !node.is_present() {
        return None;
    }
    node.only(&["timeZone", "hours"], faults);
    for key in ["timeZone", "hours"] {
        if !node.get(key).is_present() {
            node.get(key)
                .fault(faults, "expected a time zone and hours, but it is missing");
        }
    }
    let clock = node.get("timeZone").word(faults);
    let hours = schedule::hours(&node.get("hours"), faults);
    Some(QuietHours {
        clock: clock?,
        hours,
    })
}

/// Addresses of each kind: one, or a list of them.
fn contacts(node: &Node<'_>, faults: &mut Vec<Fault>) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for kind in Kind::ALL {
        let points = node.get(kind.as_str());
        for point in points.one_or_more() {
            contacts.extend(contact(kind, &point, faults));
        }
    }
    contacts
}

/// An address, or a mapping that says whether anybody vouches for it.
fn contact(kind: Kind, node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Contact> {
    let (address, verified) = if node.is_mapping() {
        node.only(&["address", "verified"], faults);
        let verified = node.get("verified").flag(true, faults);
        (node.get("address"), verified)
    } else {
        (node.clone(), true)
    };
    let text = address.unrepeated_text(kind.expected(), faults)?;
    if !kind.admits(&text) {
        // What stands there may be personal: it is not repeated.
        address.fault(faults, kind.expected());
        return None;
    }
    Some(Contact {
        kind,
        address: text,
        verified,
    })
}

fn team(node: &Node<'_>, faults: &mut Vec<Fault>) -> Team {
    node.only(&["members", "lead", "schedule"], faults);
    let members = node.get("members").items(faults);
    Team {
        members: members.iter().filter_map(|it| it.text(faults)).collect(),
        lead: node.get("lead").required_text(faults),
        schedule: node.get("schedule").text(faults),
    }
}

/// Schedules that teams name must be there.
pub(super) fn check_schedules(root: &Node<'_>, directory: &Directory, faults: &mut Vec<Fault>) {
    for (name, team) in &directory.teams {
        if let Some(schedule) = &team.schedule
            && !directory.schedules.contains_key(schedule)
        {
            let node = root.get("spec").get("teams").get(name).get("schedule");
            node.fault(
                faults,
                format!("expected an OnCallSchedule, found \"{schedule}\""),
            );
        }
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
    for (name, team) in &directory.teams {
        let node = spec.get("teams").get(name);
        known_person(&node.get("lead"), &team.lead);
        // What cannot be read has its fault already.
        let mut told = Vec::new();
        for member in node.get("members").items(&mut told) {
            known_person(&member, &member.text(&mut told).unwrap_or_default());
        }
    }
    if let Some(fallback) = &directory.fallback {
        known_person(&spec.get("fallback"), fallback);
    }
    for (name, person) in &directory.people {
        for endpoint in &person.endpoints {
            if !directory.endpoints.contains_key(endpoint) {
                let person = spec.get("people").get(name);
                let is_robot = person.get("robot").text(faults).as_ref() == Some(endpoint);
                let key = if is_robot { "robot" } else { "endpoints" };
                let expected = "expected one of spec.endpoints or spec.robots";
                let found = format!("{expected}, found \"{endpoint}\"");
                person.get(key).fault(faults, found);
            }
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
