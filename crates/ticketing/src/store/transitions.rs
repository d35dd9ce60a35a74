//! What happened to each ticket, in short: the event log has it whole.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::tickets::Change;
use crate::{
    domain::{Instant, id::TicketId},
    error::Error,
};

/// One happening, as a stale caller is told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// What happened, such as `handed-over`.
    pub transition: String,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for Missed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        write!(
            f,
            "{} by {} at {at} ({})",
            self.transition, self.actor, self.reason
        )
    }
}

#[derive(Default)]
struct Columns {
    tickets: Vec<Uuid>,
    versions: Vec<i64>,
    transitions: Vec<String>,
    actors: Vec<String>,
    reasons: Vec<String>,
    happened: Vec<DateTime<Utc>>,
    notes: Vec<String>,
    overridden: Vec<bool>,
    steps: Vec<String>,
    pushed_from: Vec<Option<String>>,
    pushed_to: Vec<Option<String>>,
}

/// Stores what happened.
///
/// # Errors
/// Those of the database.
pub async fn save(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let mut columns = Columns::default();
    for change in changes {
        for happening in &change.happenings {
            columns.tickets.push(change.after.id.uuid());
            columns.versions.push(happening.version);
            columns
                .transitions
                .push(happening.transition.as_str().to_owned());
            columns.actors.push(happening.actor.name().to_owned());
            columns.reasons.push(happening.reason.clone());
            columns.happened.push(happening.at);
            columns.notes.push(happening.note.clone());
            columns.overridden.push(happening.overridden);
            let step = change.after.sop.steps.get(happening.step());
            columns
                .steps
                .push(step.map(|step| step.name.clone()).unwrap_or_default());
            let push_back = happening.push_back.as_ref();
            columns
                .pushed_from
                .push(push_back.map(|it| it.from.clone()));
            columns.pushed_to.push(push_back.map(|it| it.to.clone()));
        }
    }
    if columns.tickets.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_transitions
            (ticket_id, version, transition, actor, reason, happened_at, note, overridden, step,
                push_back_from, push_back_to)
        select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[],
            $6::timestamptz[], $7::text[], $8::boolean[], $9::text[], $10::text[], $11::text[])",
        &columns.tickets,
        &columns.versions,
        &columns.transitions,
        &columns.actors,
        &columns.reasons,
        &columns.happened,
        &columns.notes,
        &columns.overridden,
        &columns.steps,
        &columns.pushed_from as _,
        &columns.pushed_to as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One happening, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Version of the ticket right after.
    pub version: i64,
    /// What happened, such as `handed-over`.
    pub transition: String,
    /// When.
    pub at: Instant,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// What a person wrote beside it.
    pub note: String,
    /// A guard was passed by a role.
    pub overridden: bool,
    /// Name of the step that it was about.
    pub step: String,
}

/// Everything that happened to a ticket, in order.
///
/// # Errors
/// Those of the database.
pub async fn history(conn: &mut PgConnection, ticket: TicketId) -> Result<Vec<Past>, Error> {
    Ok(sqlx::query_as!(
        Past,
        "select version, transition, happened_at as at, actor, reason, note, overridden, step
        from ticket_transitions where ticket_id = $1 order by version",
        ticket.uuid()
    )
    .fetch_all(conn)
    .await?)
}

/// What happened to a ticket after a version of it, in order; the last ten.
///
/// # Errors
/// Those of the database.
pub async fn since(
    conn: &mut PgConnection,
    ticket: TicketId,
    version: i64,
) -> Result<Vec<Missed>, Error> {
    let mut missed = sqlx::query_as!(
        Missed,
        "select transition, actor, happened_at as at, reason from ticket_transitions
        where ticket_id = $1 and version > $2 order by version desc limit 10",
        ticket.uuid(),
        version
    )
    .fetch_all(conn)
    .await?;
    missed.reverse();
    Ok(missed)
}
