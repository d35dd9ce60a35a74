//! Every stored state, read in large pieces without locks.

use futures::TryStreamExt;
use service::database::Database;
use sqlx::{AssertSqlSafe, Executor};
use tokio::sync::mpsc;

use crate::error::Error;
use crate::store::states;

/// Orders handed on at once: few enough that whoever judges them steps aside often.
const CHUNK: usize = 256;

/// Reads every state and hands them on, until nobody takes them any more. The
/// connection is a new one and is closed at the end, whatever was still to come on it.
///
/// # Errors
///
/// When the database refuses.
pub(super) async fn every_state(
    database: &Database,
    chunks: mpsc::Sender<Vec<states::Row>>,
) -> Result<(), Error> {
    let mut conn = database.pool().acquire().await?;
    conn.close_on_drop();
    // One process of the server is enough, and little of its memory.
    (&mut *conn)
        .execute("SET max_parallel_workers_per_gather = 0; SET jit = off")
        .await?;
    for partition in states::partitions(&mut conn).await? {
        let statement = format!("SELECT order_id, version, state FROM {partition}");
        let mut rows = sqlx::query_as::<_, states::Row>(AssertSqlSafe(statement)).fetch(&mut *conn);
        let mut chunk = Vec::with_capacity(CHUNK);
        while let Some(row) = rows.try_next().await? {
            chunk.push(row);
            if chunk.len() == CHUNK {
                let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
                if chunks.send(full).await.is_err() {
                    return Ok(());
                }
            }
        }
        if chunks.send(chunk).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
