//! The relay: drains `event_pending` to the broker. Replicas share the work by
//! `SKIP LOCKED`; a claim is committed only once the broker has acknowledged,
//! so nothing is lost, and what was published twice is handled once.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Outgoing};
use sqlx::PgConnection;
use tokio::sync::Notify;
use tracing::{debug, error, warn};

use crate::Error;
use crate::consume::Position;
use crate::database::Database;
use crate::error::chain;
use crate::lifecycle::Shutdown;

/// Most events published at once.
const BATCH: i64 = 512;

/// How often the relay looks for events that nobody woke it for: those of a
/// replica that died between its commit and its publish.
const LOOK: Duration = Duration::from_secs(1);

/// Shortest and longest pause after a failure.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Wakes the relay; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct RelayHandle {
    notify: Arc<Notify>,
}

impl RelayHandle {
    /// Has the relay look at once. Call it after a commit that appended events;
    /// a wake before the commit finds nothing.
    pub fn wake(&self) {
        self.notify.notify_one();
    }
}

/// What one round of the relay did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// So many events were published.
    Published(usize),
    /// Nothing was pending.
    Idle,
}

/// The relay of one service.
#[derive(Debug)]
pub struct Relay {
    service: String,
    database: Database,
    bus: Bus,
    handle: RelayHandle,
}

struct Claimed {
    message: Outgoing,
    xid: i64,
    created_at: chrono::DateTime<chrono::Utc>,
}

impl Relay {
    /// Makes the relay of the service of that name.
    #[must_use]
    pub fn new(
        service: impl Into<String>,
        database: Database,
        bus: Bus,
        handle: RelayHandle,
    ) -> Self {
        Self {
            service: service.into(),
            database,
            bus,
            handle,
        }
    }

    /// Publishes until the service stops; failures are waited out.
    ///
    /// # Errors
    /// Never: it answers so to be spawned beside loops that do fail.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Error> {
        let (shortest, longest) = BACK_OFF;
        let mut pause = shortest;
        while !shutdown.is_cancelled() {
            if !self.bus.is_connected() {
                shutdown.sleep(shortest).await;
                continue;
            }
            match self.round().await {
                Ok(Round::Published(_)) => pause = shortest,
                Ok(Round::Idle) => {
                    pause = shortest;
                    tokio::select! {
                        () = self.handle.notify.notified() => {}
                        () = tokio::time::sleep(LOOK) => {}
                        () = shutdown.cancelled() => {}
                    }
                }
                Err(error) => {
                    warn!(error = %chain(&error), retry.ms = pause.as_millis(), "cannot relay events, they stay pending");
                    shutdown.sleep(pause).await;
                    pause = (pause * 2).min(longest);
                }
            }
        }
        Ok(())
    }

    /// Publishes what is pending, at most one batch.
    ///
    /// # Errors
    /// When the database or the broker is away; what was not acknowledged stays pending.
    pub async fn round(&self) -> Result<Round, Error> {
        let mut transaction = self.database.pool().begin().await?;
        let claimed = self.claim(&mut transaction).await?;
        if claimed.is_empty() {
            // What retention has dropped from the log is no longer pending either.
            transaction.commit().await?;
            return Ok(Round::Idle);
        }
        let (claimed, messages): (Vec<_>, Vec<_>) = claimed
            .into_iter()
            .map(|claimed| ((claimed.xid, claimed.created_at), claimed.message))
            .unzip();
        let answers = self.bus.publish(&messages).await;
        let mut unknown = None;
        let mut published = 0;
        for ((answer, message), (xid, created_at)) in
            answers.into_iter().zip(&messages).zip(claimed)
        {
            match answer {
                Ok(_) => published += 1,
                Err(refused) if !refused.is_retryable() => {
                    error!(event.id = message.event_id, error = %refused, "event cannot be published; consumers fetch it from the event log");
                }
                Err(error) => {
                    keep_pending(&mut transaction, message.position.sequence, xid, created_at)
                        .await?;
                    unknown = Some(error);
                }
            }
        }
        transaction.commit().await?;
        debug!(events.published = published, "relayed events");
        match unknown {
            Some(error) => Err(Error::Bus(error.into())),
            None => Ok(Round::Published(published)),
        }
    }

    async fn claim(&self, connection: &mut PgConnection) -> Result<Vec<Claimed>, Error> {
        // LIMIT keeps the planner from reading the whole day for a join, as it would while it has
        // no statistics of it.
        let rows = sqlx::query!(
            r#"WITH claimed AS (
                   DELETE FROM event_pending
                   WHERE id = ANY (ARRAY(
                       SELECT id FROM event_pending ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
                   ))
                   RETURNING id, xid, created_at
               )
               SELECT log.id, log.xid, log.event_id, log.subject, log.payload, log.traceparent, log.created_at
               FROM claimed
               CROSS JOIN LATERAL (
                   SELECT * FROM event_log
                   WHERE xid = claimed.xid AND id = claimed.id AND created_at = claimed.created_at
                   LIMIT 1
               ) AS log
               ORDER BY log.id"#,
            BATCH,
        )
        .fetch_all(connection)
        .await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            let message = Outgoing {
                subject: row.subject,
                event_id: row.event_id,
                service: self.service.clone(),
                position: Position {
                    transaction: row.xid,
                    sequence: row.id,
                },
                traceparent: row.traceparent,
                payload: row.payload.into(),
            };
            claimed.push(Claimed {
                message,
                xid: row.xid,
                created_at: row.created_at,
            });
        }
        Ok(claimed)
    }
}

async fn keep_pending(
    connection: &mut PgConnection,
    id: i64,
    xid: i64,
    created_at: chrono::DateTime<chrono::Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO event_pending (id, xid, created_at) VALUES ($1, $2, $3)",
        id,
        xid,
        created_at
    )
    .execute(connection)
    .await
    .map(drop)
}
