//! Incidents, and whether they are open.

use sqlx::PgConnection;

use super::Error;

/// Writes down what was heard of an incident; whether it is news.
///
/// # Errors
///
/// The database failed.
pub async fn heard(
    conn: &mut PgConnection,
    group_id: &str,
    version: i64,
    open: bool,
) -> Result<bool, Error> {
    let changed = sqlx::query!(
        "insert into incident (group_id, version, open) values ($1, $2, $3)
         on conflict (group_id) do update set version = excluded.version, open = excluded.open
         where incident.version < excluded.version",
        group_id,
        version,
        open,
    );
    Ok(changed.execute(conn).await?.rows_affected() > 0)
}
