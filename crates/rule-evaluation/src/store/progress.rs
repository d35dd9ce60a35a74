//! How far the judgement has come.

use sqlx::PgConnection;

use crate::error::Error;

/// Counts that say what is there and what is left.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Orders known.
    pub orders: i64,
    /// Exceptions that stand, open or cleared.
    pub exceptions: i64,
    /// Orders listed to be judged again.
    pub rejudgements: i64,
}

/// Counts what is there. Orders are counted exactly, so not for every second.
///
/// # Errors
///
/// When the database refuses.
pub async fn count(conn: &mut PgConnection) -> Result<Counts, Error> {
    Ok(sqlx::query_as!(
        Counts,
        r#"SELECT (SELECT count(*) FROM order_states) AS "orders!",
                  (SELECT count(*) FROM exceptions WHERE state <> 3) AS "exceptions!",
                  (SELECT count(*) FROM rejudgements) AS "rejudgements!""#
    )
    .fetch_one(conn)
    .await?)
}
