//! What may have arrived goes again as it went: together with what it was tried with and with
//! nothing else, under the id that whoever it is for may know it by.

use std::ops::RangeInclusive;

use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    Error,
    messages::{Message, Row},
};
use crate::domain::{delivery::Outgoing, policy::Channel, ticket::Ticket};

/// Remembers what the deliveries of a message are known by from now on, as nobody knows whether
/// it arrived.
///
/// # Errors
///
/// The database failed.
pub async fn remember(conn: &mut PgConnection, message: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "update delivery
         set known_as = case when deliveries = 1 then delivery.id else message.id end
         from message
         where message.id = $1 and message_id = $1 and known_as is null",
        message,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks at most so many messages of a recipient that may have arrived, are due and so urgent,
/// most urgent first, each without what is not needed any more.
///
/// # Errors
///
/// The database failed, or holds an unknown word.
pub async fn claim(
    conn: &mut PgConnection,
    channel: Channel,
    recipient: &str,
    urgency: RangeInclusive<i16>,
    most: u32,
) -> Result<Vec<Message>, Error> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"with due as (
             select known_as from delivery
             where channel = $1 and recipient = $2 and urgency between $4 and $5
               and state in ('pending', 'retrying') and next_attempt_at <= clock_timestamp()
               and known_as is not null
             group by known_as order by max(urgency) desc, min(created_at), known_as limit $3)
           select id, cause, level, occurrence, repetition, channel, recipient, shown, urgency,
               ticket as "ticket: Json<Ticket>", attempts + 1 as "attempt!", created_at, traceparent,
               bundle, known_as, alarm
           from delivery join due using (known_as)
           where state in ('pending', 'retrying')
           order by urgency desc, created_at, id
           for update of delivery skip locked"#,
        channel.as_str(),
        recipient,
        i64::from(most),
        urgency.start(),
        urgency.end(),
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    let deliveries: Result<Vec<Outgoing>, Error> = rows.map(Outgoing::try_from).collect();
    Ok(Message::bundled(deliveries?))
}
