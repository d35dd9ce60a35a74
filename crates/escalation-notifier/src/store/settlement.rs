//! What came of messages, written down for each of their deliveries.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, ledger::Line, messages::Ended, unsigned};
use crate::domain::delivery::{DeliveryId, DeliveryState};

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The delivery.
    pub id: DeliveryId,
    /// Its state from now on.
    pub state: DeliveryState,
    /// Seconds until the next attempt, when there is one.
    pub wait_seconds: f64,
    /// What went wrong; empty when nothing did.
    pub error: String,
    /// Whether nobody knows if it arrived: then it is remembered what it is known by.
    pub may_have_arrived: bool,
}

/// What came of a message, for every attempt that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The message.
    pub message: Uuid,
    /// In a word.
    pub outcome: &'a str,
    /// In the vendor's words.
    pub answer: &'a str,
}

/// A delivery whose message has come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The delivery.
    pub id: DeliveryId,
    /// The message.
    pub message: Uuid,
    /// What caused it, by name.
    pub cause: String,
    /// Whether it is not needed any more.
    pub withdrawn: bool,
    /// Attempts so far, this one included.
    pub attempts: u32,
    /// Real time since the first of them.
    pub tried_for: Duration,
}

/// Locks the deliveries of messages that nobody has settled yet, by their ids. A message
/// that arrived after its lease ran out settles also what waits to be retried.
///
/// # Errors
///
/// The database failed.
pub async fn lock_unsettled(
    conn: &mut PgConnection,
    ended: &[Ended],
) -> Result<Vec<Unsettled>, Error> {
    let ids: Vec<Uuid> = ended.iter().map(|it| it.message).collect();
    let arrived: Vec<bool> = ended.iter().map(|it| it.arrived).collect();
    let rows = sqlx::query!(
        r#"select delivery.id, message_id as "message_id!", cause, withdrawn, attempts,
             extract(epoch from clock_timestamp() - first_attempt_at)::double precision as seconds
         from unnest($1::uuid[], $2::boolean[]) as ended (message_id, arrived)
         join delivery using (message_id)
         where state = 'sending' or (arrived and state = 'retrying')
         order by delivery.id for update of delivery"#,
        &ids,
        &arrived,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Unsettled {
            id: DeliveryId::from_uuid(row.id),
            message: row.message_id,
            cause: row.cause,
            withdrawn: row.withdrawn,
            attempts: unsigned(row.attempts),
            tried_for: Duration::try_from_secs_f64(row.seconds.unwrap_or_default())
                .unwrap_or_default(),
        })
        .collect())
}

/// Writes down what became of deliveries, and the answer to each attempt; what is tried again after
/// the same wait is due at the same instant.
///
/// # Errors
///
/// The database failed.
pub async fn settle(
    conn: &mut PgConnection,
    settlements: &[Settlement],
    outcomes: &[Outcome<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<Line>, Error> {
    let ids: Vec<Uuid> = settlements.iter().map(|it| it.id.as_uuid()).collect();
    let states: Vec<String> = settlements
        .iter()
        .map(|it| it.state.as_str().to_owned())
        .collect();
    let waits: Vec<f64> = settlements.iter().map(|it| it.wait_seconds).collect();
    let errors: Vec<String> = settlements.iter().map(|it| it.error.clone()).collect();
    let unknown: Vec<bool> = settlements.iter().map(|it| it.may_have_arrived).collect();
    let messages: Vec<Uuid> = outcomes.iter().map(|it| it.message).collect();
    let words: Vec<String> = outcomes.iter().map(|it| it.outcome.to_owned()).collect();
    let answers: Vec<String> = outcomes.iter().map(|it| it.answer.to_owned()).collect();
    let rows = sqlx::query!(
        r#"with settled as (
             update delivery set
                 state = new.state, last_error = new.error,
                 next_attempt_at = (select clock_timestamp()) + make_interval(secs => new.wait),
                 sent_at = case when new.state = 'sent' then $5::timestamptz end,
                 known_as = case when new.unknown and known_as is null then (
                     select case when deliveries = 1 then delivery.id else message.id end
                     from message where message.id = message_id) else known_as end
             from unnest($1::uuid[], $2::text[], $3::double precision[], $4::text[], $9::boolean[])
                 as new (id, state, wait, error, unknown)
             where delivery.id = new.id
             returning delivery.*),
           attempted as (
             insert into delivery_attempt
                 (delivery_id, attempt, message_id, outcome, answer, finished_at)
             select id, attempts, message_id, answered.outcome, answered.answer, $5
             from settled join unnest($6::uuid[], $7::text[], $8::text[])
                 as answered (message_id, outcome, answer) using (message_id)
             on conflict (delivery_id, attempt)
                 do update set outcome = excluded.outcome, answer = excluded.answer)
           select id, ticket_id, order_id,
               coalesce(ticket ->> 'exception_id', '') as "exception_id!", channel, shown, level,
               attempts, traceparent from settled order by id"#,
        &ids,
        &states,
        &waits,
        &errors,
        now,
        &messages,
        &words,
        &answers,
        &unknown,
    )
    .fetch_all(conn)
    .await?;
    let lines = rows.into_iter().map(|row| Line {
        id: DeliveryId::from_uuid(row.id),
        ticket_id: row.ticket_id,
        order_id: row.order_id,
        exception_id: row.exception_id,
        channel: row.channel,
        shown: row.shown,
        level: unsigned(row.level),
        attempts: unsigned(row.attempts),
        traceparent: row.traceparent,
    });
    Ok(lines.collect())
}
