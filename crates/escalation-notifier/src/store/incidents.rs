//! Incidents, whether they are open, and which tickets belong to them.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::Error;
use crate::domain::ticket::{Moves, Ticket};

/// Which of some tickets belongs to which open incident.
#[derive(Debug, Clone, Default)]
pub struct Membership(HashMap<String, String>);

impl Membership {
    /// The open incident that a ticket belongs to; empty when it belongs to none.
    #[must_use]
    pub fn of<'a>(&'a self, ticket: &'a Ticket) -> &'a str {
        match ticket.kind.as_str() {
            // An incident stands for itself.
            "incident" => &ticket.incident,
            _ => self.0.get(&ticket.id).map_or("", String::as_str),
        }
    }
}

/// Writes down what was heard of an incident; whether it is news.
///
/// # Errors
///
/// The database failed.
pub async fn heard(
    conn: &mut PgConnection,
    group_id: &str,
    version: i64,
    open: bool,
) -> Result<bool, Error> {
    let changed = sqlx::query!(
        "insert into incident (group_id, version, open) values ($1, $2, $3)
         on conflict (group_id) do update set version = excluded.version, open = excluded.open
         where incident.version < excluded.version",
        group_id,
        version,
        open,
    );
    Ok(changed.execute(conn).await?.rows_affected() > 0)
}

/// Writes down who came to an incident and who left it, unless it is over. Of a ticket the
/// highest version counts, in whatever order they come.
///
/// # Errors
///
/// The database failed.
pub async fn moved(conn: &mut PgConnection, moves: &Moves) -> Result<(), Error> {
    let tickets: Vec<&str> = moves
        .joined
        .iter()
        .chain(&moves.left)
        .map(String::as_str)
        .collect();
    let belong: Vec<bool> = (0..tickets.len())
        .map(|index| index < moves.joined.len())
        .collect();
    sqlx::query!(
        "insert into incident_member (ticket_id, group_id, version, belongs)
         select ticket_id, $1, $2, belongs
         from unnest($3::text[], $4::boolean[]) as new (ticket_id, belongs)
         where not exists (select from incident where group_id = $1 and not open)
         order by ticket_id
         on conflict (ticket_id, group_id) do update
             set version = excluded.version, belongs = excluded.belongs
         where incident_member.version < excluded.version",
        moves.group,
        moves.version,
        &tickets as _,
        &belong,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of these tickets belong to an open incident; of several the first by its id.
///
/// # Errors
///
/// The database failed.
pub async fn membership(conn: &mut PgConnection, tickets: &[&str]) -> Result<Membership, Error> {
    let rows = sqlx::query!(
        r#"select ticket_id, min(group_id) as "group_id!"
           from incident_member join incident using (group_id)
           where ticket_id = any($1) and belongs and open group by ticket_id"#,
        tickets as _,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    let pairs = rows.map(|row| (row.ticket_id, row.group_id));
    Ok(Membership(pairs.collect()))
}

/// Says of these tickets to which open incident each belongs now.
///
/// # Errors
///
/// The database failed.
pub async fn place<'a>(
    conn: &mut PgConnection,
    tickets: impl IntoIterator<Item = &'a mut Ticket>,
) -> Result<(), Error> {
    let tickets: Vec<&mut Ticket> = tickets.into_iter().collect();
    let ids: Vec<&str> = tickets.iter().map(|ticket| ticket.id.as_str()).collect();
    let membership = membership(conn, &ids).await?;
    for ticket in tickets {
        ticket.incident = membership.of(ticket).to_owned();
    }
    Ok(())
}

/// Forgets who belonged to an incident that is over.
///
/// # Errors
///
/// The database failed.
pub async fn dissolve(conn: &mut PgConnection, group_id: &str) -> Result<(), Error> {
    sqlx::query!("delete from incident_member where group_id = $1", group_id)
        .execute(conn)
        .await?;
    Ok(())
}
