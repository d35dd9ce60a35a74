//! Tickets by filters, page by page, newest first.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use thiserror::Error as ThisError;
use uuid::Uuid;

use crate::{
    domain::{Instant, id::TicketId, ticket::State},
    error::Error,
};

/// Which tickets to list; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In one of these states; empty means any.
    pub states: Vec<State>,
    /// With this department.
    pub department: Option<String>,
    /// With this person.
    pub assignee: Option<String>,
    /// About this order.
    pub order: Option<String>,
    /// Of this scenario.
    pub scenario: Option<String>,
    /// Of this exception, as the ticket that it can have.
    pub ticket: Option<TicketId>,
    /// Past due.
    pub overdue_only: bool,
}

/// A page of ids, and how many there are in all.
#[derive(Debug)]
pub struct Page {
    /// Ids, newest first.
    pub ids: Vec<TicketId>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Place>,
    /// How many tickets the filter lets through.
    pub total: i64,
}

/// Place of a ticket in the list. Stays right while tickets come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    opened_at: Instant,
    id: Uuid,
}

/// The page token is not one that was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("must be the next_page_token of an earlier answer")]
pub struct NotAPlace;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}",
            self.opened_at.timestamp_micros(),
            self.id.simple()
        )
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(token: &str) -> Result<Self, Self::Err> {
        let (micros, id) = token.split_once('.').ok_or(NotAPlace)?;
        let micros = micros.parse().map_err(|_| NotAPlace)?;
        let opened_at = DateTime::<Utc>::from_timestamp_micros(micros).ok_or(NotAPlace)?;
        Ok(Self {
            opened_at,
            id: id.parse().map_err(|_| NotAPlace)?,
        })
    }
}

/// Lists one page.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<Place>,
    size: i64,
) -> Result<Page, Error> {
    let states: Vec<String> = filter
        .states
        .iter()
        .map(|state| state.as_str().to_owned())
        .collect();
    let rows = sqlx::query!(
        "select id, opened_at from tickets
        where (cardinality($1::text[]) = 0 or state = any($1))
            and ($2::text is null or department = $2)
            and ($3::text is null or assignee = $3)
            and ($4::text is null or order_id = $4)
            and ($5::text is null or scenario = $5)
            and ($6::uuid is null or id = $6)
            and (not $7 or overdue)
            and ($8::timestamptz is null or (opened_at, id) < ($8, $9))
        order by opened_at desc, id desc limit $10",
        &states,
        filter.department,
        filter.assignee,
        filter.order,
        filter.scenario,
        filter.ticket.map(TicketId::uuid),
        filter.overdue_only,
        after.map(|place| place.opened_at),
        after.map(|place| place.id),
        size + 1
    )
    .fetch_all(&mut *conn)
    .await?;
    let shown = usize::try_from(size).unwrap_or(usize::MAX);
    let last = rows
        .get(shown.wrapping_sub(1))
        .filter(|_| rows.len() > shown);
    let next = last.map(|row| Place {
        opened_at: row.opened_at,
        id: row.id,
    });
    let ids = rows.iter().take(shown).map(|row| row.id.into()).collect();
    Ok(Page {
        ids,
        next,
        total: total(conn, filter, &states).await?,
    })
}

async fn total(conn: &mut PgConnection, filter: &Filter, states: &[String]) -> Result<i64, Error> {
    let total = sqlx::query_scalar!(
        r#"select count(*) as "count!" from tickets
        where (cardinality($1::text[]) = 0 or state = any($1))
            and ($2::text is null or department = $2)
            and ($3::text is null or assignee = $3)
            and ($4::text is null or order_id = $4)
            and ($5::text is null or scenario = $5)
            and ($6::uuid is null or id = $6)
            and (not $7 or overdue)"#,
        states,
        filter.department,
        filter.assignee,
        filter.order,
        filter.scenario,
        filter.ticket.map(TicketId::uuid),
        filter.overdue_only
    )
    .fetch_one(conn)
    .await?;
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_is_read_back_and_anything_else_refused() {
        let place = Place {
            opened_at: DateTime::from_timestamp_micros(1_750_000_000_123_456).unwrap(),
            id: Uuid::from_u128(9),
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        for token in [
            "x",
            "1.x",
            "1",
            "999999999999999999999.00000000000000000000000000000009",
        ] {
            assert_eq!(token.parse::<Place>(), Err(NotAPlace), "{token}");
        }
    }
}
