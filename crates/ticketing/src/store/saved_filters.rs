//! Filters that people keep.

use sqlx::PgConnection;

use crate::{domain::saved_filter::SavedFilter, error::Error};

/// The filter of that owner and name.
///
/// # Errors
/// Those of the database.
pub async fn get(
    conn: &mut PgConnection,
    owner: &str,
    name: &str,
) -> Result<Option<SavedFilter>, Error> {
    Ok(sqlx::query_as!(
        SavedFilter,
        "select owner, name, filter, shared_with, version, changed_at from saved_filters
        where owner = $1 and name = $2",
        owner,
        name
    )
    .fetch_optional(conn)
    .await?)
}

/// Those of an owner, and all that are shared, by owner and name.
///
/// # Errors
/// Those of the database.
pub async fn of(conn: &mut PgConnection, owner: &str) -> Result<Vec<SavedFilter>, Error> {
    Ok(sqlx::query_as!(
        SavedFilter,
        "select owner, name, filter, shared_with, version, changed_at from saved_filters
        where owner = $1 or shared_with <> '' order by owner, name",
        owner
    )
    .fetch_all(conn)
    .await?)
}

/// Stores a filter: its first version, or the one that follows what is stored. False when that is
/// not so.
///
/// # Errors
/// Those of the database.
pub async fn put(conn: &mut PgConnection, filter: &SavedFilter) -> Result<bool, Error> {
    let stored = sqlx::query!(
        "insert into saved_filters (owner, name, filter, shared_with, version, changed_at)
        select $1::text, $2::text, $3::text, $4::text, $5::bigint, $6::timestamptz
        where $5 = 1 or exists (
            select from saved_filters where owner = $1 and name = $2
        )
        on conflict (owner, name) do update set filter = excluded.filter,
            shared_with = excluded.shared_with, version = excluded.version,
            changed_at = excluded.changed_at
        where saved_filters.version + 1 = excluded.version",
        filter.owner,
        filter.name,
        filter.filter,
        filter.shared_with,
        filter.version,
        filter.changed_at
    )
    .execute(conn)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// Deletes a version of a filter. False when it is not the stored one.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    conn: &mut PgConnection,
    owner: &str,
    name: &str,
    version: i64,
) -> Result<bool, Error> {
    let deleted = sqlx::query!(
        "delete from saved_filters where owner = $1 and name = $2 and version = $3",
        owner,
        name,
        version
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() == 1)
}
