//! Exceptions that open no ticket.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{domain::id::ExceptionId, error::Error};

/// The versions up to which exceptions are known to be silent.
///
/// # Errors
/// Those of the database.
pub async fn of(
    conn: &mut PgConnection,
    exceptions: &[ExceptionId],
) -> Result<HashMap<ExceptionId, i64>, Error> {
    let ids: Vec<Uuid> = exceptions.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select exception_id, version from silent_exceptions where exception_id = any($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.exception_id.into(), row.version))
        .collect())
}

/// Remembers that exceptions are silent up to a version.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    conn: &mut PgConnection,
    silent: &HashMap<ExceptionId, i64>,
) -> Result<(), Error> {
    if silent.is_empty() {
        return Ok(());
    }
    let mut sorted: Vec<(Uuid, i64)> = silent.iter().map(|(id, v)| (id.uuid(), *v)).collect();
    sorted.sort_unstable();
    let (ids, versions): (Vec<Uuid>, Vec<i64>) = sorted.into_iter().unzip();
    sqlx::query!(
        "insert into silent_exceptions (exception_id, version)
        select * from unnest($1::uuid[], $2::bigint[])
        on conflict (exception_id) do update
            set version = greatest(silent_exceptions.version, excluded.version)",
        &ids,
        &versions
    )
    .execute(conn)
    .await?;
    Ok(())
}
