//! What is listed: deliveries, escalations, figures.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;

/// A delivery as it is listed.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "columns of the ledger, described in the migration"
)]
pub struct DeliveryRow {
    pub id: Uuid,
    pub ticket_id: String,
    pub order_id: String,
    pub cause: String,
    pub level: i32,
    pub channel: String,
    pub shown: String,
    pub state: String,
    pub attempts: i32,
    pub last_error: String,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub next_attempt_at: DateTime<Utc>,
    pub message_id: Option<Uuid>,
    pub repetition: i32,
    pub held_by: String,
    pub held_until: Option<DateTime<Utc>>,
}

/// An escalation as it is listed.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "columns of the table, described in the migration"
)]
pub struct EscalationRow {
    pub ticket_id: String,
    pub policy: String,
    pub state: String,
    pub level: i32,
    pub started_at: DateTime<Utc>,
    pub next_level_at: Option<DateTime<Utc>>,
}

/// Which deliveries are listed; empty means all.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Of this ticket.
    pub ticket_id: String,
    /// In one of these states.
    pub states: Vec<String>,
    /// By this channel.
    pub channel: String,
}

/// Counts over everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the contract, described there")]
pub struct Figures {
    pub deliveries_sent: i64,
    pub deliveries_pending: i64,
    pub deliveries_failed: i64,
    pub messages_sent: i64,
    pub escalated: i64,
    pub running: i64,
}

/// Deliveries, newest first, after a place; and how many there are in all.
///
/// # Errors
///
/// The database failed.
pub async fn deliveries(
    conn: &mut PgConnection,
    filter: &DeliveryFilter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<(Vec<DeliveryRow>, i64), Error> {
    let (after_at, after_id) = after.unzip();
    let rows = sqlx::query_as!(
        DeliveryRow,
        r#"select id, ticket_id, order_id, cause, level, channel, shown, state, attempts,
             last_error, created_at, sent_at, next_attempt_at, message_id, repetition,
             coalesce(kind || ' ' || name || ': ' || why, '') as "held_by!",
             until as "held_until?"
         from delivery left join hold on delivery_id = id
         where ($1 = '' or ticket_id = $1) and (cardinality($2::text[]) = 0 or state = any($2))
           and ($3 = '' or channel = $3)
           and ($4::timestamptz is null or (created_at, id) < ($4, $5::uuid))
         order by created_at desc, id desc limit $6"#,
        filter.ticket_id,
        &filter.states,
        filter.channel,
        after_at,
        after_id,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "count!" from delivery
           where ($1 = '' or ticket_id = $1) and (cardinality($2::text[]) = 0 or state = any($2))
             and ($3 = '' or channel = $3)"#,
        filter.ticket_id,
        &filter.states,
        filter.channel,
    )
    .fetch_one(conn)
    .await?;
    Ok((rows, total))
}

/// One delivery.
///
/// # Errors
///
/// The database failed.
pub async fn delivery(conn: &mut PgConnection, id: Uuid) -> Result<Option<DeliveryRow>, Error> {
    let row = sqlx::query_as!(
        DeliveryRow,
        r#"select id, ticket_id, order_id, cause, level, channel, shown, state, attempts,
             last_error, created_at, sent_at, next_attempt_at, message_id, repetition,
             coalesce(kind || ' ' || name || ': ' || why, '') as "held_by!",
             until as "held_until?"
         from delivery left join hold on delivery_id = id
         where id = $1"#,
        id,
    );
    Ok(row.fetch_optional(conn).await?)
}

/// Escalations by ticket, after a ticket.
///
/// # Errors
///
/// The database failed.
pub async fn escalations(
    conn: &mut PgConnection,
    ticket_id: &str,
    states: &[String],
    after: &str,
    limit: i64,
) -> Result<Vec<EscalationRow>, Error> {
    let rows = sqlx::query_as!(
        EscalationRow,
        "select ticket_id, policy, state, level, started_at, next_level_at from escalation
         where ($1 = '' or ticket_id = $1) and (cardinality($2::text[]) = 0 or state = any($2))
           and ticket_id > $3
         order by ticket_id limit $4",
        ticket_id,
        states,
        after,
        limit,
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Counts over everything.
///
/// # Errors
///
/// The database failed.
pub async fn figures(conn: &mut PgConnection) -> Result<Figures, Error> {
    let figures = sqlx::query_as!(
        Figures,
        r#"select
             (select count(*) from delivery where state = 'sent') as "deliveries_sent!",
             (select count(*) from delivery
              where state in ('pending', 'sending', 'retrying')) as "deliveries_pending!",
             (select count(*) from delivery where state = 'failed') as "deliveries_failed!",
             (select count(*) from message where state = 'sent') as "messages_sent!",
             (select count(distinct (ticket_id, level)) from delivery
              where cause = 'escalated') as "escalated!",
             (select count(*) from escalation where state = 'running') as "running!""#,
    );
    Ok(figures.fetch_one(conn).await?)
}
