//! The next instant at which a verdict can change, by order and gate.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::Error;

/// One timer to set, or to drop where there is no instant.
#[derive(Debug)]
pub struct Change {
    /// The order.
    pub order_id: String,
    /// What the verdict waits for.
    pub gate: i16,
    /// When it can change next.
    pub due_at: Option<DateTime<Utc>>,
}

/// Sets and drops timers of orders whose states the transaction has locked.
///
/// # Errors
///
/// When the database refuses.
pub async fn change(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Error> {
    let (mut ids, mut gates, mut instants) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_ids, mut gone_gates) = (Vec::new(), Vec::new());
    for change in changes {
        match change.due_at {
            Some(due_at) => {
                ids.push(change.order_id.as_str());
                gates.push(change.gate);
                instants.push(due_at);
            }
            None => {
                gone_ids.push(change.order_id.as_str());
                gone_gates.push(change.gate);
            }
        }
    }
    if !gone_ids.is_empty() {
        sqlx::query!(
            "DELETE FROM order_timers t
             USING UNNEST($1::text[], $2::smallint[]) AS gone (order_id, gate)
             WHERE t.order_id = gone.order_id AND t.gate = gone.gate",
            &gone_ids as _,
            &gone_gates
        )
        .execute(&mut *conn)
        .await?;
    }
    if !ids.is_empty() {
        sqlx::query!(
            "INSERT INTO order_timers (order_id, gate, due_at)
             SELECT * FROM UNNEST($1::text[], $2::smallint[], $3::timestamptz[])
             ON CONFLICT (order_id, gate) DO UPDATE SET due_at = excluded.due_at",
            &ids as _,
            &gates,
            &instants
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// The earliest timer of each gate.
#[derive(Debug)]
pub struct Next {
    /// What the verdict waits for.
    pub gate: i16,
    /// The earliest instant of all orders.
    pub due_at: DateTime<Utc>,
}

/// Reads the earliest timer of each gate in use, one index look-up a gate.
///
/// # Errors
///
/// When the database refuses.
pub async fn next(conn: &mut PgConnection) -> Result<Vec<Next>, Error> {
    Ok(sqlx::query_as!(
        Next,
        r#"WITH RECURSIVE gates AS (
               SELECT min(gate) AS gate FROM order_timers
               UNION ALL
               SELECT (SELECT min(t.gate) FROM order_timers t WHERE t.gate > gates.gate)
               FROM gates WHERE gates.gate IS NOT NULL
           )
           SELECT gate AS "gate!",
                  (SELECT min(due_at) FROM order_timers t WHERE t.gate = gates.gate) AS "due_at!"
           FROM gates WHERE gate IS NOT NULL"#
    )
    .fetch_all(conn)
    .await?)
}

/// Counts timers of a gate that are due, no further than `most`.
///
/// # Errors
///
/// When the database refuses.
pub async fn count_due(
    conn: &mut PgConnection,
    gate: i16,
    before: DateTime<Utc>,
    most: i64,
) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM
           (SELECT 1 AS one FROM order_timers WHERE gate = $1 AND due_at < $2 LIMIT $3) AS due"#,
        gate,
        before,
        most
    )
    .fetch_one(conn)
    .await?)
}

/// Puts off the first due timer of a gate, and returns its order.
///
/// # Errors
///
/// When the database refuses.
pub async fn put_off(
    conn: &mut PgConnection,
    gate: i16,
    before: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    Ok(sqlx::query_scalar!(
        "UPDATE order_timers SET due_at = $3
         WHERE gate = $1 AND order_id = (SELECT order_id FROM order_timers
             WHERE gate = $1 AND due_at < $2 ORDER BY due_at LIMIT 1)
         RETURNING order_id",
        gate,
        before,
        until
    )
    .fetch_optional(conn)
    .await?)
}
