//! The ledger of deliveries: written down, withdrawn, looked up.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Error, signed, unsigned};
use crate::domain::{
    delivery::{DeliveryId, NewDelivery},
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

/// Writes deliveries down, each once, and says how many were new. In one order everywhere, so that
/// of those who write the same ones at once nobody waits for somebody who waits for them.
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
         order by 1
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

/// Channel of that name.
pub(super) fn channel(name: String) -> Result<Channel, Error> {
    name.parse().map_err(|_| Error::UnknownWord {
        table: "delivery",
        column: "channel",
        value: name,
    })
}
