//! Calls to machines that steps wait for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{Instant, automation::Call},
    error::Error,
};

/// A call that this replica is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The call.
    pub call: Call,
    /// How often it failed before.
    pub failures: i32,
}

/// Claims calls whose instant has come, earliest first; nobody else does until `held_until`.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    conn: &mut PgConnection,
    now: Instant,
    held_until: Instant,
    limit: i64,
) -> Result<Vec<Claimed>, Error> {
    let rows = sqlx::query!(
        "update ticket_calls set due_at = $2 where (ticket_id, step, turn) in (
            select ticket_id, step, turn from ticket_calls
            where due_at <= $1 order by due_at limit $3 for update skip locked
        ) returning ticket_id, step, turn, failures",
        now,
        held_until,
        limit
    )
    .fetch_all(conn)
    .await?;
    let claimed = rows.into_iter().map(|row| Claimed {
        call: Call {
            ticket: row.ticket_id.into(),
            step: row.step,
            turn: row.turn,
        },
        failures: row.failures,
    });
    Ok(claimed.collect())
}

/// The earliest instant at which a call is to be made.
///
/// # Errors
/// Those of the database.
pub async fn next(conn: &mut PgConnection) -> Result<Option<Instant>, Error> {
    let next = sqlx::query_scalar!("select min(due_at) from ticket_calls");
    Ok(next.fetch_one(conn).await?)
}

/// Has a call made again later.
///
/// # Errors
/// Those of the database.
pub async fn postpone(
    conn: &mut PgConnection,
    claimed: &Claimed,
    until: Instant,
) -> Result<(), Error> {
    let Claimed { call, failures } = claimed;
    sqlx::query!(
        "update ticket_calls set due_at = $4, failures = $5
        where ticket_id = $1 and step = $2 and turn = $3",
        call.ticket.uuid(),
        call.step,
        call.turn,
        until,
        failures
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Brings the calls in line with tickets that have changed.
///
/// # Errors
/// Those of the database.
pub async fn replace(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let (mut gone, mut new) = (Columns::default(), Columns::default());
    for change in changes {
        let before: BTreeSet<Call> = change.before.iter().flat_map(|it| it.calls()).collect();
        let after: BTreeSet<Call> = change.after.calls().collect();
        gone.extend(before.difference(&after), change.after.changed_at);
        new.extend(after.difference(&before), change.after.changed_at);
    }
    if !gone.tickets.is_empty() {
        sqlx::query!(
            "delete from ticket_calls using unnest($1::uuid[], $2::text[], $3::bigint[])
                as gone (ticket_id, step, turn)
            where ticket_calls.ticket_id = gone.ticket_id and ticket_calls.step = gone.step
                and ticket_calls.turn = gone.turn",
            &gone.tickets,
            &gone.steps,
            &gone.turns
        )
        .execute(&mut *conn)
        .await?;
    }
    if !new.tickets.is_empty() {
        sqlx::query!(
            "insert into ticket_calls (ticket_id, step, turn, due_at)
            select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[])",
            &new.tickets,
            &new.steps,
            &new.turns,
            &new.instants
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

#[derive(Default)]
struct Columns {
    tickets: Vec<Uuid>,
    steps: Vec<String>,
    turns: Vec<i64>,
    instants: Vec<DateTime<Utc>>,
}

impl Columns {
    fn extend<'c>(&mut self, calls: impl Iterator<Item = &'c Call>, at: Instant) {
        for call in calls {
            self.tickets.push(call.ticket.uuid());
            self.steps.push(call.step.clone());
            self.turns.push(call.turn);
            self.instants.push(at);
        }
    }
}
