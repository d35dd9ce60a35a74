//! Orders to judge again although neither a fact of their own nor the time asks for it.

use sqlx::PgConnection;

use crate::error::Error;

/// Takes some orders off the list; they come back if the transaction does not commit.
///
/// # Errors
///
/// When the database refuses.
pub async fn claim(conn: &mut PgConnection, limit: i64) -> Result<Vec<String>, Error> {
    let mut ids = sqlx::query_scalar!(
        "DELETE FROM rejudgements WHERE id IN
             (SELECT id FROM rejudgements ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING order_id",
        limit
    )
    .fetch_all(conn)
    .await?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Lists every order.
///
/// # Errors
///
/// When the database refuses.
pub async fn all(conn: &mut PgConnection) -> Result<u64, Error> {
    Ok(
        sqlx::query!("INSERT INTO rejudgements (order_id) SELECT order_id FROM order_states")
            .execute(conn)
            .await?
            .rows_affected(),
    )
}

/// Lists the orders linked to shared entities.
///
/// # Errors
///
/// When the database refuses.
pub async fn linked(
    conn: &mut PgConnection,
    kinds: &[i16],
    entity_ids: &[String],
) -> Result<u64, Error> {
    Ok(sqlx::query!(
        "INSERT INTO rejudgements (order_id)
         SELECT DISTINCT l.order_id
         FROM order_links l
         JOIN UNNEST($1::smallint[], $2::text[]) AS changed (kind, entity_id)
           USING (kind, entity_id)",
        kinds,
        entity_ids
    )
    .execute(conn)
    .await?
    .rows_affected())
}
