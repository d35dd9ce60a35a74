//! The ledger of deliveries: written down, withdrawn, settled.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Error, signed, unsigned};
use crate::domain::{
    delivery::{DeliveryId, DeliveryState, NewDelivery},
    policy::Channel,
    routing::Destination,
    ticket::Ticket,
};

/// Everything of a ticket that was caused before a version is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The ticket.
    pub ticket_id: String,
    /// Only what lower versions caused.
    pub before: i64,
    /// Also notices of overdue steps.
    pub overdue_too: bool,
}

/// A delivery as events tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: DeliveryId,
    /// The ticket.
    pub ticket_id: String,
    /// The order.
    pub order_id: String,
    /// Exception of the ticket.
    pub exception_id: String,
    /// Its channel, by name.
    pub channel: String,
    /// What may be shown of the recipient.
    pub shown: String,
    /// Level of escalation.
    pub level: u32,
    /// Attempts so far.
    pub attempts: u32,
    /// W3C trace context of the event that caused it.
    pub traceparent: Option<String>,
}

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
}

/// A delivery whose message has come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The delivery.
    pub id: DeliveryId,
    /// What caused it, by name.
    pub cause: String,
    /// Whether it is not needed any more.
    pub withdrawn: bool,
    /// Attempts so far, this one included.
    pub attempts: u32,
    /// Real time since the first of them.
    pub tried_for: Duration,
}

/// Writes deliveries down, each once, and says how many were new.
///
/// # Errors
///
/// The database failed.
pub async fn add(
    conn: &mut PgConnection,
    deliveries: &[NewDelivery],
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let column = |of: fn(&NewDelivery) -> &str| -> Vec<String> {
        deliveries
            .iter()
            .map(|delivery| of(delivery).to_owned())
            .collect()
    };
    let ids: Vec<Uuid> = deliveries.iter().map(|it| it.id.as_uuid()).collect();
    let levels: Vec<i32> = deliveries.iter().map(|it| signed(it.level)).collect();
    let occurrences: Vec<i64> = deliveries.iter().map(|it| it.occurrence).collect();
    let alarms: Vec<i64> = deliveries.iter().map(|it| it.alarm).collect();
    let repetitions: Vec<i32> = deliveries.iter().map(|it| signed(it.repetition)).collect();
    let urgencies: Vec<i16> = deliveries.iter().map(|it| it.urgency).collect();
    let tickets: Vec<Json<&Ticket>> = deliveries.iter().map(|it| Json(&it.ticket)).collect();
    let traces: Vec<Option<&str>> = deliveries
        .iter()
        .map(|it| it.traceparent.as_deref())
        .collect();
    let added = sqlx::query!(
        "insert into delivery (id, ticket_id, order_id, cause, level, occurrence, channel,
             recipient, shown, urgency, ticket, traceparent, repetition, alarm, created_at)
         select *, $14::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[],
             $5::integer[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::smallint[],
             $11::jsonb[], $12::text[], $13::integer[], $15::bigint[])
         on conflict do nothing",
        &ids,
        &column(|it| &it.ticket.id),
        &column(|it| &it.ticket.order_id),
        &column(|it| it.cause.as_str()),
        &levels,
        &occurrences,
        &column(|it| it.destination.channel.as_str()),
        &column(|it| &it.destination.recipient),
        &column(|it| &it.destination.shown),
        &urgencies,
        &tickets as _,
        &traces as _,
        &repetitions,
        now,
        &alarms,
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected())
}

/// Cancels what waits, marks what is being sent, and returns what was cancelled.
///
/// # Errors
///
/// The database failed.
pub async fn withdraw(
    conn: &mut PgConnection,
    withdrawals: &[Withdrawal],
) -> Result<Vec<Line>, Error> {
    let tickets: Vec<String> = withdrawals.iter().map(|it| it.ticket_id.clone()).collect();
    let before: Vec<i64> = withdrawals.iter().map(|it| it.before).collect();
    let overdue_too: Vec<bool> = withdrawals.iter().map(|it| it.overdue_too).collect();
    let rows = sqlx::query!(
        r#"with concerned as (
             select id from delivery
             join unnest($1::text[], $2::bigint[], $3::boolean[])
                 as ended (ticket_id, before, overdue_too) using (ticket_id)
             where state in ('pending', 'retrying', 'sending', 'held')
               and occurrence < before and (overdue_too or cause <> 'overdue')
               and cause <> 'superseded'
             order by id for update of delivery)
           update delivery set
               withdrawn = true,
               state = case when state = 'sending' then state else 'cancelled' end
           from concerned where delivery.id = concerned.id
           returning delivery.id, ticket_id, order_id,
               coalesce(ticket ->> 'exception_id', '') as "exception_id!", channel, shown, level, attempts, traceparent, state"#,
        &tickets,
        &before,
        &overdue_too,
    )
    .fetch_all(conn)
    .await?;
    let cancelled = rows
        .into_iter()
        .filter(|row| row.state == "cancelled")
        .map(|row| Line {
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
    Ok(cancelled.collect())
}

/// Destinations that were told of these tickets, may have been, or are being told.
///
/// # Errors
///
/// The database failed, or holds an unknown channel.
pub async fn told(
    conn: &mut PgConnection,
    tickets: &[String],
) -> Result<Vec<(String, Destination)>, Error> {
    let rows = sqlx::query!(
        "select distinct ticket_id, channel, recipient, shown from delivery
         where ticket_id = any($1) and (state in ('sent', 'sending') or known_as is not null)
           and cause not in ('acknowledged', 'superseded', 'resolved')
         order by ticket_id, channel, recipient",
        tickets,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let channel = channel(row.channel)?;
            let destination = Destination {
                channel,
                recipient: row.recipient,
                shown: row.shown,
            };
            Ok((row.ticket_id, destination))
        })
        .collect()
}

/// Locks the deliveries of a message that nobody has settled yet. A message
/// that arrived after its lease ran out settles also what waits to be retried.
///
/// # Errors
///
/// The database failed.
pub async fn lock_unsettled(
    conn: &mut PgConnection,
    message: Uuid,
    arrived: bool,
) -> Result<Vec<Unsettled>, Error> {
    let rows = sqlx::query!(
        r#"select id, cause, withdrawn, attempts,
             extract(epoch from clock_timestamp() - first_attempt_at)::double precision as seconds
         from delivery
         where message_id = $1 and (state = 'sending' or ($2 and state = 'retrying'))
         order by id for update"#,
        message,
        arrived,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Unsettled {
            id: DeliveryId::from_uuid(row.id),
            cause: row.cause,
            withdrawn: row.withdrawn,
            attempts: unsigned(row.attempts),
            tried_for: Duration::try_from_secs_f64(row.seconds.unwrap_or_default())
                .unwrap_or_default(),
        })
        .collect())
}

/// Those of deliveries that are written down already, whatever became of them.
///
/// # Errors
///
/// The database failed.
pub async fn known(
    conn: &mut PgConnection,
    ids: &[DeliveryId],
) -> Result<HashSet<DeliveryId>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let known = sqlx::query_scalar!("select id from delivery where id = any($1)", &ids);
    let known = known.fetch_all(conn).await?;
    Ok(known.into_iter().map(DeliveryId::from_uuid).collect())
}

/// Writes down what became of deliveries, and each attempt's answer.
///
/// # Errors
///
/// The database failed.
pub async fn settle(
    conn: &mut PgConnection,
    settlements: &[Settlement],
    outcome: &str,
    answer: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Line>, Error> {
    let ids: Vec<Uuid> = settlements.iter().map(|it| it.id.as_uuid()).collect();
    let states: Vec<String> = settlements
        .iter()
        .map(|it| it.state.as_str().to_owned())
        .collect();
    let waits: Vec<f64> = settlements.iter().map(|it| it.wait_seconds).collect();
    let errors: Vec<String> = settlements.iter().map(|it| it.error.clone()).collect();
    let rows = sqlx::query!(
        r#"with settled as (
             update delivery set
                 state = new.state, last_error = new.error,
                 next_attempt_at = clock_timestamp() + make_interval(secs => new.wait),
                 sent_at = case when new.state = 'sent' then $5::timestamptz end
             from unnest($1::uuid[], $2::text[], $3::double precision[], $4::text[])
                 as new (id, state, wait, error)
             where delivery.id = new.id
             returning delivery.*),
           attempted as (
             insert into delivery_attempt
                 (delivery_id, attempt, message_id, outcome, answer, finished_at)
             select id, attempts, message_id, $6, $7, $5 from settled
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
        outcome,
        answer,
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

/// Channel of that name.
pub(super) fn channel(name: String) -> Result<Channel, Error> {
    name.parse().map_err(|_| Error::UnknownWord {
        table: "delivery",
        column: "channel",
        value: name,
    })
}
