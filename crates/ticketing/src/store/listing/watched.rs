//! Which of some tickets are in a list.

use std::collections::HashSet;

use sqlx::{PgConnection, QueryBuilder};
use uuid::Uuid;

use super::Selection;
use crate::{
    domain::{Instant, id::TicketId},
    error::Error,
};

/// Those of the tickets that are selected.
///
/// # Errors
/// Those of the database.
pub async fn among(
    conn: &mut PgConnection,
    selection: &Selection,
    tickets: &[TicketId],
    now: Instant,
) -> Result<HashSet<TicketId>, Error> {
    let tickets: Vec<Uuid> = tickets.iter().map(|id| id.uuid()).collect();
    let mut query = QueryBuilder::new("select tickets.id");
    selection.write(&mut query, now);
    query
        .push(" and tickets.id = any(")
        .push_bind(tickets)
        .push("::uuid[])");
    let found = query.build_query_scalar::<Uuid>().persistent(false);
    Ok(found
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(TicketId::from)
        .collect())
}
