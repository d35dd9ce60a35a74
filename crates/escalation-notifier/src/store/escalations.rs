//! Escalations and the timers of their levels.

mod columns;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use self::columns::Columns;
use super::{Error, unsigned};
use crate::domain::{
    escalation::{Escalation, OwnReturn, State},
    ticket::Ticket,
};

/// A row of the table.
pub(super) struct Row {
    ticket: Json<Ticket>,
    ticket_version: i64,
    acknowledged: bool,
    resolved_version: i64,
    round: i64,
    round_started_at: DateTime<Utc>,
    touched_version: i64,
    touched_at: DateTime<Utc>,
    own_return_version: i64,
    own_return_at: Option<DateTime<Utc>>,
    came_back_version: i64,
    level: i32,
    stage: i32,
    waiting: Vec<i32>,
    next_level_at: Option<DateTime<Utc>>,
    policy: String,
    policy_version: i64,
    routes: Vec<String>,
}

impl From<Row> for Escalation {
    fn from(row: Row) -> Self {
        Self {
            ticket: row.ticket.0,
            version: row.ticket_version,
            acknowledged: row.acknowledged,
            resolved_version: row.resolved_version,
            round: row.round,
            round_started_at: row.round_started_at,
            touched_version: row.touched_version,
            touched_at: row.touched_at,
            own_return: OwnReturn {
                version: row.own_return_version,
                at: row.own_return_at,
            },
            came_back_version: row.came_back_version,
            level: unsigned(row.level),
            stage: unsigned(row.stage),
            waiting: row.waiting.into_iter().map(unsigned).collect(),
            next_level_at: row.next_level_at,
            policy: row.policy,
            policy_version: row.policy_version,
            routes: row.routes,
        }
    }
}

/// Its name in the table.
#[must_use]
pub fn word(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Acknowledged => "acknowledged",
        State::Resolved => "resolved",
        State::Exhausted => "exhausted",
    }
}

/// Locks the escalations of these tickets, adding those that are new as given: these hold nothing
/// until they are saved.
///
/// # Errors
///
/// The database failed.
pub async fn lock(
    conn: &mut PgConnection,
    unobserved: &[Escalation],
    now: DateTime<Utc>,
) -> Result<Vec<Escalation>, Error> {
    let mut sorted: Vec<&Escalation> = unobserved.iter().collect();
    sorted.sort_by(|left, right| left.ticket.id.cmp(&right.ticket.id));
    let new = add_new(conn, &sorted, now).await?;
    let (new, known): (Vec<&Escalation>, Vec<&Escalation>) = sorted
        .into_iter()
        .partition(|escalation| new.contains(&escalation.ticket.id));
    let new = new.into_iter().cloned();
    if known.is_empty() {
        return Ok(new.collect());
    }
    let ids: Vec<&str> = known.iter().map(|it| it.ticket.id.as_str()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select ticket as "ticket: Json<Ticket>", ticket_version, acknowledged,
                  resolved_version, round, round_started_at, touched_version, touched_at,
                  own_return_version, own_return_at, came_back_version, level, stage, waiting,
                  next_level_at, policy, policy_version, routes
           from escalation where ticket_id = any($1) order by ticket_id for update"#,
        &ids as _,
    );
    let known = rows
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Escalation::from);
    Ok(known.chain(new).collect())
}

/// Adds rows of those that are not there yet; their tickets.
async fn add_new(
    conn: &mut PgConnection,
    sorted: &[&Escalation],
    now: DateTime<Utc>,
) -> Result<HashSet<String>, Error> {
    let columns = Columns::of(sorted.iter().copied());
    let added = sqlx::query_scalar!(
        "insert into escalation (ticket_id, order_id, ticket, ticket_version, acknowledged,
             resolved_version, round, round_started_at, touched_at, level, policy,
             policy_version, state, started_at, updated_at)
         select ticket_id, order_id, '{}', 0, false, 0, 0, started_at, started_at, 0, policy,
             policy_version, 'running', started_at, $6
         from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[])
             as new (ticket_id, order_id, started_at, policy, policy_version)
         on conflict do nothing
         returning ticket_id",
        &columns.ticket_ids,
        &columns.order_ids,
        &columns.rounds_started_at,
        &columns.policies,
        &columns.policy_versions,
        now,
    );
    Ok(added.fetch_all(conn).await?.into_iter().collect())
}

/// Locks escalations whose next level is due and that nobody else holds.
///
/// # Errors
///
/// The database failed.
pub async fn claim_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Escalation>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select ticket as "ticket: Json<Ticket>", ticket_version, acknowledged,
                  resolved_version, round, round_started_at, touched_version, touched_at,
                  own_return_version, own_return_at, came_back_version, level, stage, waiting,
                  next_level_at, policy, policy_version, routes
           from level_timer join escalation using (ticket_id)
           where due_at <= $1 order by due_at limit $2
           for update of level_timer, escalation skip locked"#,
        now,
        limit,
    );
    Ok(rows
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Escalation::from)
        .collect())
}

/// The escalation of a ticket.
///
/// # Errors
///
/// The database failed.
pub async fn of_ticket(
    conn: &mut PgConnection,
    ticket_id: &str,
) -> Result<Option<Escalation>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select ticket as "ticket: Json<Ticket>", ticket_version, acknowledged,
                  resolved_version, round, round_started_at, touched_version, touched_at,
                  own_return_version, own_return_at, came_back_version, level, stage, waiting,
                  next_level_at, policy, policy_version, routes
           from escalation where ticket_id = $1"#,
        ticket_id,
    );
    Ok(row.fetch_optional(conn).await?.map(Escalation::from))
}

/// Escalations that are not resolved, by ticket, after a ticket; a page of them.
///
/// # Errors
///
/// The database failed.
pub async fn unresolved(conn: &mut PgConnection, after: &str) -> Result<Vec<Escalation>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select ticket as "ticket: Json<Ticket>", ticket_version, acknowledged,
                  resolved_version, round, round_started_at, touched_version, touched_at,
                  own_return_version, own_return_at, came_back_version, level, stage, waiting,
                  next_level_at, policy, policy_version, routes
           from escalation where state <> 'resolved' and ticket_id > $1
           order by ticket_id limit 1000"#,
        after,
    );
    Ok(rows
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Escalation::from)
        .collect())
}

/// When the next level of any ticket is due.
///
/// # Errors
///
/// The database failed.
pub async fn next_due(conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(sqlx::query_scalar!("select min(due_at) from level_timer")
        .fetch_one(conn)
        .await?)
}

/// Writes back what was locked, timers included.
///
/// # Errors
///
/// The database failed.
pub async fn save(
    conn: &mut PgConnection,
    escalations: &[Escalation],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let columns = Columns::of(escalations);
    sqlx::query!(
        "update escalation set
             ticket = new.ticket, ticket_version = new.ticket_version,
             acknowledged = new.acknowledged, resolved_version = new.resolved_version,
             round = new.round, round_started_at = new.round_started_at,
             touched_version = new.touched_version, touched_at = new.touched_at,
             came_back_version = new.came_back_version,
             own_return_version = new.own_return_version, own_return_at = new.own_return_at,
             level = new.level, stage = new.stage, next_level_at = new.next_level_at,
             policy = new.policy, policy_version = new.policy_version,
             routes = array(select jsonb_array_elements_text(new.routes)),
             waiting = array(select jsonb_array_elements_text(new.waiting)::integer),
             state = new.state, updated_at = $18
         from unnest($1::text[], $2::jsonb[], $3::bigint[], $4::boolean[], $5::bigint[],
             $6::bigint[], $7::timestamptz[], $8::bigint[], $9::timestamptz[], $10::bigint[],
             $11::integer[], $12::integer[], $13::timestamptz[], $14::text[], $15::bigint[],
             $16::jsonb[], $17::text[], $19::jsonb[],
             $20::bigint[], $21::timestamptz[])
             as new (ticket_id, ticket, ticket_version, acknowledged, resolved_version,
             round, round_started_at, touched_version, touched_at, came_back_version,
             level, stage, next_level_at, policy, policy_version, routes, state, waiting,
             own_return_version, own_return_at)
         where escalation.ticket_id = new.ticket_id",
        &columns.ticket_ids,
        &columns.tickets as _,
        &columns.versions,
        &columns.acknowledged,
        &columns.resolved_versions,
        &columns.rounds,
        &columns.rounds_started_at,
        &columns.touched_versions,
        &columns.touched_at,
        &columns.came_back_versions,
        &columns.levels,
        &columns.stages,
        &columns.next_levels_at as _,
        &columns.policies,
        &columns.policy_versions,
        &columns.routes as _,
        &columns.states,
        now,
        &columns.waiting as _,
        &columns.own_return_versions,
        &columns.own_returns_at as _,
    )
    .execute(&mut *conn)
    .await?;
    save_timers(conn, &columns).await
}

async fn save_timers(conn: &mut PgConnection, columns: &Columns) -> Result<(), Error> {
    sqlx::query!(
        "delete from level_timer using unnest($1::text[], $2::timestamptz[])
             as new (ticket_id, due_at)
         where level_timer.ticket_id = new.ticket_id and new.due_at is null",
        &columns.ticket_ids,
        &columns.next_levels_at as _,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into level_timer (ticket_id, due_at)
         select ticket_id, due_at from unnest($1::text[], $2::timestamptz[])
             as new (ticket_id, due_at)
         where due_at is not null
         on conflict (ticket_id) do update set due_at = excluded.due_at
         where level_timer.due_at <> excluded.due_at",
        &columns.ticket_ids,
        &columns.next_levels_at as _,
    )
    .execute(&mut *conn)
    .await?;
    Ok(())
}
