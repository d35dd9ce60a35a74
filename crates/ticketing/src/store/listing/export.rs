//! Tickets as rows of a table for people.

use std::fmt::Write as _;

use sqlx::{PgConnection, QueryBuilder, Row as _};
use uuid::Uuid;

use super::{Order, Place, Selection};
use crate::{domain::Instant, error::Error};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Text that came from outside.
    Text,
    /// Numbers, identifiers, and words of our own.
    Plain,
    /// Instants, in RFC 3339.
    Instant,
}

/// The columns: heading, content, and the SQL that stands for it.
pub const COLUMNS: [(&str, Content, &str); 30] = [
    ("id", Content::Plain, "tickets.id"),
    ("order_id", Content::Text, "tickets.order_id"),
    ("state", Content::Plain, "tickets.state"),
    ("department", Content::Text, "tickets.department"),
    ("team", Content::Text, "tickets.team"),
    ("assignee", Content::Text, "tickets.assignee"),
    ("scenario", Content::Text, "tickets.scenario"),
    ("rule", Content::Text, "tickets.rule"),
    ("severity", Content::Text, "tickets.severity"),
    ("sop", Content::Text, "tickets.sop"),
    ("sop_version", Content::Plain, "tickets.sop_version"),
    ("opened_at", Content::Instant, "tickets.opened_at"),
    (
        "acknowledged_at",
        Content::Instant,
        "tickets.acknowledged_at",
    ),
    ("acknowledged_by", Content::Text, "tickets.acknowledged_by"),
    ("due_at", Content::Instant, "tickets.due_at"),
    ("deadline_at", Content::Instant, "tickets.deadline_at"),
    ("overdue", Content::Plain, "tickets.overdue"),
    ("pause", Content::Text, "tickets.pause ->> 'reason'"),
    ("snoozed_until", Content::Instant, "tickets.snoozed_until"),
    ("resolved_at", Content::Instant, "tickets.resolved_at"),
    ("resolved_by", Content::Text, "tickets.resolved_by"),
    ("resolution", Content::Text, "tickets.resolution"),
    ("automatic", Content::Plain, "tickets.automatic"),
    (
        "warehouse",
        Content::Text,
        "tickets.order_summary ->> 'warehouse'",
    ),
    (
        "region",
        Content::Text,
        "tickets.order_summary ->> 'region'",
    ),
    ("kind", Content::Text, "tickets.order_summary ->> 'kind'"),
    (
        "customer_tier",
        Content::Text,
        "tickets.order_summary ->> 'customer_tier'",
    ),
    (
        "channel",
        Content::Text,
        "tickets.order_summary ->> 'channel'",
    ),
    (
        "amount",
        Content::Plain,
        "tickets.order_summary ->> 'amount'",
    ),
    ("exception_id", Content::Plain, "tickets.exception_id"),
];

/// Some rows, one cell a column, and where those begin that follow.
#[derive(Debug)]
pub struct Rows {
    /// Cells; absent where there is nothing.
    pub rows: Vec<Vec<Option<String>>>,
    /// Absent when these are the last.
    pub next: Option<Place>,
}

/// Reads rows, those opened first first.
///
/// # Errors
/// Those of the database.
pub async fn rows(
    conn: &mut PgConnection,
    selection: &Selection,
    after: Option<Place>,
    size: i64,
    now: Instant,
) -> Result<Rows, Error> {
    let mut query = QueryBuilder::new("");
    let order = Order::Oldest;
    selection.write_page_with(&cells(), &mut query, order, after, size, now);
    let found = query.build().persistent(false).fetch_all(conn).await?;
    let is_full = usize::try_from(size).is_ok_and(|size| found.len() == size);
    let next = match found.last().filter(|_| is_full) {
        Some(last) => Some(Place {
            fingerprint: Uuid::nil(),
            key: last.try_get("key")?,
            id: last.try_get("id")?,
        }),
        None => None,
    };
    let rows = found.iter().map(|row| row.try_get("cells"));
    Ok(Rows {
        rows: rows.collect::<Result<_, _>>()?,
        next,
    })
}

/// The cells as one array of text.
fn cells() -> String {
    let mut cells = String::from(", array[");
    for (index, (_, content, sql)) in COLUMNS.iter().enumerate() {
        let joint = if index == 0 { "" } else { ", " };
        let _ = match content {
            Content::Instant => {
                let format = "YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"";
                write!(
                    cells,
                    "{joint}to_char({sql} at time zone 'UTC', '{format}')"
                )
            }
            _ => write!(cells, "{joint}({sql})::text"),
        };
    }
    cells.push_str("] as cells");
    cells
}
