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

/// Documents as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The documents, personal data sealed.
    pub yaml: String,
    /// Id of the key that it is sealed with, when there is one.
    pub key: Option<String>,
}

/// Versions that are not sealed with a key, the oldest first.
///
/// # Errors
///
/// The database failed.
pub async fn sealed_otherwise(conn: &mut PgConnection, key: &str) -> Result<Vec<i64>, Error> {
    let versions = sqlx::query_scalar!(
        "select version from policy_set where sealed_with is distinct from $1 order by version",
        key
    );
    Ok(versions.fetch_all(conn).await?)
}

/// Stores the documents of a version as they are sealed now.
///
/// # Errors
///
/// The database failed.
pub async fn replace(conn: &mut PgConnection, version: i64, sealed: &Sealed) -> Result<(), Error> {
    sqlx::query!(
        "update policy_set set resources_yaml = $2, sealed_with = $3 where version = $1",
        version,
        sealed.yaml,
        sealed.key.as_deref(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a version and returns its number.
///
/// # Errors
///
/// The database failed.
pub async fn add(
    conn: &mut PgConnection,
    sealed: &Sealed,
    actor: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<i64, Error> {
    let version = sqlx::query_scalar!(
        "insert into policy_set (resources_yaml, sealed_with, actor, reason, applied_at)
         values ($1, $2, $3, $4, $5) returning version",
        sealed.yaml,
        sealed.key.as_deref(),
        actor,
        reason,
        at,
    );
    Ok(version.fetch_one(conn).await?)
}
