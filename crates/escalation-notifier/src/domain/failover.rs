//! Another way to whoever is not reached by the channel that was tried.

use super::{
    directory::Directory,
    routing::{self, Destination, Reach},
    ticket::Ticket,
};

/// Where a notice may go that does not get through: to the endpoint that stands
/// in for its own, else to other contact points of whoever reads it. The best
/// first; none when there is no other way, and then it waits.
#[must_use]
pub fn other_ways(
    stuck: &Destination,
    ticket: &Ticket,
    directory: &Directory,
    reach: Reach,
) -> Vec<Destination> {
    let own = directory.endpoints.get(&stuck.recipient);
    let own = own.filter(|endpoint| endpoint.channel == stuck.channel);
    let stand_in = own.and_then(|endpoint| endpoint.failover.as_deref());
    let stand_in = stand_in.and_then(|name| routing::endpoint(name, directory));
    let theirs = readers(stuck, ticket, directory)
        .into_iter()
        .flat_map(|name| routing::ways(name, directory, reach));
    let mut ways: Vec<Destination> = Vec::new();
    for way in stand_in.into_iter().chain(theirs) {
        let is_stuck = (way.channel, &way.recipient) == (stuck.channel, &stuck.recipient);
        if !is_stuck && !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

/// Who would have read it: those who answer for the ticket, else the first who
/// reads that endpoint at all.
fn readers<'a>(
    stuck: &'a Destination,
    ticket: &'a Ticket,
    directory: &'a Directory,
) -> Vec<&'a str> {
    if directory.people.contains_key(&stuck.recipient)
        && !directory.endpoints.contains_key(&stuck.recipient)
    {
        return vec![&stuck.recipient];
    }
    let reads = |name: &str| {
        let person = directory.people.get(name);
        person.is_some_and(|person| person.endpoints.contains(&stuck.recipient))
    };
    let warehouse = directory.warehouses.get(&ticket.warehouse);
    let region = directory.regions.get(&ticket.region);
    let answering: Vec<&str> = [
        warehouse.map(|warehouse| warehouse.owner.as_str()),
        region.map(|region| region.manager.as_str()),
        Some(ticket.assignee.as_str()),
    ]
    .into_iter()
    .flatten()
    .filter(|name| reads(name))
    .collect();
    if answering.is_empty() {
        let mut people = directory.people.keys();
        return people
            .find(|name| reads(name))
            .map(String::as_str)
            .into_iter()
            .collect();
    }
    answering
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{channel::Channel, resources::Resources};

    const DIRECTORY: &str = "
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  endpoints:
    east: {vendor: dingtalk, webhook: env:EAST, failover: spare}
    west: {vendor: wecom, webhook: env:WEST}
    spare: {vendor: slack, webhook: env:SPARE}
    pager: {vendor: pagerduty, secret: env:PAGER}
  people:
    colleague: {endpoints: [west], email: colleague@example.com}
    owner: {endpoints: [east, west], email: owner@example.com}
  warehouses:
    WH-E: {owner: owner}
";

    fn ways(channel: Channel, recipient: &str) -> Vec<String> {
        let set = Resources::parse(DIRECTORY).unwrap().policy_set(1).unwrap();
        let stuck = Destination {
            channel,
            recipient: recipient.to_owned(),
            shown: recipient.to_owned(),
        };
        let ticket = Ticket {
            warehouse: "WH-E".to_owned(),
            ..Ticket::default()
        };
        let reach = Reach { email: true };
        let ways = other_ways(&stuck, &ticket, &set.directory, reach);
        ways.into_iter()
            .map(|it| format!("{} {}", it.channel, it.recipient))
            .collect()
    }

    #[test]
    fn the_stand_in_comes_first_then_what_else_the_reader_has() {
        let expected = ["slack spare", "wecom west", "email owner"];
        assert_eq!(ways(Channel::Dingtalk, "east"), expected);
    }

    #[test]
    fn of_several_readers_the_one_who_answers_for_the_ticket_is_told() {
        assert_eq!(
            ways(Channel::Wecom, "west"),
            ["dingtalk east", "email owner"]
        );
    }

    #[test]
    fn a_letter_that_does_not_get_through_goes_where_its_reader_is() {
        assert_eq!(ways(Channel::Email, "colleague"), ["wecom west"]);
    }

    #[test]
    fn where_nobody_reads_there_is_no_other_way() {
        assert!(ways(Channel::Pagerduty, "pager").is_empty());
    }
}
