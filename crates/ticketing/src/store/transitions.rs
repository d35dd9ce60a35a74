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
        }
    }
    if columns.tickets.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_transitions
            (ticket_id, version, transition, actor, reason, happened_at)
        select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[],
            $6::timestamptz[])",
        &columns.tickets,
        &columns.versions,
        &columns.transitions,
        &columns.actors,
        &columns.reasons,
        &columns.happened
    )
    .execute(conn)
    .await?;
    Ok(())
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
