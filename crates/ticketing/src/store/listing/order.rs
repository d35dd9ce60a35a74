//! In what order tickets are listed, and places in it.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use thiserror::Error as ThisError;
use uuid::Uuid;

use crate::domain::Instant;

/// An order of tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Those opened last come first.
    #[default]
    Newest,
    /// Those opened first come first.
    Oldest,
    /// The soonest deadline comes first, and what has none last. In a list of what is somebody's
    /// to do, the deadlines are those of their tasks.
    TimeLeft,
}

/// There is no such order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("must be `opened_at desc`, `opened_at` or `time_left`")]
pub struct NotAnOrder;

/// Place of a ticket in a list, good for going on with the same list. Stays right while tickets
/// come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of the list.
    pub(super) fingerprint: Uuid,
    /// By what it is ordered; absent for what has no deadline.
    pub(super) key: Option<Instant>,
    pub(super) id: Uuid,
}

/// The page token is not one that was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("must be the next_page_token of an earlier answer")]
pub struct NotAPlace;

impl Order {
    /// The words in requests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "opened_at desc",
            Self::Oldest => "opened_at",
            Self::TimeLeft => "time_left",
        }
    }

    /// Whether greater keys come first.
    pub(super) fn descends(self) -> bool {
        self == Self::Newest
    }
}

impl FromStr for Order {
    type Err = NotAnOrder;

    /// Reads an order; none is the usual one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        match words[..] {
            [] => Ok(Self::default()),
            ["opened_at"] | ["opened_at", "asc"] => Ok(Self::Oldest),
            ["time_left"] | ["time_left", "asc"] => Ok(Self::TimeLeft),
            ["opened_at", "desc"] => Ok(Self::Newest),
            _ => Err(NotAnOrder),
        }
    }
}

impl Place {
    /// Whether it is a place in the list of that fingerprint.
    #[must_use]
    pub fn is_in(self, fingerprint: Uuid) -> bool {
        self.fingerprint == fingerprint
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.fingerprint.simple())?;
        if let Some(key) = self.key {
            write!(f, "{}", key.timestamp_micros())?;
        }
        write!(f, ".{}", self.id.simple())
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(token: &str) -> Result<Self, Self::Err> {
        let mut parts = token.split('.');
        let mut next = || parts.next().ok_or(NotAPlace);
        let (fingerprint, key, id) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(NotAPlace);
        }
        Ok(Self {
            fingerprint: fingerprint.parse().map_err(|_| NotAPlace)?,
            key: instant(key)?,
            id: id.parse().map_err(|_| NotAPlace)?,
        })
    }
}

fn instant(micros: &str) -> Result<Option<Instant>, NotAPlace> {
    if micros.is_empty() {
        return Ok(None);
    }
    let micros = micros.parse().map_err(|_| NotAPlace)?;
    let at = DateTime::<Utc>::from_timestamp_micros(micros).ok_or(NotAPlace)?;
    Ok(Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for key in [
            None,
            Some(DateTime::UNIX_EPOCH),
            Some("1969-12-31T23:00:00Z".parse().unwrap()),
        ] {
            let place = Place {
                fingerprint: Uuid::from_u128(7),
                key,
                id: Uuid::from_u128(9),
            };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
    }

    #[test]
    fn what_was_never_given_out_is_no_place() {
        let id = Uuid::from_u128(9).simple();
        for token in [
            String::new(),
            "later".to_owned(),
            format!("{id}.1"),
            format!("{id}.x.{id}"),
            format!("{id}.9223372036854775807.{id}"),
            format!("{id}.1.{id}.1"),
        ] {
            assert_eq!(token.parse::<Place>(), Err(NotAPlace), "{token}");
        }
    }

    #[test]
    fn orders_are_read_as_they_are_written() {
        for order in [Order::Newest, Order::Oldest, Order::TimeLeft] {
            assert_eq!(order.as_str().parse(), Ok(order));
        }
        assert_eq!("".parse(), Ok(Order::Newest));
        for unknown in [
            "due_at",
            "opened_at up",
            "time_left desc",
            "opened_at, time_left",
        ] {
            assert_eq!(unknown.parse::<Order>(), Err(NotAnOrder), "{unknown}");
        }
    }
}
