//! Every attempt to put a delivery on the wire.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;

/// One attempt, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which it is, from 1.
    pub attempt: i32,
    /// When its message was written down.
    pub started_at: Option<DateTime<Utc>>,
    /// When its answer was.
    pub finished_at: DateTime<Utc>,
    /// What the answer meant, in a word.
    pub outcome: String,
    /// The vendor's words.
    pub answer: String,
}

/// Attempts of a delivery, in their order.
///
/// # Errors
///
/// The database failed.
pub async fn of_delivery(conn: &mut PgConnection, delivery: Uuid) -> Result<Vec<Attempt>, Error> {
    let attempts = sqlx::query_as!(
        Attempt,
        r#"select attempt, created_at as "started_at?", delivery_attempt.finished_at, outcome, answer
           from delivery_attempt left join message on message.id = message_id
           where delivery_id = $1 order by attempt"#,
        delivery,
    );
    Ok(attempts.fetch_all(conn).await?)
}
