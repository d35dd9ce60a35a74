//! Tickets, loaded and saved whole in batches.

use std::collections::{BTreeMap, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    breaches, calls, ledger, questions, row::Row, sops::Library, tasks, transitions, turns, wakings,
};
use crate::{
    domain::{id::TicketId, ticket::Ticket, transition::Happening},
    error::Error,
};

/// What became of one ticket in a transaction.
#[derive(Debug)]
pub struct Change {
    /// As it was loaded; absent when it is new.
    pub before: Option<Ticket>,
    /// As it is to be stored.
    pub after: Ticket,
    /// What happened in between, in order.
    pub happenings: Vec<Happening>,
}

/// Locks tickets until the transaction ends, always in the same order, and
/// loads them. Ids without a ticket are left out.
///
/// # Errors
/// Those of the database, and [`Error::Corrupt`].
pub async fn lock(
    conn: &mut PgConnection,
    library: &Library,
    ids: &[TicketId],
) -> Result<BTreeMap<TicketId, Ticket>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let locked = sqlx::query_scalar!(
        "select id from tickets where id = any($1) order by id for update",
        &uuids
    )
    .fetch_all(&mut *conn)
    .await?;
    // A ticket opened meanwhile is not locked, and so not loaded.
    let ids: Vec<TicketId> = locked.into_iter().map(TicketId::from).collect();
    load(conn, library, &ids).await
}

/// Loads tickets. Ids without a ticket are left out.
///
/// # Errors
/// Those of the database, and [`Error::Corrupt`].
pub async fn load(
    conn: &mut PgConnection,
    library: &Library,
    ids: &[TicketId],
) -> Result<BTreeMap<TicketId, Ticket>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = rows(conn, &uuids).await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut ledgers = ledger::load(conn, &uuids).await?;
    let wanted = rows
        .iter()
        .map(|row| (row.sop.clone(), row.sop_version))
        .collect();
    let sops: HashMap<_, _> = library.fetch(conn, wanted).await?;
    rows.into_iter()
        .map(|row| {
            let id = TicketId::from(row.id);
            let sop = sops.get(&(row.sop.clone(), row.sop_version)).cloned();
            let sop = sop.ok_or(Error::Corrupt {
                ticket: id,
                what: "sop",
            })?;
            let ledger = ledgers.remove(&id).ok_or(Error::Corrupt {
                ticket: id,
                what: "ledger",
            })?;
            Ok((id, row.into_ticket(sop, ledger)?))
        })
        .collect()
}

/// Stores changes with their ledgers, transitions, breaches, tasks and wakings.
///
/// # Errors
/// [`Error::Contended`] when another replica has just opened one of the new
/// tickets: the transaction must be given up and tried again.
pub async fn save(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let (new, old): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.before.is_none());
    insert(
        conn,
        new.iter().map(|change| Row::from(&change.after)).collect(),
    )
    .await?;
    update(
        conn,
        old.iter().map(|change| Row::from(&change.after)).collect(),
    )
    .await?;
    ledger::save(conn, changes).await?;
    transitions::save(conn, changes).await?;
    breaches::save(conn, changes).await?;
    turns::save(conn, changes).await?;
    tasks::replace(conn, changes).await?;
    calls::replace(conn, changes).await?;
    questions::replace(conn, changes).await?;
    wakings::replace(conn, changes).await
}

async fn rows(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, exception_id, exception_version, exception_standing, exception_opened_at,
            exception_cleared_at, unconfirmed, late_sources, rule, scenario, severity, order_id,
            order_summary as "order_summary: _", sop, sop_version, steps as "steps: _",
            current_step, state, department, team, assignee, opened_at, due_at, deadline_at,
            acknowledged_at, acknowledged_by, first_acknowledged_at, resolved_at, resolved_by, resolution,
            automatic, acted_by, overdue, promises as "promises: _", pause as "pause: _",
            paused as "paused: _", snoozed_until, version, changed_at
        from tickets where id = any($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

async fn insert(conn: &mut PgConnection, rows: Vec<Row>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let expected = rows.len() as u64;
    let inserted = sqlx::query!(
        "insert into tickets select * from jsonb_populate_recordset(null::tickets, $1::jsonb)
        on conflict (id) do nothing",
        sqlx::types::Json(rows) as _
    )
    .execute(conn)
    .await?
    .rows_affected();
    if inserted == expected {
        Ok(())
    } else {
        Err(Error::Contended)
    }
}

async fn update(conn: &mut PgConnection, rows: Vec<Row>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update tickets set
            exception_version = new.exception_version,
            exception_standing = new.exception_standing,
            exception_opened_at = new.exception_opened_at,
            exception_cleared_at = new.exception_cleared_at,
            unconfirmed = new.unconfirmed, late_sources = new.late_sources,
            rule = new.rule, scenario = new.scenario,
            severity = new.severity, order_summary = new.order_summary,
            steps = new.steps, current_step = new.current_step, state = new.state,
            department = new.department, team = new.team, assignee = new.assignee,
            due_at = new.due_at, deadline_at = new.deadline_at,
            acknowledged_at = new.acknowledged_at, acknowledged_by = new.acknowledged_by,
            first_acknowledged_at = new.first_acknowledged_at,
            resolved_at = new.resolved_at, resolved_by = new.resolved_by,
            resolution = new.resolution, automatic = new.automatic, acted_by = new.acted_by,
            overdue = new.overdue, promises = new.promises, pause = new.pause,
            paused = new.paused, snoozed_until = new.snoozed_until,
            sop = new.sop, sop_version = new.sop_version,
            version = new.version, changed_at = new.changed_at
        from jsonb_populate_recordset(null::tickets, $1::jsonb) as new where tickets.id = new.id",
        sqlx::types::Json(rows) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
