//! Durable timers. A timer is a row; who deletes the row rings it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{
        Instant,
        id::TicketId,
        ticket::Ticket,
        timer::{Timer, TimerKind},
    },
    error::Error,
};

/// A claimed timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// Whose it is.
    pub ticket: TicketId,
    /// Which it is.
    pub timer: Timer,
}

/// Claims timers that are due, earliest first, and locks their tickets.
///
/// The tickets are locked before the timers, as everybody does, so that nobody
/// waits in a circle; tickets that somebody else holds are passed over and
/// their timers stay for the next claim.
///
/// # Errors
/// Those of the database, and [`Error::Corrupt`].
pub async fn claim(
    conn: &mut PgConnection,
    now: Instant,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    let rows = sqlx::query!(
        "with due as (
            select ticket_id from ticket_timers where due_at <= $1 order by due_at limit $2
        ), locked as (
            select id from tickets where id in (select ticket_id from due)
            order by id for update skip locked
        )
        delete from ticket_timers using locked
        where ticket_timers.ticket_id = locked.id and due_at <= $1
        returning ticket_id, kind, due_at",
        now,
        limit
    )
    .fetch_all(conn)
    .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let ticket = TicketId::from(row.ticket_id);
        let kind = TimerKind::parse(&row.kind);
        let kind = kind.ok_or(Error::Corrupt {
            ticket,
            what: "timer kind",
        })?;
        claimed.push(Claimed {
            ticket,
            timer: Timer {
                kind,
                at: row.due_at,
            },
        });
    }
    claimed.sort_by_key(|claimed| (claimed.timer.at, claimed.timer.kind));
    Ok(claimed)
}

/// The earliest instant at which a timer goes off.
///
/// # Errors
/// Those of the database.
pub async fn next(conn: &mut PgConnection) -> Result<Option<Instant>, Error> {
    Ok(sqlx::query_scalar!("select min(due_at) from ticket_timers")
        .fetch_one(conn)
        .await?)
}

/// Makes the timers of changed tickets what the tickets ask for.
///
/// # Errors
/// Those of the database.
pub async fn replace(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let mut emptied = Vec::<Uuid>::new();
    let mut tickets = Vec::<Uuid>::new();
    let mut kinds = Vec::<String>::new();
    let mut instants = Vec::<DateTime<Utc>>::new();
    for change in changes {
        let before = change
            .before
            .as_ref()
            .map(Ticket::timers)
            .unwrap_or_default();
        let after = change.after.timers();
        if before == after {
            continue;
        }
        if !before.is_empty() {
            emptied.push(change.after.id.uuid());
        }
        for timer in after {
            tickets.push(change.after.id.uuid());
            kinds.push(timer.kind.as_str().to_owned());
            instants.push(timer.at);
        }
    }
    if !emptied.is_empty() {
        sqlx::query!(
            "delete from ticket_timers where ticket_id = any($1)",
            &emptied
        )
        .execute(&mut *conn)
        .await?;
    }
    if !tickets.is_empty() {
        sqlx::query!(
            "insert into ticket_timers (ticket_id, kind, due_at)
            select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])",
            &tickets,
            &kinds,
            &instants
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}
