//! To whom a recipient of the ledger leads, by the directory in force.

use crate::domain::{
    channel::Channel,
    directory::{Directory, Language},
    endpoint::Endpoint,
};

/// An endpoint, and the person behind it where it is told one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addressee<'a> {
    /// Where it is put.
    pub(super) endpoint: &'a Endpoint,
    /// Address of the person at the vendor.
    pub(super) to: Option<&'a str>,
    /// Part of the bucket's name: a person, where the vendor counts by persons.
    pub(super) counted: &'a str,
    /// Language of who reads it.
    pub(super) language: Language,
}

impl<'a> Addressee<'a> {
    /// Whom a name means on a channel; says why it is nobody.
    pub(super) fn find(
        channel: Channel,
        name: &'a str,
        directory: &'a Directory,
    ) -> Result<Self, &'static str> {
        let Some(kind) = channel.contact() else {
            let endpoint = directory.endpoints.get(name);
            let endpoint = endpoint.filter(|endpoint| endpoint.channel == channel);
            return Ok(Self {
                endpoint: endpoint
                    .ok_or("the directory holds no such endpoint of this channel any more")?,
                to: None,
                counted: "",
                language: directory.language_of_endpoint(name),
            });
        };
        let endpoint = directory.endpoint_for(channel);
        let person = directory.people.get(name);
        let to = person.and_then(|person| person.address(kind));
        Ok(Self {
            endpoint: endpoint.ok_or("the directory holds no endpoint of this channel any more")?,
            to: Some(to.ok_or("the directory holds no such address of this person any more")?),
            counted: name,
            language: directory.language_of_person(name),
        })
    }
}
