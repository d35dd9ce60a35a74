//! What a service says happened: written in the transaction of the state that
//! caused it, relayed to the broker, and served to whoever reconciles.

mod grpc;
mod reach;

pub(crate) use grpc::{EventLogServer, timestamp};
pub use reach::{newest, oldest, settled};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::event::v1::Event;
use contracts::subject;
use prost::Message;
use sqlx::{PgConnection, PgPool};

use crate::Error;
use crate::consume::Position;
use crate::telemetry;

/// Largest event, in bytes: what a message takes (1 MiB) less room for headers.
pub const MAX_EVENT_BYTES: usize = bus::MAX_MESSAGE_BYTES - 16 * 1024;

/// An event to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Natural key: the same happening always has the same id.
    pub event_id: String,
    /// Subject that it is published on.
    pub subject: String,
    /// Encoded `event.v1.Event`, or `fact.v1.FactBatch` on `orderwatch.facts.*`.
    pub payload: Bytes,
}

impl NewEvent {
    /// Makes one of an envelope: `NewEvent::of(subject::TICKETS, "opened", &event)`.
    #[must_use]
    pub fn of(root: &str, token: &str, event: &Event) -> Self {
        let payload = Bytes::from(event.encode_to_vec());
        Self {
            event_id: event.id.clone(),
            subject: subject::under(root, token),
            payload,
        }
    }
}

/// An event as it stands in the log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its place.
    pub position: Position,
    /// Natural key.
    pub event_id: String,
    /// Subject that it is published on.
    pub subject: String,
    /// Encoded event.
    pub payload: Bytes,
    /// W3C trace context of the transaction that wrote it.
    pub traceparent: Option<String>,
    /// When it was written, by the database's clock.
    pub created_at: DateTime<Utc>,
}

/// Place, name and instant of an event, without its payload.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its place.
    pub position: Position,
    /// Natural key.
    pub event_id: String,
    /// Subject that it is published on.
    pub subject: String,
    /// When it was written, by the database's clock.
    pub created_at: DateTime<Utc>,
}

/// Where an event was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Appended {
    /// Its sequence.
    pub sequence: i64,
    /// When, by the database's clock: the same for all that were appended together.
    pub created_at: DateTime<Utc>,
}

/// Appends events within the caller's transaction, under the trace of the
/// current span; returns their sequences, in order. Wake the relay after commit.
///
/// # Errors
/// [`Error::EventTooLarge`], or when the database refuses.
pub async fn append(connection: &mut PgConnection, events: &[NewEvent]) -> Result<Vec<i64>, Error> {
    let traceparent = telemetry::traceparent();
    let traceparents = vec![traceparent; events.len()];
    let appended = append_traced(connection, events, &traceparents).await?;
    Ok(appended.iter().map(|event| event.sequence).collect())
}

/// Appends events as [`append`] does, each under a trace of its own: for batches
/// whose events have different causes; returns where, in order. Missing traceparents are
/// those of no trace.
///
/// # Errors
/// As [`append`].
pub async fn append_traced(
    connection: &mut PgConnection,
    events: &[NewEvent],
    traceparents: &[Option<String>],
) -> Result<Vec<Appended>, Error> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(event) = events
        .iter()
        .find(|event| event.payload.len() > MAX_EVENT_BYTES)
    {
        let (event_id, bytes) = (event.event_id.clone(), event.payload.len());
        return Err(Error::EventTooLarge {
            event_id,
            bytes,
            limit: MAX_EVENT_BYTES,
        });
    }
    let ids: Vec<&str> = events.iter().map(|event| &*event.event_id).collect();
    let subjects: Vec<&str> = events.iter().map(|event| &*event.subject).collect();
    let payloads: Vec<&[u8]> = events.iter().map(|event| &*event.payload).collect();
    let mut traces: Vec<Option<String>> = traceparents.to_vec();
    traces.resize(events.len(), None);
    let mut appended = sqlx::query_as!(
        Appended,
        r#"WITH logged AS (
               INSERT INTO event_log (xid, event_id, subject, payload, traceparent, created_at)
               SELECT pg_current_xact_id()::text::bigint, new.event_id, new.subject, new.payload, new.traceparent, present.instant
               FROM UNNEST($1::text[], $2::text[], $3::bytea[], $4::text[])
                        WITH ORDINALITY AS new (event_id, subject, payload, traceparent, place),
                    (SELECT clock_timestamp() AS instant) AS present
               ORDER BY new.place
               RETURNING id, xid, created_at
           )
           INSERT INTO event_pending (id, xid, created_at) SELECT id, xid, created_at FROM logged
           RETURNING id AS sequence, created_at"#,
        &ids as &[&str],
        &subjects as &[&str],
        &payloads as &[&[u8]],
        &traces as &[Option<String>],
    )
    .fetch_all(connection)
    .await?;
    appended.sort_unstable();
    Ok(appended)
}

/// Lists what was committed after a position, in order. An event is listed only
/// once every transaction that could still write before it has ended, so a
/// reader that goes on from the last position misses nothing.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    pool: &PgPool,
    after: Position,
    subject_prefix: &str,
    limit: i64,
) -> Result<Vec<Header>, Error> {
    sqlx::query!(
        r#"SELECT xid, id, event_id, subject, created_at FROM event_log
           WHERE (xid, id) > ($1, $2)
             AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
             AND starts_with(subject, $3)
           ORDER BY xid, id
           LIMIT $4"#,
        after.transaction,
        after.sequence,
        subject_prefix,
        limit,
    )
    .map(|row| Header {
        position: Position {
            transaction: row.xid,
            sequence: row.id,
        },
        event_id: row.event_id,
        subject: row.subject,
        created_at: row.created_at,
    })
    .fetch_all(pool)
    .await
    .map_err(Error::Database)
}

/// Fetches events whole, in the order of the log; those that retention has
/// dropped are left out.
///
/// # Errors
/// When the database refuses.
pub async fn get(pool: &PgPool, positions: &[Position]) -> Result<Vec<Logged>, Error> {
    let transactions: Vec<i64> = positions
        .iter()
        .map(|position| position.transaction)
        .collect();
    let sequences: Vec<i64> = positions.iter().map(|position| position.sequence).collect();
    sqlx::query!(
        r#"SELECT log.xid, log.id, log.event_id, log.subject, log.payload, log.traceparent, log.created_at
           FROM UNNEST($1::bigint[], $2::bigint[]) AS asked (xid, id)
           JOIN event_log AS log ON log.xid = asked.xid AND log.id = asked.id
           ORDER BY log.xid, log.id"#,
        &transactions,
        &sequences,
    )
    .map(|row| Logged {
        position: Position { transaction: row.xid, sequence: row.id },
        event_id: row.event_id,
        subject: row.subject,
        payload: row.payload.into(),
        traceparent: row.traceparent,
        created_at: row.created_at,
    })
    .fetch_all(pool)
    .await
    .map_err(Error::Database)
}
