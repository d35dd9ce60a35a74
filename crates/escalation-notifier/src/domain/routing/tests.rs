use chrono::DateTime;

use super::*;
use crate::domain::{policy::PolicySet, resources::Resources};

const DIRECTORY: &str = r"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  robots:
    east: {webhook: env:WECOM_EAST}
  people:
    owner: {email: owner@example.com, robot: east}
    colleague: {robot: east}
    manager: {email: manager@example.com}
    on-call: {email: on-call@example.com}
    hermit: {}
  warehouses:
    WH-E: {owner: owner, region: east}
    WH-H: {owner: hermit}
  regions:
    east: {manager: manager}
  fallback: on-call
";

mod on_call;

const EMAIL: Reach = Reach { email: true };

fn set() -> PolicySet {
    Resources::parse(DIRECTORY).unwrap().policy_set(1).unwrap()
}

fn ticket(warehouse: &str, region: &str, assignee: &str) -> Ticket {
    Ticket {
        warehouse: warehouse.to_owned(),
        region: region.to_owned(),
        assignee: assignee.to_owned(),
        ..Ticket::default()
    }
}

/// Nobody stands in for anybody.
fn roster(directory: &Directory) -> Roster<'_> {
    Roster::at(&directory.schedules, &[], DateTime::default())
}

fn routed(recipients: &[Recipient], channel: Channel, ticket: &Ticket) -> Vec<(Channel, String)> {
    let directory = &set().directory;
    let roster = roster(directory);
    route(recipients, channel, ticket, directory, &roster, EMAIL)
        .into_iter()
        .map(|destination| (destination.channel, destination.recipient))
        .collect()
}

#[test]
fn the_owner_of_a_warehouse_is_told_in_the_group_they_read() {
    let told = routed(
        &[Recipient::WarehouseOwner],
        Channel::Wecom,
        &ticket("WH-E", "", ""),
    );
    assert_eq!(told, [(Channel::Wecom, "east".to_owned())]);
}

#[test]
fn two_people_behind_one_robot_are_told_once() {
    let both = [Recipient::Assignee, Recipient::WarehouseOwner];
    let told = routed(&both, Channel::Wecom, &ticket("WH-E", "", "colleague"));
    assert_eq!(told, [(Channel::Wecom, "east".to_owned())]);
}

#[test]
fn the_region_of_the_warehouse_stands_in_for_an_unknown_one() {
    let told = routed(
        &[Recipient::RegionManager],
        Channel::Email,
        &ticket("WH-E", "mars", ""),
    );
    assert_eq!(told, [(Channel::Email, "manager".to_owned())]);
}

#[test]
fn who_cannot_be_reached_one_way_is_reached_another() {
    let person = [Recipient::Person("manager".to_owned())];
    let told = routed(&person, Channel::Wecom, &Ticket::default());
    assert_eq!(told, [(Channel::Email, "manager".to_owned())]);
}

#[test]
fn nobody_known_means_the_fallback() {
    for ticket in [ticket("WH-?", "", ""), ticket("WH-H", "", "")] {
        let told = routed(&[Recipient::WarehouseOwner], Channel::Wecom, &ticket);
        assert_eq!(told, [(Channel::Email, "on-call".to_owned())]);
    }
}

#[test]
fn an_empty_directory_means_the_log_by_the_part_played() {
    let directory = Directory::default();
    let recipients = [Recipient::WarehouseOwner];
    let told = route(
        &recipients,
        Channel::Wecom,
        &ticket("WH-E", "", ""),
        &directory,
        &roster(&directory),
        Reach::default(),
    );
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].channel, Channel::Log);
    assert_eq!(told[0].recipient, "warehouse-owner/WH-E");
}

#[test]
fn a_refused_notice_goes_to_the_fallback_then_to_the_log_then_nowhere() {
    let set = set();
    let mut path = Vec::new();
    let mut next = route(
        &[Recipient::WarehouseOwner],
        Channel::Wecom,
        &ticket("WH-E", "", ""),
        &set.directory,
        &roster(&set.directory),
        EMAIL,
    )
    .pop();
    while let Some(destination) = next {
        path.push((destination.channel, destination.recipient.clone()));
        next = after_refusal(&destination, &Ticket::default(), &set.directory, EMAIL);
    }
    assert_eq!(
        path,
        [
            (Channel::Wecom, "east".to_owned()),
            (Channel::Email, "on-call".to_owned()),
            (Channel::Log, "on-call".to_owned())
        ]
    );
}

#[test]
fn addresses_are_shown_masked() {
    let directory = &set().directory;
    let told = route(
        &[Recipient::RegionManager],
        Channel::Email,
        &ticket("WH-E", "", ""),
        directory,
        &roster(directory),
        EMAIL,
    );
    assert_eq!(told[0].shown, "m***@example.com");
}
