//! Callbacks that were acted on, as long as they could be sent again.

use std::time::Duration;

use sqlx::PgConnection;

use super::Error;

/// Whether a callback with this signature was acted on.
///
/// # Errors
///
/// The database failed.
pub async fn was_heard(conn: &mut PgConnection, signature: &str) -> Result<bool, Error> {
    let heard = sqlx::query_scalar!(
        r#"select exists (select from callback where signature = $1) as "heard!""#,
        signature,
    );
    Ok(heard.fetch_one(conn).await?)
}

/// Remembers that a callback was acted on, and forgets those that are older than `kept`.
///
/// # Errors
///
/// The database failed.
pub async fn remember(
    conn: &mut PgConnection,
    signature: &str,
    kept: Duration,
) -> Result<(), Error> {
    sqlx::query!(
        "with forgotten as (
             delete from callback
             where heard_at < clock_timestamp() - make_interval(secs => $2)
         )
         insert into callback (signature) values ($1) on conflict do nothing",
        signature,
        kept.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
