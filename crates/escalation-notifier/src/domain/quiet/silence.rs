//! Silences: somebody does not want to be told of some tickets for a while.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Hold, Keeper};
use crate::domain::{matcher::Matchers, ticket::Ticket};

/// That nobody is told of some tickets between two instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its id.
    pub id: Uuid,
    /// Tickets that it hides.
    pub matchers: Matchers,
    /// Who asked for it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// First instant.
    pub starts_at: DateTime<Utc>,
    /// The first instant at which it is over.
    pub ends_at: DateTime<Utc>,
}

impl Silence {
    /// How it keeps notices of a ticket back, if it does.
    #[must_use]
    pub fn hold_on(&self, ticket: &Ticket, now: DateTime<Utc>) -> Option<Hold> {
        let holds = self.starts_at <= now && now < self.ends_at && self.matchers.match_all(ticket);
        holds.then(|| Hold {
            keeper: Keeper::Silence(self.id.to_string()),
            why: format!("{}: {}", self.author, self.reason),
            until: Some(self.ends_at),
        })
    }
}
