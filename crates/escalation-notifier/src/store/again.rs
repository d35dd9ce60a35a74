//! What may have arrived goes again as it went: together with what it was tried with and with
//! nothing else, under the id that whoever it is for may know it by.

use std::ops::RangeInclusive;

use sqlx::{PgConnection, types::Json};

use super::{
    Error,
    messages::{Message, Row},
};
use crate::domain::{delivery::Outgoing, policy::Channel, ticket::Ticket};

/// Deliveries that are looked at for messages to go again: enough for all that go at once, or for a
/// part of the first of them.
const LOOKED_AT: i64 = 1_000;

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
        r#"with recursive level as (
             (select urgency from delivery
              where channel = $1 and recipient = $2 and state in ('pending', 'retrying')
                and num_nonnulls(known_as) = 1 and urgency between $4 and $5
              order by urgency desc limit 1)
             union all
             select lower.urgency from level cross join lateral (
                 select urgency from delivery
                 where channel = $1 and recipient = $2 and state in ('pending', 'retrying')
                   and num_nonnulls(known_as) = 1 and urgency >= $4 and urgency < level.urgency
                 order by urgency desc limit 1) as lower),
           first as (
             select due.* from level cross join lateral (
                 select known_as, urgency, next_attempt_at from delivery
                 where channel = $1 and recipient = $2 and num_nonnulls(known_as) = 1
                   and urgency = level.urgency and state in ('pending', 'retrying')
                   and next_attempt_at <= (select clock_timestamp())
                 order by next_attempt_at, id limit $6) as due
             limit $6),
           due as (
             select known_as from first
             group by known_as order by max(urgency) desc, min(next_attempt_at), known_as limit $3)
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
        LOOKED_AT,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    let deliveries: Result<Vec<Outgoing>, Error> = rows.map(Outgoing::try_from).collect();
    Ok(Message::bundled(deliveries?))
}
