//! Alarms that are open at what keeps a state of tickets.

use sqlx::PgConnection;

use super::{Error, ledger};
use crate::domain::{channel::Channel, routing::Destination};

/// What somebody was told of one ticket and has not been told to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// The ticket.
    pub ticket_id: String,
    /// Who was told.
    pub destination: Destination,
    /// Version of the ticket at which it began.
    pub began: i64,
}

/// Alarms of these tickets, the oldest first. A resolution ends what was told before it: what is of
/// before the migration of alarms is of the first in every round, so that of this alone there may
/// have been several, one after the other.
///
/// # Errors
///
/// The database failed, or holds an unknown channel.
pub async fn open(conn: &mut PgConnection, tickets: &[String]) -> Result<Vec<Alarm>, Error> {
    let keep_a_state = Channel::ENDPOINTS
        .into_iter()
        .filter(|it| it.keeps_a_state());
    let channels: Vec<String> = keep_a_state.map(|it| it.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        "select ticket_id, channel, recipient, shown, alarm from delivery as told
         where ticket_id = any($1) and channel = any($2)
           and (state in ('sent', 'sending') or known_as is not null)
           and cause not in ('acknowledged', 'superseded', 'resolved')
           and not exists (
             select from delivery as over
             where over.ticket_id = told.ticket_id and over.channel = told.channel
               and over.recipient = told.recipient and over.alarm = told.alarm
               and (over.cause = 'superseded'
                 or over.cause = 'resolved' and over.occurrence >= told.occurrence)
               and over.state not in ('cancelled', 'failed'))
         group by ticket_id, channel, recipient, shown, alarm order by min(created_at), alarm",
        tickets,
        &channels,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    rows.map(|row| {
        Ok(Alarm {
            ticket_id: row.ticket_id,
            destination: Destination {
                channel: ledger::channel(row.channel)?,
                recipient: row.recipient,
                shown: row.shown,
            },
            began: row.alarm,
        })
    })
    .collect()
}
