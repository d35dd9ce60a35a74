//! Messages on the wire: claimed deliveries under a lease.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Error, ledger, unsigned};
use crate::domain::{
    delivery::{DeliveryId, Outgoing},
    escalation::Cause,
    policy::Channel,
    routing::Destination,
    ticket::Ticket,
};

/// Deliveries that travel together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id in the ledger: another at each try.
    pub id: Uuid,
    /// What it carries, most urgent first; never empty.
    pub deliveries: Vec<Outgoing>,
}

/// A message that has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The message.
    pub message: Uuid,
    /// Whether it arrived.
    pub arrived: bool,
}

impl Message {
    /// A message of these.
    #[must_use]
    pub fn of(deliveries: Vec<Outgoing>) -> Self {
        Self {
            id: Uuid::now_v7(),
            deliveries,
        }
    }

    /// What it is known by to whoever receives it: what they may have got it as, else its
    /// delivery's id, else its own.
    #[must_use]
    pub fn name(&self) -> Uuid {
        match self.deliveries.as_slice() {
            [first, ..] if first.known_as.is_some() => first.known_as.unwrap_or_default(),
            [one] => one.id.as_uuid(),
            _ => self.id,
        }
    }

    /// A message of each, but one of those that belong together.
    #[must_use]
    pub fn bundled(deliveries: Vec<Outgoing>) -> Vec<Self> {
        let mut together: Vec<Vec<Outgoing>> = Vec::new();
        for delivery in deliveries {
            let theirs = delivery.travels_with();
            let bundle = together.iter_mut().find(|others| {
                let others = others.first().and_then(Outgoing::travels_with);
                theirs.is_some() && others == theirs
            });
            match bundle {
                Some(others) => others.push(delivery),
                None => together.push(vec![delivery]),
            }
        }
        together.into_iter().map(Self::of).collect()
    }
}

/// Writes messages down before they are sent.
///
/// # Errors
///
/// The database failed.
pub async fn begin(
    conn: &mut PgConnection,
    messages: &[&Message],
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut ids = Vec::new();
    let mut channels = Vec::new();
    let mut recipients = Vec::new();
    let mut counts = Vec::new();
    let mut carried = Vec::new();
    let mut carriers = Vec::new();
    for message in messages {
        let Some(first) = message.deliveries.first() else {
            continue;
        };
        ids.push(message.id);
        channels.push(first.destination.channel.as_str().to_owned());
        recipients.push(first.destination.recipient.clone());
        counts.push(i32::try_from(message.deliveries.len()).unwrap_or(i32::MAX));
        for delivery in &message.deliveries {
            carried.push(delivery.id.as_uuid());
            carriers.push(message.id);
        }
    }
    sqlx::query!(
        "insert into message (id, channel, recipient, deliveries, state, lease_until, created_at)
         select id, channel, recipient, deliveries, 'sending',
             clock_timestamp() + make_interval(secs => $5), $6
         from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[])
             as new (id, channel, recipient, deliveries)",
        &ids,
        &channels,
        &recipients,
        &counts,
        lease.as_secs_f64(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update delivery set state = 'sending', attempts = attempts + 1, message_id = carrier,
             first_attempt_at = coalesce(first_attempt_at, clock_timestamp())
         from unnest($1::uuid[], $2::uuid[]) as new (id, carrier)
         where delivery.id = new.id",
        &carried,
        &carriers,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends messages, and whatever of them may still be under way. They are locked in one order
/// everywhere, so that whoever settles others at the same time waits for nobody who waits for them.
///
/// # Errors
///
/// The database failed.
pub async fn finish(
    conn: &mut PgConnection,
    ended: &[Ended],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = ended.iter().map(|it| it.message).collect();
    let arrived: Vec<bool> = ended.iter().map(|it| it.arrived).collect();
    sqlx::query!(
        "with locked as (
             select id from message where id = any($1) order by id for update)
         update message set state = case when arrived then 'sent' else 'failed' end,
             finished_at = $3
         from locked join unnest($1::uuid[], $2::boolean[]) as ended (id, arrived) using (id)
         where message.id = locked.id",
        &ids,
        &arrived,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks messages of a channel whose senders have not come back in time.
///
/// # Errors
///
/// The database failed.
pub async fn claim_abandoned(
    conn: &mut PgConnection,
    channel: Channel,
    limit: u32,
) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from message
         where channel = $1 and state = 'sending' and lease_until <= clock_timestamp()
         order by lease_until limit $2 for update skip locked",
        channel.as_str(),
        i64::from(limit),
    );
    Ok(ids.fetch_all(conn).await?)
}

/// Deliveries as they stand, for sending them on to somebody else.
///
/// # Errors
///
/// The database failed, or holds an unknown word.
pub async fn carried(conn: &mut PgConnection, ids: &[DeliveryId]) -> Result<Vec<Outgoing>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id, cause, level, occurrence, repetition, channel, recipient, shown, urgency,
               ticket as "ticket: Json<Ticket>", attempts as attempt, created_at, traceparent,
               bundle, known_as, alarm
           from delivery where id = any($1) order by id"#,
        &ids,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(Outgoing::try_from)
        .collect()
}

pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) cause: String,
    pub(super) level: i32,
    pub(super) occurrence: i64,
    pub(super) repetition: i32,
    pub(super) channel: String,
    pub(super) recipient: String,
    pub(super) shown: String,
    pub(super) urgency: i16,
    pub(super) ticket: Json<Ticket>,
    pub(super) attempt: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) traceparent: Option<String>,
    pub(super) bundle: Option<Uuid>,
    pub(super) known_as: Option<Uuid>,
    pub(super) alarm: i64,
}

impl TryFrom<Row> for Outgoing {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let cause = Cause::named(&row.cause).ok_or(Error::UnknownWord {
            table: "delivery",
            column: "cause",
            value: row.cause,
        })?;
        Ok(Self {
            id: DeliveryId::from_uuid(row.id),
            cause,
            level: unsigned(row.level),
            occurrence: row.occurrence,
            repetition: unsigned(row.repetition),
            destination: Destination {
                channel: ledger::channel(row.channel)?,
                recipient: row.recipient,
                shown: row.shown,
            },
            urgency: row.urgency,
            ticket: row.ticket.0,
            attempt: unsigned(row.attempt),
            created_at: row.created_at,
            traceparent: row.traceparent,
            bundle: row.bundle,
            known_as: row.known_as,
            alarm: row.alarm,
        })
    }
}
