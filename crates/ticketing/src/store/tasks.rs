//! What is whose to do: the tasks of tickets, one a row, and queues of them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{Instant, duties::Staff, task::Task, ticket::Ticket},
    error::Error,
};

#[derive(Default)]
struct Columns {
    tickets: Vec<Uuid>,
    steps: Vec<String>,
    kinds: Vec<String>,
    departments: Vec<String>,
    teams: Vec<String>,
    assignees: Vec<String>,
    due: Vec<Option<DateTime<Utc>>>,
    overdue: Vec<bool>,
    paused: Vec<bool>,
}

/// Writes the tasks of tickets whose tasks have changed.
///
/// # Errors
/// Those of the database.
pub async fn replace(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let mut stale = Vec::new();
    let mut columns = Columns::default();
    for change in changes {
        let before = change.before.as_ref().map(tasks).unwrap_or_default();
        let after = tasks(&change.after);
        if before == after {
            continue;
        }
        if !before.is_empty() {
            stale.push(change.after.id.uuid());
        }
        for (step, task) in after {
            columns.push(change.after.id.uuid(), step, &task);
        }
    }
    if !stale.is_empty() {
        sqlx::query!("delete from ticket_tasks where ticket_id = any($1)", &stale)
            .execute(&mut *conn)
            .await?;
    }
    columns.insert(conn).await
}

/// Tasks, each with the name of its step.
fn tasks(ticket: &Ticket) -> Vec<(String, Task)> {
    let named = |task: Task| (ticket.sop.steps[task.step].name.clone(), task);
    ticket.tasks().map(named).collect()
}

impl Columns {
    fn push(&mut self, ticket: Uuid, step: String, task: &Task) {
        self.tickets.push(ticket);
        self.steps.push(step);
        self.kinds.push(task.kind.as_str().to_owned());
        self.departments.push(task.holder.department().to_owned());
        self.teams.push(task.holder.team().to_owned());
        self.assignees.push(task.holder.assignee().to_owned());
        self.due.push(task.due_at);
        self.overdue.push(task.overdue);
        self.paused.push(task.paused);
    }

    async fn insert(self, conn: &mut PgConnection) -> Result<(), Error> {
        if self.tickets.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into ticket_tasks
                (ticket_id, step, kind, department, team, assignee, due_at, overdue, paused)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
                $6::text[], $7::timestamptz[], $8::boolean[], $9::boolean[])",
            &self.tickets,
            &self.steps,
            &self.kinds,
            &self.departments,
            &self.teams,
            &self.assignees,
            &self.due as _,
            &self.overdue,
            &self.paused
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// The steps that a team, or a department where no team is named, works on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    /// The department.
    pub department: String,
    /// The team; empty for what no team was given.
    pub team: String,
    /// How many steps.
    pub open: i64,
    /// Of those, held by nobody in person.
    pub unclaimed: i64,
    /// Of those, past due.
    pub overdue: i64,
    /// Of those, with clocks that stand.
    pub paused: i64,
    /// When the next of those that are not past due will be.
    pub next_due_at: Option<Instant>,
    /// What it was asked to take, and has yet to answer.
    pub asked: i64,
}

/// Queues that have anything in them, by department and team.
///
/// # Errors
/// Those of the database.
pub async fn queues(conn: &mut PgConnection, staff: &Staff) -> Result<Vec<Queue>, Error> {
    Ok(sqlx::query_as!(
        Queue,
        r#"select department, team,
            count(*) filter (where kind = 'work') as "open!",
            count(*) filter (where kind = 'work' and (
                assignee = '' or department = any($1) and assignee <> all($2)
            )) as "unclaimed!",
            count(*) filter (where kind = 'work' and overdue) as "overdue!",
            count(*) filter (where kind = 'work' and paused) as "paused!",
            min(due_at) filter (where kind = 'work' and not overdue) as next_due_at,
            count(*) filter (where kind = 'accept') as "asked!"
        from ticket_tasks where kind <> 'arbitrate' group by department, team
        order by department collate "C", team collate "C" "#,
        &staff.departments,
        &staff.logins
    )
    .fetch_all(conn)
    .await?)
}
