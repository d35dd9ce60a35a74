//! Ledger entries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{
        holder::Holder,
        id::TicketId,
        ledger::{Entry, Ledger},
    },
    error::Error,
};

/// Loads the ledgers of tickets.
///
/// # Errors
/// Those of the database.
pub async fn load(
    conn: &mut PgConnection,
    tickets: &[Uuid],
) -> Result<HashMap<TicketId, Ledger>, Error> {
    let rows = sqlx::query!(
        "select ticket_id, department, assignee, started_at, ended_at, reason
        from ticket_ledger where ticket_id = any($1) order by ticket_id, ordinal",
        tickets
    )
    .fetch_all(conn)
    .await?;
    let mut entries = HashMap::<TicketId, Vec<Entry>>::new();
    for row in rows {
        let department = row.department.unwrap_or_default();
        entries
            .entry(row.ticket_id.into())
            .or_default()
            .push(Entry {
                holder: Holder::new(&department, row.assignee.as_deref().unwrap_or_default()).ok(),
                from: row.started_at,
                to: row.ended_at,
                reason: row.reason,
            });
    }
    Ok(entries
        .into_iter()
        .map(|(id, entries)| (id, Ledger::restore(entries)))
        .collect())
}

#[derive(Default)]
struct Columns {
    tickets: Vec<Uuid>,
    ordinals: Vec<i32>,
    departments: Vec<Option<String>>,
    assignees: Vec<Option<String>>,
    started: Vec<DateTime<Utc>>,
    ended: Vec<Option<DateTime<Utc>>>,
    reasons: Vec<String>,
}

/// Stores the entries that are new or have ended.
///
/// # Errors
/// Those of the database.
pub async fn save(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let mut columns = Columns::default();
    for change in changes {
        columns.take(change);
    }
    if columns.tickets.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_ledger
            (ticket_id, ordinal, department, assignee, started_at, ended_at, reason)
        select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[],
            $5::timestamptz[], $6::timestamptz[], $7::text[])
        on conflict (ticket_id, ordinal) do update set ended_at = excluded.ended_at",
        &columns.tickets,
        &columns.ordinals,
        &columns.departments as _,
        &columns.assignees as _,
        &columns.started,
        &columns.ended as _,
        &columns.reasons
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Columns {
    fn take(&mut self, change: &Change) {
        let before = change
            .before
            .as_ref()
            .map_or(&[][..], |ticket| ticket.ledger.entries());
        for (index, entry) in change.after.ledger.entries().iter().enumerate() {
            if before.get(index) == Some(entry) {
                continue;
            }
            self.tickets.push(change.after.id.uuid());
            self.ordinals.push(i32::try_from(index).unwrap_or(i32::MAX));
            self.departments
                .push(entry.holder.as_ref().map(|it| it.department().to_owned()));
            self.assignees
                .push(entry.holder.as_ref().map(|it| it.assignee().to_owned()));
            self.started.push(entry.from);
            self.ended.push(entry.to);
            self.reasons.push(entry.reason.clone());
        }
    }
}
