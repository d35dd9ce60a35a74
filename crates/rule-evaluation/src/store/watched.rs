//! Orders of which somebody wants to hear when more is known of them.

use sqlx::PgConnection;

use crate::error::Error;

/// Watches the orders of which anything is known. Whoever is judging one of them at this moment
/// is waited for, so that what is read afterwards is followed by every change that is told.
///
/// # Errors
///
/// When the database refuses.
pub async fn watch(conn: &mut PgConnection, order_ids: &[String]) -> Result<(), Error> {
    sqlx::query!(
        "WITH known AS (
             SELECT s.order_id
             FROM UNNEST($1::text[]) AS wanted (order_id) JOIN order_states s USING (order_id)
             ORDER BY s.order_id FOR KEY SHARE OF s
         )
         INSERT INTO watched_orders SELECT DISTINCT order_id FROM known ON CONFLICT DO NOTHING",
        order_ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says which of these orders are watched, and watches them no longer.
///
/// # Errors
///
/// When the database refuses.
pub async fn take(conn: &mut PgConnection, order_ids: &[&str]) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar!(
        "DELETE FROM watched_orders WHERE order_id = ANY($1) RETURNING order_id",
        order_ids as _
    )
    .fetch_all(conn)
    .await?)
}
