//! Tickets with steps that end when the order's facts say so, and when to ask for that next.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{Instant, automation::Awaited, id::TicketId, ticket::Ticket},
    error::Error,
};

/// Claims tickets of which it is time to ask, earliest first; nobody else asks until `again_at`.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    conn: &mut PgConnection,
    now: Instant,
    again_at: Instant,
    limit: i64,
) -> Result<Vec<TicketId>, Error> {
    let claimed = sqlx::query_scalar!(
        "update ticket_questions set ask_at = $2 where ticket_id in (
            select ticket_id from ticket_questions
            where ask_at <= $1 order by ask_at limit $3 for update skip locked
        ) returning ticket_id",
        now,
        again_at,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(claimed.into_iter().map(TicketId::from).collect())
}

/// The earliest instant at which to ask.
///
/// # Errors
/// Those of the database.
pub async fn next(conn: &mut PgConnection) -> Result<Option<Instant>, Error> {
    let next = sqlx::query_scalar!("select min(ask_at) from ticket_questions");
    Ok(next.fetch_one(conn).await?)
}

/// Has tickets asked about earlier than they would be.
///
/// # Errors
/// Those of the database.
pub async fn hasten(conn: &mut PgConnection, tickets: &[(TicketId, Instant)]) -> Result<(), Error> {
    let (ids, instants): (Vec<Uuid>, Vec<DateTime<Utc>>) =
        tickets.iter().map(|(id, at)| (id.uuid(), *at)).unzip();
    sqlx::query!(
        "update ticket_questions set ask_at = least(ticket_questions.ask_at, sooner.ask_at)
        from (
            select ticket_id, min(ask_at) as ask_at
            from unnest($1::uuid[], $2::timestamptz[]) as wanted (ticket_id, ask_at)
            group by ticket_id
        ) as sooner
        where ticket_questions.ticket_id = sooner.ticket_id",
        &ids,
        &instants
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has tickets of these orders asked about at this instant, unless they are earlier.
///
/// # Errors
/// Those of the database.
pub async fn hasten_of(
    conn: &mut PgConnection,
    orders: &[String],
    at: Instant,
) -> Result<(), Error> {
    sqlx::query!(
        "update ticket_questions set ask_at = least(ask_at, $2)
        from tickets where tickets.order_id = any($1) and tickets.id = ticket_id",
        orders,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Brings the questions in line with tickets that have changed. What was reported about the order
/// is a reason to ask at once, as are new conditions.
///
/// # Errors
/// Those of the database.
pub async fn replace(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let (mut quiet, mut asking) = (Vec::<Uuid>::new(), Vec::<Uuid>::new());
    let mut instants = Vec::<DateTime<Utc>>::new();
    for change in changes {
        let asked = |ticket: &Ticket| {
            let awaited: Vec<Awaited> = ticket.awaited().collect();
            (!awaited.is_empty()).then_some((ticket.exception.version, awaited))
        };
        let (before, after) = (change.before.as_ref().and_then(asked), asked(&change.after));
        match after {
            same if same == before => {}
            None => quiet.push(change.after.id.uuid()),
            Some(_) => {
                asking.push(change.after.id.uuid());
                instants.push(change.after.changed_at);
            }
        }
    }
    if !quiet.is_empty() {
        sqlx::query!(
            "delete from ticket_questions where ticket_id = any($1)",
            &quiet
        )
        .execute(&mut *conn)
        .await?;
    }
    if !asking.is_empty() {
        sqlx::query!(
            "insert into ticket_questions (ticket_id, ask_at)
            select * from unnest($1::uuid[], $2::timestamptz[])
            on conflict (ticket_id) do update set ask_at = excluded.ask_at",
            &asking,
            &instants
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}
