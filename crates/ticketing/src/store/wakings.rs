//! Durable timers: for each ticket the one instant at which it is to be woken next.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{Instant, id::TicketId, ticket::Ticket},
    error::Error,
};

/// Locks tickets whose instant has come, earliest first; those that somebody else holds are
/// passed over and stay for the next time.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    conn: &mut PgConnection,
    now: Instant,
    limit: i64,
) -> Result<Vec<TicketId>, Error> {
    let claimed = sqlx::query_scalar!(
        "select id from tickets where id in (
            select ticket_id from ticket_wakings where wake_at <= $1 order by wake_at limit $2
        ) order by id for update skip locked",
        now,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(claimed.into_iter().map(TicketId::from).collect())
}

/// The earliest instant for which a ticket waits.
///
/// # Errors
/// Those of the database.
pub async fn next(conn: &mut PgConnection) -> Result<Option<Instant>, Error> {
    let next = sqlx::query_scalar!("select min(wake_at) from ticket_wakings");
    Ok(next.fetch_one(conn).await?)
}

/// Writes the instants of tickets that have changed.
///
/// # Errors
/// Those of the database.
pub async fn replace(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let moved = changes.iter().filter(|change| {
        let before = change.before.as_ref().and_then(Ticket::next_timer);
        before != change.after.next_timer()
    });
    set(conn, moved.map(|change| &change.after)).await
}

/// Writes for what instant each of these tickets waits.
///
/// # Errors
/// Those of the database.
pub async fn set<'t>(
    conn: &mut PgConnection,
    tickets: impl Iterator<Item = &'t Ticket>,
) -> Result<(), Error> {
    let mut quiet = Vec::<Uuid>::new();
    let mut waiting = Vec::<Uuid>::new();
    let mut instants = Vec::<DateTime<Utc>>::new();
    for ticket in tickets {
        match ticket.next_timer() {
            Some(at) => {
                waiting.push(ticket.id.uuid());
                instants.push(at);
            }
            None => quiet.push(ticket.id.uuid()),
        }
    }
    if !quiet.is_empty() {
        sqlx::query!(
            "delete from ticket_wakings where ticket_id = any($1)",
            &quiet
        )
        .execute(&mut *conn)
        .await?;
    }
    if !waiting.is_empty() {
        sqlx::query!(
            "insert into ticket_wakings (ticket_id, wake_at)
            select * from unnest($1::uuid[], $2::timestamptz[])
            on conflict (ticket_id) do update set wake_at = excluded.wake_at",
            &waiting,
            &instants
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}
