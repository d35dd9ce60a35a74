//! Who does something to a ticket.

use thiserror::Error;

/// Name under which this service acts on its own.
pub const SERVICE: &str = "ticketing";

/// The person or service behind an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody, by login.
    Person(Person),
    /// This service, by itself.
    Service,
}

/// Login of a person; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person(String);

/// The login was empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must name who acts")]
pub struct NamelessPerson;

impl Actor {
    /// Login of the person, or name of the service.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Person(person) => person.as_str(),
            Self::Service => SERVICE,
        }
    }
}

impl Person {
    /// The login as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Person {
    type Error = NamelessPerson;

    fn try_from(login: String) -> Result<Self, Self::Error> {
        if login.trim().is_empty() {
            return Err(NamelessPerson);
        }
        Ok(Self(login.trim().to_owned()))
    }
}
