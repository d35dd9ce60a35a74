//! Deadlines that were missed, each once.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::error::Error;

#[derive(Default)]
struct Columns {
    tickets: Vec<Uuid>,
    promises: Vec<String>,
    steps: Vec<String>,
    due: Vec<DateTime<Utc>>,
    departments: Vec<String>,
    teams: Vec<String>,
    assignees: Vec<String>,
    told: Vec<DateTime<Utc>>,
}

/// Stores what was missed.
///
/// # Errors
/// Those of the database.
pub async fn save(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let mut columns = Columns::default();
    for change in changes {
        for happening in &change.happenings {
            let Some(breach) = &happening.breach else {
                continue;
            };
            columns.tickets.push(change.after.id.uuid());
            columns.promises.push(breach.promise.as_str().to_owned());
            columns.steps.push(breach.step.clone());
            columns.due.push(breach.due_at);
            let holder = &breach.holder;
            columns.departments.push(holder.department().to_owned());
            columns.teams.push(holder.team().to_owned());
            columns.assignees.push(holder.assignee().to_owned());
            columns.told.push(happening.at);
        }
    }
    if columns.tickets.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_breaches
            (ticket_id, promise, step, due_at, department, team, assignee, told_at)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[],
            $6::text[], $7::text[], $8::timestamptz[])",
        &columns.tickets,
        &columns.promises,
        &columns.steps,
        &columns.due,
        &columns.departments,
        &columns.teams,
        &columns.assignees,
        &columns.told
    )
    .execute(conn)
    .await?;
    Ok(())
}
