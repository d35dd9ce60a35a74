//! Connectors as they were applied.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use order::Timestamp;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

/// Values of parameters, by name.
pub(crate) type Parameters = BTreeMap<String, String>;

/// A connector in force.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) yaml: String,
    pub(crate) parameters: Json<Parameters>,
    pub(crate) etag: String,
    pub(crate) version: i64,
    pub(crate) is_paused: bool,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) changed_by: String,
}

/// Lists connectors by name.
pub(crate) async fn list(pool: &PgPool) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        r#"SELECT name, yaml, parameters AS "parameters: Json<Parameters>", etag, version, is_paused,
               changed_at, changed_by
           FROM connectors ORDER BY name"#
    )
    .fetch_all(pool)
    .await
}

/// Finds a connector.
pub(crate) async fn get(pool: &PgPool, name: &str) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        r#"SELECT name, yaml, parameters AS "parameters: Json<Parameters>", etag, version, is_paused,
               changed_at, changed_by
           FROM connectors WHERE name = $1"#,
        name,
    )
    .fetch_optional(pool)
    .await
}

/// Finds a connector and keeps others from changing it until the transaction ends.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        r#"SELECT name, yaml, parameters AS "parameters: Json<Parameters>", etag, version, is_paused,
               changed_at, changed_by
           FROM connectors WHERE name = $1 FOR UPDATE"#,
        name,
    )
    .fetch_optional(connection)
    .await
}

/// Stores a connector, in place of the one of its name.
pub(crate) async fn put(connection: &mut PgConnection, stored: &Stored) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO connectors (name, yaml, parameters, etag, version, is_paused, changed_at, changed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (name) DO UPDATE SET
             yaml = excluded.yaml, parameters = excluded.parameters, etag = excluded.etag,
             version = excluded.version, is_paused = excluded.is_paused,
             changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        stored.name,
        stored.yaml,
        &stored.parameters as &Json<Parameters>,
        stored.etag,
        stored.version,
        stored.is_paused,
        stored.changed_at,
        stored.changed_by,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// A feed of a connector, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct PlacedFeed {
    pub(crate) dataset: String,
    pub(crate) kind: &'static str,
    /// Sources that it speaks for.
    pub(crate) sources: Vec<String>,
}

/// Returns the number of the next change.
pub(crate) async fn next_version(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT nextval('connector_changes') AS "version!""#)
        .fetch_one(connection)
        .await
}

/// Makes the feeds of a connector those given; those that were there
/// before keep their checkpoints, and all are due.
pub(crate) async fn put_feeds(
    connection: &mut PgConnection,
    name: &str,
    feeds: &[PlacedFeed],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let datasets: Vec<String> = feeds.iter().map(|feed| feed.dataset.clone()).collect();
    sqlx::query!(
        "DELETE FROM feeds WHERE connector = $1 AND dataset <> ALL($2)",
        name,
        &datasets,
    )
    .execute(&mut *connection)
    .await?;
    for feed in feeds {
        sqlx::query!(
            "INSERT INTO feeds (connector, dataset, kind, sources, due_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (connector, dataset) DO UPDATE SET
                 kind = excluded.kind, sources = excluded.sources, due_at = excluded.due_at",
            name,
            feed.dataset,
            feed.kind,
            &feed.sources,
            DateTime::<Utc>::from(now),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Forgets a connector and its feeds.
pub(crate) async fn delete(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM connectors WHERE name = $1", name)
        .execute(connection)
        .await
        .map(drop)
}
