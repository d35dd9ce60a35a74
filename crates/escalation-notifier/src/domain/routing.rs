//! From a recipient's part to a place where a message can be put.

use super::{
    contact,
    directory::Directory,
    oncall::{Roster, Which},
    policy::{Channel, Recipient},
    ticket::Ticket,
};

/// Where a message goes. Holds names from the directory, not addresses: those
/// are looked up when it is sent, so that a corrected one is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination {
    /// By which channel.
    pub channel: Channel,
    /// Endpoint, person for e-mail, the part played for the log.
    pub recipient: String,
    /// What may be shown of it: never a secret, never a whole address.
    pub shown: String,
}

/// What this deployment can do besides the endpoints of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Whether an SMTP relay is configured.
    pub email: bool,
}

/// Destinations of several recipients, each once. Never empty: who cannot be
/// reached is replaced by the fallback, and the fallback by the log.
#[must_use]
pub fn route(
    recipients: &[Recipient],
    channel: Channel,
    ticket: &Ticket,
    directory: &Directory,
    roster: &Roster<'_>,
    reach: Reach,
) -> Vec<Destination> {
    let mut destinations: Vec<Destination> = Vec::new();
    let mut add = |destination: Destination| {
        if !destinations.contains(&destination) {
            destinations.push(destination);
        }
    };
    let mut missing = None;
    for recipient in recipients {
        let found = match recipient {
            Recipient::Endpoint(name) => endpoint(name, directory),
            _ => people(recipient, ticket, directory, roster)
                .iter()
                .find_map(|name| destination(name, channel, directory, reach)),
        };
        match found {
            Some(destination) => add(destination),
            // Who is named for being on call is never passed over.
            None if matches!(recipient, Recipient::Team(_) | Recipient::Schedule(..)) => {
                add(last_resort(recipient, channel, ticket, directory, reach));
            }
            None => missing = missing.or(Some(recipient)),
        }
    }
    // A missing assignee is nobody's loss while the warehouse's owner is told.
    if destinations.is_empty() {
        let part = missing.unwrap_or(&Recipient::Fallback);
        return vec![last_resort(part, channel, ticket, directory, reach)];
    }
    destinations
}

/// Where a notice goes whose own destination has refused it for good; `None`
/// when it was the last resort already.
#[must_use]
pub fn after_refusal(
    refused: &Destination,
    ticket: &Ticket,
    directory: &Directory,
    reach: Reach,
) -> Option<Destination> {
    if refused.channel == Channel::Log {
        return None;
    }
    let fallback = last_resort(
        &Recipient::Fallback,
        refused.channel,
        ticket,
        directory,
        reach,
    );
    Some(if fallback == *refused {
        log(&refused.recipient)
    } else {
        fallback
    })
}

/// Whom a recipient means: the first of them who can be reached.
fn people(
    recipient: &Recipient,
    ticket: &Ticket,
    directory: &Directory,
    roster: &Roster<'_>,
) -> Vec<String> {
    let warehouse = directory.warehouses.get(&ticket.warehouse);
    let one = |name: Option<&String>| name.cloned().into_iter().collect();
    match recipient {
        Recipient::WarehouseOwner => one(warehouse.map(|warehouse| &warehouse.owner)),
        Recipient::RegionManager => {
            let by_warehouse = || directory.regions.get(warehouse?.region.as_deref()?);
            let region = directory.regions.get(&ticket.region);
            one(region.or_else(by_warehouse).map(|region| &region.manager))
        }
        Recipient::Assignee => one(Some(&ticket.assignee).filter(|name| !name.is_empty())),
        Recipient::Fallback => one(directory.fallback.as_ref()),
        Recipient::Person(name) => vec![name.clone()],
        Recipient::Team(name) => {
            let Some(team) = directory.teams.get(name) else {
                return Vec::new();
            };
            let on_call = |schedule: &String| roster.person(schedule, Which::Now);
            let on_call = team.schedule.as_ref().and_then(on_call);
            on_call.into_iter().chain([team.lead.clone()]).collect()
        }
        Recipient::Schedule(name, which) => {
            let on_call = roster.person(name, *which).into_iter();
            on_call.chain(directory.leads_of_schedule(name)).collect()
        }
        Recipient::Endpoint(_) => Vec::new(),
    }
}

/// An endpoint by name, where it is told as a whole.
#[must_use]
pub fn endpoint(name: &str, directory: &Directory) -> Option<Destination> {
    let endpoint = directory.endpoints.get(name)?;
    // One that tells people one by one does not say whom.
    if endpoint.channel.contact().is_some() {
        return None;
    }
    Some(Destination {
        channel: endpoint.channel,
        recipient: name.to_owned(),
        shown: name.to_owned(),
    })
}

/// The person by the wished channel, else by another that reaches them.
fn destination(
    name: &str,
    channel: Channel,
    directory: &Directory,
    reach: Reach,
) -> Option<Destination> {
    if channel == Channel::Log {
        return directory.people.contains_key(name).then(|| log(name));
    }
    let ways = ways(name, directory, reach);
    let wished = ways.iter().find(|way| way.channel == channel);
    wished.or(ways.first()).cloned()
}

/// Every way to a person: the endpoints that they read, in their order, then those
/// by which they are told by name.
#[must_use]
pub fn ways(name: &str, directory: &Directory, reach: Reach) -> Vec<Destination> {
    let Some(person) = directory.people.get(name) else {
        return Vec::new();
    };
    let groups = person.endpoints.iter();
    let groups = groups.filter_map(|name| endpoint(name, directory));
    let personal = [Channel::WecomApp, Channel::Email, Channel::Sms];
    let personal = personal.into_iter().filter_map(|channel| {
        let is_there = match channel {
            Channel::Email => reach.email,
            _ => directory.endpoint_for(channel).is_some(),
        };
        let kind = channel.contact().filter(|_| is_there)?;
        let address = person.address(kind)?;
        Some(Destination {
            channel,
            recipient: name.to_owned(),
            shown: contact::masked(kind, address),
        })
    });
    groups.chain(personal).collect()
}

fn last_resort(
    part: &Recipient,
    channel: Channel,
    ticket: &Ticket,
    directory: &Directory,
    reach: Reach,
) -> Destination {
    directory
        .fallback
        .as_deref()
        .and_then(|name| destination(name, channel, directory, reach))
        .unwrap_or_else(|| {
            log(&match part {
                Recipient::WarehouseOwner => format!("{part}/{}", ticket.warehouse),
                Recipient::RegionManager => format!("{part}/{}", ticket.region),
                _ => part.to_string(),
            })
        })
}

fn log(recipient: &str) -> Destination {
    Destination {
        channel: Channel::Log,
        recipient: recipient.to_owned(),
        shown: recipient.to_owned(),
    }
}

#[cfg(test)]
mod tests;
