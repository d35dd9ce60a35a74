//! Each time that a step was done.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{breach::Promise, holder::Holder, step::Progress},
    error::Error,
};

#[derive(Default)]
struct Columns {
    tickets: Vec<Uuid>,
    steps: Vec<String>,
    started: Vec<DateTime<Utc>>,
    completed: Vec<DateTime<Utc>>,
    departments: Vec<String>,
    teams: Vec<String>,
    assignees: Vec<String>,
    late: Vec<bool>,
}

/// Stores which steps were done, who answered for them, and whether they were late.
///
/// # Errors
/// Those of the database.
pub async fn save(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let mut columns = Columns::default();
    for change in changes {
        for step in 0..change.after.steps.len() {
            columns.take(change, step);
        }
    }
    if columns.tickets.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_turns
            (ticket_id, step, started_at, completed_at, department, team, assignee, late)
        select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[],
            $5::text[], $6::text[], $7::text[], $8::boolean[])
        on conflict do nothing",
        &columns.tickets,
        &columns.steps,
        &columns.started,
        &columns.completed,
        &columns.departments,
        &columns.teams,
        &columns.assignees,
        &columns.late
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Columns {
    fn take(&mut self, change: &Change, step: usize) {
        let before = change.before.as_ref().and_then(|it| it.steps.get(step));
        let Progress::Done(done) = &change.after.steps[step] else {
            return;
        };
        if before == Some(&change.after.steps[step]) {
            return;
        }
        let template = &change.after.sop.steps[step];
        let worked_on = before.and_then(Progress::active);
        // What was reached and done at once is of whoever the procedure names.
        let holder: &Holder = worked_on.map_or(&template.holder, |active| &active.holder);
        let missed_now = change.happenings.iter().any(|happening| {
            let breach = happening.breach.as_ref();
            breach.is_some_and(|it| it.promise == Promise::Step && it.step == template.name)
        });
        self.tickets.push(change.after.id.uuid());
        self.steps.push(template.name.clone());
        self.started.push(done.started_at);
        self.completed.push(done.completed_at);
        self.departments.push(holder.department().to_owned());
        self.teams.push(holder.team().to_owned());
        self.assignees.push(holder.assignee().to_owned());
        let missed = worked_on.is_some_and(|active| active.deadline.missed);
        self.late.push(missed || missed_now);
    }
}
