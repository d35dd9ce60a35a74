//! The ledger of one ticket, as it is explained.

use sqlx::PgConnection;

use super::{Error, ledger::channel, unsigned};
use crate::domain::{delivery::DeliveryState, explanation::Entry, routing::Destination};

/// Everything that was written down of a ticket, oldest first.
///
/// # Errors
///
/// The database failed, or holds an unknown word.
pub async fn of_ticket(conn: &mut PgConnection, ticket_id: &str) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query!(
        r#"select id, cause, level, occurrence, repetition, channel, recipient, shown, state,
               last_error, created_at,
               coalesce(kind || ' ' || name || ': ' || why, '') as "held_by!"
           from delivery left join hold on delivery_id = id
           where ticket_id = $1 order by created_at, id"#,
        ticket_id,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    rows.map(|row| {
        let state = DeliveryState::named(&row.state).ok_or(Error::UnknownWord {
            table: "delivery",
            column: "state",
            value: row.state,
        })?;
        Ok(Entry {
            id: row.id.to_string(),
            cause: row.cause,
            level: unsigned(row.level),
            occurrence: row.occurrence,
            repetition: unsigned(row.repetition),
            destination: Destination {
                channel: channel(row.channel)?,
                recipient: row.recipient,
                shown: row.shown,
            },
            state,
            held_by: row.held_by,
            last_error: row.last_error,
            created_at: row.created_at,
        })
    })
    .collect()
}
