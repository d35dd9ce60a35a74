//! The headers of a message: who wrote it, where it stands in the writer's log,
//! and which trace it belongs to.

use std::fmt;
use std::str::FromStr;

use async_nats::HeaderMap;

/// Place of the event in its service's log, as `<transaction>-<sequence>`.
pub const POSITION: &str = "Orderwatch-Position";
/// Name of the service in whose log the event stands.
pub const SERVICE: &str = "Orderwatch-Service";
/// JetStream's own header of the natural key.
pub(crate) const MESSAGE_ID: &str = "Nats-Msg-Id";
/// Natural key of the event, when `Nats-Msg-Id` is not it (a replayed dead letter).
pub const EVENT_ID: &str = "Orderwatch-Event";
/// W3C trace context of the transaction that wrote the event.
pub const TRACEPARENT: &str = "traceparent";

/// Why a message became a dead letter.
pub(crate) const CAUSE: &str = "Orderwatch-Cause";
/// How often it was tried before it was given up.
pub(crate) const ATTEMPTS: &str = "Orderwatch-Attempts";
/// Subject on which a dead letter was published first.
pub(crate) const SUBJECT: &str = "Orderwatch-Subject";

/// A place in the event log of a service. Ordered by transaction, then sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Id of the PostgreSQL transaction that wrote the event.
    pub transaction: i64,
    /// Number of the event in the log.
    pub sequence: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.transaction, self.sequence)
    }
}

/// A position that is not written as `<transaction>-<sequence>`.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not a position; expected <transaction>-<sequence>, such as 7301-42")]
pub struct MalformedPosition {
    text: String,
}

impl FromStr for Position {
    type Err = MalformedPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |text: &str| {
            let (transaction, sequence) = text.split_once('-')?;
            Some(Self {
                transaction: transaction.parse().ok()?,
                sequence: sequence.parse().ok()?,
            })
        };
        parse(text).ok_or_else(|| MalformedPosition {
            text: text.to_owned(),
        })
    }
}

pub(crate) fn text<'a>(headers: Option<&'a HeaderMap>, name: &str) -> Option<&'a str> {
    headers?.get(name).map(async_nats::HeaderValue::as_str)
}

/// Makes a text fit for a header: one line, of bounded length.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 2_000;
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_as_it_was_written() {
        let position = Position {
            transaction: 7_301,
            sequence: 42,
        };
        assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
    }

    #[test]
    fn a_malformed_position_says_what_was_expected() {
        let error = "7301".parse::<Position>().unwrap_err();
        assert!(
            error.to_string().contains("<transaction>-<sequence>"),
            "{error}"
        );
    }
}
