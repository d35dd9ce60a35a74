//! To whom a recipient of the ledger leads, by the directory in force.

use crate::domain::{
    channel::Channel,
    contact::Kind,
    directory::{Directory, Language},
    endpoint::{Own, Robot},
};

/// The relay, which needs no robot of its own.
static RELAY: [Robot; 1] = [Robot {
    webhook: None,
    secret: None,
    own: Own::Nothing,
}];

/// Robots, and the person behind them where it is told one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addressee<'a> {
    /// What puts it there.
    pub(super) robots: &'a [Robot],
    /// Address of the person.
    pub(super) to: Option<&'a str>,
    /// Part of the bucket's name: a person, where messages are counted by persons.
    pub(super) counted: String,
    /// Language of who reads it.
    pub(super) language: Language,
}

impl<'a> Addressee<'a> {
    /// Whom a name means on a channel; says why it is nobody.
    pub(super) fn find(
        channel: Channel,
        name: &str,
        directory: &'a Directory,
    ) -> Result<Self, &'static str> {
        let Some(kind) = channel.contact() else {
            let endpoint = directory.endpoints.get(name);
            let endpoint = endpoint.filter(|endpoint| endpoint.channel == channel);
            return Ok(Self {
                robots: &endpoint
                    .ok_or("the directory holds no such endpoint of this channel any more")?
                    .robots,
                to: None,
                counted: String::new(),
                language: directory.language_of_endpoint(name),
            });
        };
        let person = directory.people.get(name);
        let to = person.and_then(|person| person.address(kind));
        let (robots, counted) = if kind == Kind::Email {
            (RELAY.as_slice(), format!("e-mail to {name}"))
        } else {
            let endpoint = directory.endpoint_for(channel);
            let endpoint =
                endpoint.ok_or("the directory holds no endpoint of this channel any more")?;
            (endpoint.robots.as_slice(), name.to_owned())
        };
        Ok(Self {
            robots,
            to: Some(to.ok_or("the directory holds no such address of this person any more")?),
            counted,
            language: directory.language_of_person(name),
        })
    }
}
