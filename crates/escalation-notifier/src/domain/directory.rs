//! Who there is and how each is reached.

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{
    channel::Channel,
    contact::{self, Contact},
    endpoint::Endpoint,
    oncall::Schedule,
    policy::UnknownWord,
    quiet::hours::QuietHours,
};

/// People, warehouses, regions and endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    /// Language of messages to those who have stated none.
    pub language: Language,
    /// People by name.
    pub people: BTreeMap<String, Person>,
    /// Teams by name.
    pub teams: BTreeMap<String, Team>,
    /// Warehouses by code.
    pub warehouses: BTreeMap<String, Warehouse>,
    /// Regions by code.
    pub regions: BTreeMap<String, Region>,
    /// Endpoints by name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// On-call schedules by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// Person who is told when nobody else can be.
    pub fallback: Option<String>,
}

/// A person's contact points, and nothing else about them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Ways to reach them, the first of each kind before others.
    pub contacts: Vec<Contact>,
    /// Endpoints of the groups that the person reads, the first before others.
    pub endpoints: Vec<String>,
    /// Language of messages.
    pub language: Option<Language>,
    /// When only what is critical goes to their own addresses.
    pub quiet_hours: Option<QuietHours>,
}

/// People who answer for something together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Team {
    /// Who belongs to it.
    pub members: Vec<String>,
    /// Who is told when nobody of it is on call.
    pub lead: String,
    /// Schedule that says who of it is on call.
    pub schedule: Option<String>,
}

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warehouse {
    /// Person who answers for it.
    pub owner: String,
    /// Region that it lies in, for orders that name none.
    pub region: Option<String>,
}

/// A region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Region {
    /// Person who answers for it.
    pub manager: String,
}

/// Where a secret is kept. Never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretReference {
    /// An environment variable.
    Environment(String),
    /// A file, read whole and trimmed.
    File(String),
}

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Person {
    /// The first address of a kind that somebody vouches for.
    #[must_use]
    pub fn address(&self, kind: contact::Kind) -> Option<&str> {
        let mut usable = self.contacts.iter().filter(|it| it.verified);
        let found = usable.find(|it| it.kind == kind)?;
        Some(&found.address)
    }
}

impl Directory {
    /// The endpoint by which a channel tells people one by one: the first of it.
    #[must_use]
    pub fn endpoint_for(&self, channel: Channel) -> Option<&Endpoint> {
        let mut endpoints = self.endpoints.values();
        endpoints.find(|endpoint| endpoint.channel == channel)
    }

    /// Whose a user id in `WeCom` is, which is the same in small and capital letters.
    pub fn people_at_wecom(&self, member: &str) -> impl Iterator<Item = &str> {
        let people = self.people.iter();
        let are_it = people.filter(move |(_, person)| {
            let mut contacts = person.contacts.iter().filter(|it| it.verified);
            contacts.any(|it| {
                it.kind == contact::Kind::WecomUser && it.address.eq_ignore_ascii_case(member)
            })
        });
        are_it.map(|(name, _)| name.as_str())
    }

    /// Language of who reads an endpoint.
    #[must_use]
    pub fn language_of_endpoint(&self, name: &str) -> Language {
        self.endpoints
            .get(name)
            .and_then(|endpoint| endpoint.language)
            .unwrap_or(self.language)
    }

    /// Leads of the teams whose on-call a schedule says.
    pub fn leads_of_schedule(&self, schedule: &str) -> impl Iterator<Item = String> {
        let teams = self.teams.values();
        let of_it = teams.filter(move |team| team.schedule.as_deref() == Some(schedule));
        of_it.map(|team| team.lead.clone())
    }

    /// Language of a person.
    #[must_use]
    pub fn language_of_person(&self, name: &str) -> Language {
        self.people
            .get(name)
            .and_then(|person| person.language)
            .unwrap_or(self.language)
    }
}

impl Language {
    /// Its tag: `zh` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }
}

impl FromStr for Language {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "zh" => Ok(Self::Chinese),
            "en" => Ok(Self::English),
            _ => Err(UnknownWord {
                expected: "zh or en",
            }),
        }
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(formatter, "env:{name}"),
            Self::File(path) => write!(formatter, "file:{path}"),
        }
    }
}

impl FromStr for SecretReference {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Environment(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.to_owned())),
            _ => Err(UnknownWord {
                expected: "a reference to a secret, env:NAME or file:PATH (never the secret itself)",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_url_in_place_of_a_reference_is_refused() {
        let refused =
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k".parse::<SecretReference>();
        assert!(refused.is_err());
        assert_eq!(
            "env:WECOM_EAST".parse(),
            Ok(SecretReference::Environment("WECOM_EAST".to_owned()))
        );
    }
}
