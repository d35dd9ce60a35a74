//! Tickets by filters, page by page.

pub mod export;
pub mod fields;
mod order;
pub mod watched;

use filter::{Bind, Environment, Filter, Piece, Sql};
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

pub use order::{NotAPlace, NotAnOrder, Order, Place};

use crate::{
    domain::{Instant, duties::Duties, id::TicketId},
    error::Error,
};

/// Tickets are counted no further than this.
pub const COUNTED: i64 = 10_001;

/// Namespace of the fingerprints of lists.
const LISTS: Uuid = Uuid::from_u128(0x3c5a_9f2e_41d7_5b60_8e13_72c4_d09a_b6f8);

/// A filter of tickets, and the text that it was read from.
#[derive(Debug, Clone)]
pub struct TicketFilter {
    text: String,
    filter: Filter,
}

/// Which tickets: those that pass every filter and, when duties are named, are somebody's to do
/// something about.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The filters.
    pub filters: Vec<TicketFilter>,
    /// Login of who asks; `me()` in filters.
    pub me: Option<String>,
    /// Whose work it must be.
    pub duties: Option<Duties>,
}

/// A page of ids, and how many there are in all.
#[derive(Debug)]
pub struct Page {
    /// Ids in order.
    pub ids: Vec<TicketId>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Place>,
}

impl TicketFilter {
    /// Reads a filter.
    ///
    /// # Errors
    /// The first fault of the text, with its place.
    pub fn parse(text: &str) -> Result<Self, filter::Error> {
        Ok(Self {
            text: text.to_owned(),
            filter: Filter::parse(text, &fields::FIELDS)?,
        })
    }

    /// The text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The filter.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.filter
    }
}

impl Selection {
    /// Tells a list of these tickets in this order from other lists.
    #[must_use]
    pub fn fingerprint(&self, order: Order) -> Uuid {
        let mut parts = vec![order.as_str(), self.me.as_deref().unwrap_or_default()];
        parts.push(if self.duties.is_some() { "work" } else { "" });
        parts.extend(self.filters.iter().map(|filter| &*filter.text));
        // No part holds the separator: filters and logins that do are refused.
        Uuid::new_v5(&LISTS, parts.join("\0").as_bytes())
    }

    /// Writes ` from tickets … where …`.
    pub fn write(&self, query: &mut QueryBuilder<Postgres>, now: Instant) {
        query.push(" from tickets");
        if let Some(duties) = &self.duties {
            write_work(query, duties);
        }
        let environment = Environment {
            now,
            me: self.me.as_deref(),
        };
        query.push(" where true");
        for filter in &self.filters {
            query.push(" and ");
            push(query, &filter.filter.sql(&environment));
        }
    }

    /// Writes the query of a page: ids, each with its key.
    pub fn write_page(
        &self,
        query: &mut QueryBuilder<Postgres>,
        order: Order,
        after: Option<Place>,
        size: i64,
        now: Instant,
    ) {
        self.write_page_with("", query, order, after, size, now);
    }

    /// Writes the query of a page with further columns, which begin with a comma.
    fn write_page_with(
        &self,
        also: &str,
        query: &mut QueryBuilder<Postgres>,
        order: Order,
        after: Option<Place>,
        size: i64,
        now: Instant,
    ) {
        let key = self.key(order);
        query.push(format!(
            "select tickets.id, nullif({key}, 'infinity') as key{also}"
        ));
        self.write(query, now);
        let (follows, direction) = if order.descends() {
            ("<", "desc")
        } else {
            (">", "asc")
        };
        if let Some(place) = after {
            query.push(format!(" and ({key}, tickets.id) {follows} (coalesce("));
            query
                .push_bind(place.key)
                .push("::timestamptz, 'infinity'), ");
            query.push_bind(place.id).push("::uuid)");
        }
        query.push(format!(
            " order by {key} {direction}, tickets.id {direction} limit "
        ));
        query.push_bind(size);
    }

    fn key(&self, order: Order) -> &'static str {
        match order {
            Order::Newest | Order::Oldest => "tickets.opened_at",
            Order::TimeLeft if self.duties.is_some() => "mine.due_at",
            Order::TimeLeft => "coalesce(tickets.deadline_at, 'infinity')",
        }
    }
}

/// Lists one page.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut PgConnection,
    selection: &Selection,
    order: Order,
    after: Option<Place>,
    size: i64,
    now: Instant,
) -> Result<Page, Error> {
    let mut query = QueryBuilder::new("");
    selection.write_page(&mut query, order, after, size + 1, now);
    // Each filter is a statement of its own: kept, they would drive out those that come again.
    let rows = query.build().persistent(false).fetch_all(conn).await?;
    let shown = usize::try_from(size).unwrap_or(usize::MAX);
    let fingerprint = selection.fingerprint(order);
    let mut places = Vec::with_capacity(rows.len());
    for row in rows.iter().take(shown) {
        places.push(Place {
            fingerprint,
            key: row.try_get("key")?,
            id: row.try_get("id")?,
        });
    }
    Ok(Page {
        next: places.last().copied().filter(|_| rows.len() > shown),
        ids: places.iter().map(|place| place.id.into()).collect(),
    })
}

/// How many tickets there are, counted no further than [`COUNTED`].
///
/// # Errors
/// Those of the database.
pub async fn count(
    conn: &mut PgConnection,
    selection: &Selection,
    now: Instant,
) -> Result<i64, Error> {
    let mut query = QueryBuilder::new("select count(*) from (select");
    selection.write(&mut query, now);
    query
        .push(" limit ")
        .push_bind(COUNTED)
        .push(") as counted");
    let count = query.build_query_scalar().persistent(false);
    Ok(count.fetch_one(conn).await?)
}

/// Writes a join with the tickets on which somebody has something to do, each with the soonest
/// deadline of that. The tasks are those that [`Duties::include`] answers for.
fn write_work(query: &mut QueryBuilder<Postgres>, duties: &Duties) {
    let staff = &duties.staff;
    query
        .push(
            " join (select ticket_id, min(coalesce(due_at, 'infinity')) as due_at
            from ticket_tasks where assignee = ",
        )
        .push_bind(duties.login.clone())
        .push("::text or (department = any(")
        .push_bind(duties.departments.clone())
        .push("::text[]) and (team = '' or team = any(")
        .push_bind(duties.teams.clone())
        .push("::text[])) and (assignee = '' or assignee <> all(")
        .push_bind(staff.logins.clone())
        .push("::text[])))");
    if duties.arbiter {
        query
            .push(" or (kind = 'arbitrate' and (department = any(")
            .push_bind(duties.departments.clone())
            .push("::text[]) or department <> all(")
            .push_bind(staff.departments.clone())
            .push("::text[])))");
    }
    query.push(" group by ticket_id) as mine on mine.ticket_id = tickets.id");
}

fn push(query: &mut QueryBuilder<Postgres>, sql: &Sql) {
    for piece in sql.pieces() {
        match piece {
            Piece::Text(text) => query.push(text),
            Piece::Bind(Bind::Text(text)) => query.push_bind(text.clone()),
            Piece::Bind(Bind::Integer(number)) => query.push_bind(*number),
            Piece::Bind(Bind::Float(number)) => query.push_bind(*number),
            Piece::Bind(Bind::Duration(duration)) => query.push_bind(*duration),
            Piece::Bind(Bind::Instant(instant)) => query.push_bind(*instant),
            Piece::Bind(Bind::Uuid(uuid)) => query.push_bind(*uuid),
        };
    }
}
