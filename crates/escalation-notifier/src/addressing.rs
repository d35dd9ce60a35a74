//! To whom somebody wants to see or send something, by name.

use crate::{
    domain::{
        channel::Channel,
        directory::Directory,
        routing::{self, Destination, Reach},
    },
    error::Error,
};

/// To whom something goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum To {
    /// By every channel.
    Anybody,
    /// By one channel.
    Channel(Channel),
    /// To an endpoint.
    Endpoint(String),
    /// To a person, by one of their channels if one is named.
    Person(String, Option<Channel>),
}

/// Channel of an endpoint; says which endpoints there are when there is no such one.
pub(crate) fn channel_of(endpoint: &str, directory: &Directory) -> Result<Channel, Error> {
    let found = directory.endpoints.get(endpoint);
    let found = found.ok_or_else(|| Error::UnknownAmong {
        what: "endpoint",
        name: endpoint.to_owned(),
        known: directory.endpoints.keys().cloned().collect(),
    })?;
    Ok(found.channel)
}

/// An endpoint that is told as a whole.
pub(crate) fn endpoint(name: &str, directory: &Directory) -> Result<Destination, Error> {
    channel_of(name, directory)?;
    let whole = routing::endpoint(name, directory);
    whole.ok_or(Error::Request {
        field: "endpoint",
        expected: "expected an endpoint of a group or a system; this one tells people one by one, so name a person",
    })
}

/// Every way to a person, or that of one channel; never none.
pub(crate) fn ways_to(
    person: &str,
    channel: Option<Channel>,
    directory: &Directory,
    reach: Reach,
) -> Result<Vec<Destination>, Error> {
    if !directory.people.contains_key(person) {
        return Err(Error::UnknownAmong {
            what: "person of the directory",
            name: person.to_owned(),
            known: directory.people.keys().cloned().collect(),
        });
    }
    let ways = routing::ways(person, directory, reach);
    let wished: Vec<Destination> = ways
        .iter()
        .filter(|way| channel.is_none_or(|channel| way.channel == channel))
        .cloned()
        .collect();
    if wished.is_empty() {
        let by = channel.map(|channel| format!(" by {channel}"));
        let shown = |way: &Destination| format!("{} ({})", way.channel, way.shown);
        return Err(Error::UnknownAmong {
            what: "way to",
            name: format!("{person}{}", by.unwrap_or_default()),
            known: ways.iter().map(shown).collect(),
        });
    }
    Ok(wished)
}
