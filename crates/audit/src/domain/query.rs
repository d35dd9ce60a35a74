//! What may be asked of the record, and where a page ends.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::Key;

/// Which entries are asked for. Every part that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Order that the entry concerns.
    pub order_id: Option<Key>,
    /// Ticket that the entry concerns.
    pub ticket_id: Option<Key>,
    /// Name of the actor.
    pub actor: Option<Key>,
    /// Beginning of the type, such as `ticket.`; empty means all.
    pub type_prefix: Key,
    /// Happened at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Happened before this instant.
    pub to: Option<DateTime<Utc>>,
}

/// A question that cannot be answered, by field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {description}")]
pub struct InvalidQuery {
    /// Name of the request's field.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub description: String,
}

impl InvalidQuery {
    /// Says what is wrong with a field.
    pub fn new(field: &'static str, description: impl Into<String>) -> Self {
        Self {
            field,
            description: description.into(),
        }
    }
}

impl Filter {
    /// Checks that the parts agree with each other.
    ///
    /// # Errors
    /// [`InvalidQuery`] when the span of time is upside down.
    pub fn checked(self) -> Result<Self, InvalidQuery> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from > to => Err(InvalidQuery::new(
                "to",
                format!("{to} is before from, {from}"),
            )),
            _ => Ok(self),
        }
    }

    /// Four bytes that tell this filter from others, so that a token is not used with another one.
    fn mark(&self) -> u32 {
        let digest = Sha256::digest(format!("{self:?}"));
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    }

    /// Token of the page that begins after a position.
    #[must_use]
    pub fn token_after(&self, position: i64) -> PageToken {
        PageToken {
            position,
            mark: self.mark(),
        }
    }

    /// The position after which the page of a token begins; an empty token is the first page.
    ///
    /// # Errors
    /// [`InvalidQuery`] when the token is none of ours or was given for another filter.
    pub fn position_of(&self, token: &str) -> Result<i64, InvalidQuery> {
        if token.is_empty() {
            return Ok(0);
        }
        let token: PageToken = token.parse()?;
        if token.mark == self.mark() {
            Ok(token.position)
        } else {
            Err(InvalidQuery::new(
                "page_token",
                "was given for another filter; start at the first page",
            ))
        }
    }
}

/// A place between two pages.
///
/// Positions are committed in their order, so what follows a token is complete: an entry appended
/// while somebody pages comes after every entry that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    position: i64,
    mark: u32,
}

impl fmt::Display for PageToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}-{:08x}", self.position, self.mark)
    }
}

impl FromStr for PageToken {
    type Err = InvalidQuery;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('-').and_then(|(position, mark)| {
            let position = i64::from_str_radix(position, 16)
                .ok()
                .filter(|position| *position >= 0)?;
            Some(Self {
                position,
                mark: u32::from_str_radix(mark, 16).ok()?,
            })
        });
        parts.ok_or_else(|| {
            InvalidQuery::new(
                "page_token",
                "is not a token that a page of this service ended with",
            )
        })
    }
}

/// How many entries a page holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(i64);

impl PageSize {
    /// Entries of a page when the question does not say.
    pub const USUAL: i64 = 100;
    /// Most entries of a page; a larger wish is answered with this many.
    pub const LARGEST: i64 = 1_000;

    /// Number of entries.
    #[must_use]
    pub fn entries(self) -> i64 {
        self.0
    }
}

impl TryFrom<i32> for PageSize {
    type Error = InvalidQuery;

    fn try_from(wish: i32) -> Result<Self, Self::Error> {
        match wish {
            i32::MIN..0 => Err(InvalidQuery::new(
                "page_size",
                format!("{wish} is negative"),
            )),
            0 => Ok(Self(Self::USUAL)),
            _ => Ok(Self(i64::from(wish).min(Self::LARGEST))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter() -> Filter {
        Filter {
            order_id: Some(Key::of("o-1")),
            ticket_id: None,
            actor: None,
            type_prefix: Key::of(""),
            from: None,
            to: None,
        }
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        let token = filter().token_after(4_711).to_string();
        assert_eq!(filter().position_of(&token), Ok(4_711));
        assert_eq!(filter().position_of(""), Ok(0));
    }

    #[test]
    fn a_token_of_another_filter_is_refused() {
        let other = Filter {
            actor: Some(Key::of("li.wei")),
            ..filter()
        };
        let token = other.token_after(4_711).to_string();
        assert_eq!(
            filter().position_of(&token).unwrap_err().field,
            "page_token"
        );
    }

    #[test]
    fn a_forged_token_is_refused() {
        for token in [
            "-",
            "x",
            "1-",
            "-1-00000000",
            "99999999999999999999-0",
            "1-0-0",
            "é-\0",
            "1",
        ] {
            assert_eq!(
                filter().position_of(token).unwrap_err().field,
                "page_token",
                "{token:?}"
            );
        }
    }

    #[test]
    fn a_page_has_a_usual_and_a_largest_size() {
        let size = |wish: i32| PageSize::try_from(wish).map(PageSize::entries);
        assert_eq!(size(0), Ok(100));
        assert_eq!(size(7), Ok(7));
        assert_eq!(size(i32::MAX), Ok(1_000));
        assert_eq!(
            size(-1).unwrap_err().to_string(),
            "page_size: -1 is negative"
        );
    }

    #[test]
    fn a_span_of_time_upside_down_is_refused() {
        let upside_down = Filter {
            from: DateTime::from_timestamp(2, 0),
            to: DateTime::from_timestamp(1, 0),
            ..filter()
        };
        assert_eq!(upside_down.checked().unwrap_err().field, "to");
    }
}
