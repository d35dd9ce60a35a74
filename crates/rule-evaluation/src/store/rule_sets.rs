//! Rule sets, none of which is ever changed.

use chrono::{DateTime, Utc};
use rule_engine::documents::{self, Documents};
use sqlx::PgConnection;

use crate::domain::change::Base;
use crate::error::Error;
use crate::store::resources;

/// A stored rule set.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number, counted up from 1.
    pub number: i64,
    /// Digest of what it says.
    pub digest: String,
    /// How many rules it has.
    pub rules: i32,
    /// Who applied it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it came into force.
    pub activated_at: DateTime<Utc>,
    /// The rule set whose content came into force again with it, if it is a rollback.
    pub restored: Option<i64>,
}

/// Key of the advisory lock that judgements hold in share and activation alone. Unlike
/// a lock of the row, it lets no judgement overtake an activation that waits.
const ACTIVATION: i64 = 0x6f77_7275_6c65;

/// Prepares a transaction for judging: no other rule set comes into force before it
/// ends, and tables are read by their keys even while the planner knows nothing of them.
///
/// # Errors
///
/// When the database refuses.
pub async fn share_active(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        "SELECT set_config('enable_seqscan', 'off', true), pg_advisory_xact_lock_shared($1)::text",
        ACTIVATION
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Waits for the judgements under way, keeps new ones from beginning, and reads the
/// number in force. 0 means that none has been applied.
///
/// # Errors
///
/// When the database refuses.
pub async fn lock_active(conn: &mut PgConnection) -> Result<i64, Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)::text", ACTIVATION)
        .fetch_one(&mut *conn)
        .await?;
    active(conn).await
}

/// Reads the number in force.
///
/// # Errors
///
/// When the database refuses.
pub async fn active(conn: &mut PgConnection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!("SELECT number FROM active_rule_set")
        .fetch_one(conn)
        .await?)
}

/// Reads one rule set.
///
/// # Errors
///
/// When the database refuses.
pub async fn read(conn: &mut PgConnection, number: i64) -> Result<Option<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT number, digest, rules, actor, reason, activated_at, restored
         FROM rule_sets WHERE number = $1",
        number
    )
    .fetch_optional(conn)
    .await?)
}

/// Reads some rule sets, by number.
///
/// # Errors
///
/// When the database refuses.
pub async fn read_some(conn: &mut PgConnection, numbers: &[i64]) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT number, digest, rules, actor, reason, activated_at, restored
         FROM rule_sets WHERE number = ANY($1) ORDER BY number",
        numbers
    )
    .fetch_all(conn)
    .await?)
}

/// Reads the documents of a rule set as one text.
///
/// # Errors
///
/// When the database refuses.
pub async fn text(conn: &mut PgConnection, number: i64) -> Result<String, Error> {
    let base = resources::base(conn, number).await?;
    Ok(documents::join(
        base.kept.values().map(|kept| &kept.document),
    ))
}

/// Reads the newest rule sets, newest first.
///
/// # Errors
///
/// When the database refuses.
pub async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT number, digest, rules, actor, reason, activated_at, restored
         FROM rule_sets ORDER BY number DESC LIMIT $1",
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Stores a rule set and puts it in force; the caller holds the number alone.
///
/// # Errors
///
/// When the database refuses.
pub async fn activate(
    conn: &mut PgConnection,
    row: &Row,
    before: &Base,
    after: &Documents,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO rule_sets (number, digest, rules, actor, reason, activated_at, restored)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row.number,
        row.digest,
        row.rules,
        row.actor,
        row.reason,
        row.activated_at,
        row.restored
    )
    .execute(&mut *conn)
    .await?;
    resources::save(conn, before, after, row.number).await?;
    sqlx::query!("UPDATE active_rule_set SET number = $1", row.number)
        .execute(conn)
        .await?;
    Ok(())
}
