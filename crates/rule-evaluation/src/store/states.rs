//! One row an order: all that is known of it and all that was said about it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::Error;

/// A stored state, not yet decoded.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    /// The order.
    pub order_id: String,
    /// Grows by one with every write.
    pub version: i64,
    /// Encoded by [`super::encoding`].
    pub state: Vec<u8>,
}

/// Locks and reads the states of some orders; those without one are left out. The
/// ids must be sorted, so that two batches cannot wait for each other.
///
/// # Errors
///
/// When the database refuses.
pub async fn lock(conn: &mut PgConnection, order_ids: &[String]) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        // Joined and not `= ANY`, which would look up every id in every partition.
        "SELECT s.order_id, s.version, s.state
         FROM UNNEST($1::text[]) AS wanted (order_id) JOIN order_states s USING (order_id)
         ORDER BY s.order_id FOR UPDATE OF s",
        order_ids
    )
    .fetch_all(conn)
    .await?)
}

/// Locks and reads states whose verdict may change before `before`. A state that is
/// locked is being judged by somebody else, who will set its timer anew.
///
/// # Errors
///
/// When the database refuses.
pub async fn lock_due(
    conn: &mut PgConnection,
    gate: i16,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT s.order_id, s.version, s.state
         FROM order_timers t JOIN order_states s USING (order_id)
         WHERE t.gate = $1 AND t.due_at < $2
         ORDER BY t.due_at LIMIT $3
         FOR UPDATE OF s SKIP LOCKED",
        gate,
        before,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Reads one state without locking it.
///
/// # Errors
///
/// When the database refuses.
pub async fn read(conn: &mut PgConnection, order_id: &str) -> Result<Option<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT order_id, version, state FROM order_states WHERE order_id = $1",
        order_id
    )
    .fetch_optional(conn)
    .await?)
}

/// Reads some states without locking them; those without one are left out.
///
/// # Errors
///
/// When the database refuses.
pub async fn read_many(conn: &mut PgConnection, order_ids: &[String]) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT s.order_id, s.version, s.state
         FROM UNNEST($1::text[]) AS wanted (order_id) JOIN order_states s USING (order_id)
         ORDER BY s.order_id",
        order_ids
    )
    .fetch_all(conn)
    .await?)
}

/// Lists the tables that together hold every state, as they are written in a statement.
///
/// # Errors
///
/// When the database refuses.
pub async fn partitions(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar!(
        r#"SELECT relid::regclass::text AS "name!"
           FROM pg_partition_tree('order_states') WHERE isleaf ORDER BY 1"#
    )
    .fetch_all(conn)
    .await?)
}

/// Writes states, each with its next version.
///
/// # Errors
///
/// [`Error::Overtaken`] when another writer was faster with one of them: the whole
/// transaction must be given up and made again.
pub async fn save(conn: &mut PgConnection, rows: &[Row]) -> Result<(), Error> {
    let ids: Vec<&str> = rows.iter().map(|row| row.order_id.as_str()).collect();
    let versions: Vec<i64> = rows.iter().map(|row| row.version).collect();
    let states: Vec<&[u8]> = rows.iter().map(|row| row.state.as_slice()).collect();
    let written = sqlx::query!(
        "INSERT INTO order_states AS known (order_id, version, state)
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::bytea[])
         ON CONFLICT (order_id) DO UPDATE
         SET version = excluded.version, state = excluded.state
         WHERE known.version = excluded.version - 1",
        &ids as _,
        &versions,
        &states as _
    )
    .execute(conn)
    .await?
    .rows_affected();
    if written == rows.len() as u64 {
        Ok(())
    } else {
        Err(Error::Overtaken)
    }
}
