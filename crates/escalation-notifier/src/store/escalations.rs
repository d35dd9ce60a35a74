//! Escalations and the timers of their levels.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::{Error, signed, unsigned};
use crate::domain::{
    escalation::{Escalation, State},
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
    level: i32,
    next_level_at: Option<DateTime<Utc>>,
    policy: String,
    policy_version: i64,
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
            level: unsigned(row.level),
            next_level_at: row.next_level_at,
            policy: row.policy,
            policy_version: row.policy_version,
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

/// Locks the escalations of these tickets, adding those that are new as given.
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
    insert_new(conn, &sorted, now).await?;
    let ids: Vec<String> = sorted
        .iter()
        .map(|escalation| escalation.ticket.id.clone())
        .collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select ticket as "ticket: Json<Ticket>", ticket_version, acknowledged,
                  resolved_version, round, round_started_at, level, next_level_at,
                  policy, policy_version
           from escalation where ticket_id = any($1) order by ticket_id for update"#,
        &ids,
    );
    Ok(rows
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Escalation::from)
        .collect())
}

async fn insert_new(
    conn: &mut PgConnection,
    sorted: &[&Escalation],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let columns = Columns::of(sorted.iter().copied());
    sqlx::query!(
        "insert into escalation (ticket_id, order_id, ticket, ticket_version, acknowledged,
             resolved_version, round, round_started_at, level, policy, policy_version,
             state, started_at, updated_at)
         select ticket_id, order_id, ticket, 0, false, 0, 0, started_at, 0, policy,
             policy_version, 'running', started_at, $7
         from unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[], $5::text[],
             $6::bigint[])
             as new (ticket_id, order_id, ticket, started_at, policy, policy_version)
         on conflict do nothing",
        &columns.ticket_ids,
        &columns.order_ids,
        &columns.tickets as _,
        &columns.rounds_started_at,
        &columns.policies,
        &columns.policy_versions,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
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
                  resolved_version, round, round_started_at, level, next_level_at,
                  policy, policy_version
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
             level = new.level, next_level_at = new.next_level_at,
             state = new.state, updated_at = $11
         from unnest($1::text[], $2::jsonb[], $3::bigint[], $4::boolean[], $5::bigint[],
             $6::bigint[], $7::timestamptz[], $8::integer[], $9::timestamptz[], $10::text[])
             as new (ticket_id, ticket, ticket_version, acknowledged, resolved_version,
             round, round_started_at, level, next_level_at, state)
         where escalation.ticket_id = new.ticket_id",
        &columns.ticket_ids,
        &columns.tickets as _,
        &columns.versions,
        &columns.acknowledged,
        &columns.resolved_versions,
        &columns.rounds,
        &columns.rounds_started_at,
        &columns.levels,
        &columns.next_levels_at as _,
        &columns.states,
        now,
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

/// Escalations turned into arrays, one a column.
#[derive(Default)]
struct Columns {
    ticket_ids: Vec<String>,
    order_ids: Vec<String>,
    tickets: Vec<Json<Ticket>>,
    versions: Vec<i64>,
    acknowledged: Vec<bool>,
    resolved_versions: Vec<i64>,
    rounds: Vec<i64>,
    rounds_started_at: Vec<DateTime<Utc>>,
    levels: Vec<i32>,
    next_levels_at: Vec<Option<DateTime<Utc>>>,
    policies: Vec<String>,
    policy_versions: Vec<i64>,
    states: Vec<String>,
}

impl Columns {
    fn of<'a>(escalations: impl IntoIterator<Item = &'a Escalation>) -> Self {
        let mut columns = Self::default();
        for escalation in escalations {
            columns.ticket_ids.push(escalation.ticket.id.clone());
            columns.order_ids.push(escalation.ticket.order_id.clone());
            columns.tickets.push(Json(escalation.ticket.clone()));
            columns.versions.push(escalation.version);
            columns.acknowledged.push(escalation.acknowledged);
            columns.resolved_versions.push(escalation.resolved_version);
            columns.rounds.push(escalation.round);
            columns.rounds_started_at.push(escalation.round_started_at);
            columns.levels.push(signed(escalation.level));
            columns.next_levels_at.push(escalation.next_level_at);
            columns.policies.push(escalation.policy.clone());
            columns.policy_versions.push(escalation.policy_version);
            columns.states.push(word(escalation.state()).to_owned());
        }
        columns
    }
}
