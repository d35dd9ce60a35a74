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
        "select ticket_id, department, team, assignee, pause, started_at, ended_at, reason
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
                holder: Holder::new(&department, row.assignee.as_deref().unwrap_or_default())
                    .map(|holder| holder.with_team(&row.team))
                    .ok(),
                pause: row.pause,
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
    teams: Vec<String>,
    assignees: Vec<Option<String>>,
    pauses: Vec<Option<String>>,
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
            (ticket_id, ordinal, department, team, assignee, pause, started_at, ended_at, reason)
        select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::timestamptz[], $8::timestamptz[], $9::text[])
        on conflict (ticket_id, ordinal) do update set ended_at = excluded.ended_at",
        &columns.tickets,
        &columns.ordinals,
        &columns.departments as _,
        &columns.teams,
        &columns.assignees as _,
        &columns.pauses as _,
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
            let team = entry.holder.as_ref().map(Holder::team).unwrap_or_default();
            self.teams.push(team.to_owned());
            self.pauses.push(entry.pause.clone());
            self.assignees
                .push(entry.holder.as_ref().map(|it| it.assignee().to_owned()));
            self.started.push(entry.from);
            self.ended.push(entry.to);
            self.reasons.push(entry.reason.clone());
        }
    }
}
