//! Versions of directory and policies.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Error;

/// Latest version; 0 when nothing was ever applied.
///
/// # Errors
///
/// The database failed.
pub async fn latest(conn: &mut PgConnection) -> Result<i64, Error> {
    let version =
        sqlx::query_scalar!(r#"select coalesce(max(version), 0) as "version!" from policy_set"#);
    Ok(version.fetch_one(conn).await?)
}

/// Keeps everybody else from adding a version until the transaction ends.
///
/// # Errors
///
/// The database failed.
pub async fn lock(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("lock table policy_set in share row exclusive mode")
        .execute(conn)
        .await?;
    Ok(())
}

/// YAML of a version.
///
/// # Errors
///
/// The database failed.
pub async fn yaml(conn: &mut PgConnection, version: i64) -> Result<Option<String>, Error> {
    let yaml = sqlx::query_scalar!(
        "select resources_yaml from policy_set where version = $1",
        version
    );
    Ok(yaml.fetch_optional(conn).await?)
}

/// Adds a version and returns its number.
///
/// # Errors
///
/// The database failed.
pub async fn add(
    conn: &mut PgConnection,
    yaml: &str,
    actor: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<i64, Error> {
    let version = sqlx::query_scalar!(
        "insert into policy_set (resources_yaml, actor, reason, applied_at)
         values ($1, $2, $3, $4) returning version",
        yaml,
        actor,
        reason,
        at,
    );
    Ok(version.fetch_one(conn).await?)
}
