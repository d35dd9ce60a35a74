//! Customers and stock, which many orders share.
//!
//! An order that links itself to a shared entity holds that entity's row in share;
//! a change of the entity holds it alone and then lists the linked orders. So either
//! the order sees the change, or the change sees the link.

use sqlx::PgConnection;

use crate::error::Error;

/// A shared entity: its kind and id.
pub type Key = (i16, String);

/// The facts of a shared entity, not yet decoded.
#[derive(Debug)]
pub struct Row {
    /// Kind of entity.
    pub kind: i16,
    /// The entity.
    pub entity_id: String,
    /// Encoded by [`super::encoding`]; empty when only a link to it is known.
    pub facts: Vec<u8>,
}

fn columns(keys: &[Key]) -> (Vec<i16>, Vec<&str>) {
    keys.iter().map(|(kind, id)| (*kind, id.as_str())).unzip()
}

/// Locks shared entities alone, making those that are not there yet. Keys must be sorted.
///
/// # Errors
///
/// When the database refuses.
pub async fn lock(conn: &mut PgConnection, keys: &[Key]) -> Result<Vec<Row>, Error> {
    let (kinds, ids) = columns(keys);
    ensure(conn, keys).await?;
    Ok(sqlx::query_as!(
        Row,
        "SELECT kind, entity_id, facts FROM shared_entities
         JOIN UNNEST($1::smallint[], $2::text[]) AS wanted (kind, entity_id) USING (kind, entity_id)
         ORDER BY kind, entity_id FOR UPDATE OF shared_entities",
        &kinds,
        &ids as _
    )
    .fetch_all(conn)
    .await?)
}

/// Writes the facts of shared entities that the transaction has locked.
///
/// # Errors
///
/// When the database refuses.
pub async fn save(conn: &mut PgConnection, rows: &[Row]) -> Result<(), Error> {
    let kinds: Vec<i16> = rows.iter().map(|row| row.kind).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.entity_id.as_str()).collect();
    let facts: Vec<&[u8]> = rows.iter().map(|row| row.facts.as_slice()).collect();
    sqlx::query!(
        "UPDATE shared_entities s SET facts = new.facts
         FROM UNNEST($1::smallint[], $2::text[], $3::bytea[]) AS new (kind, entity_id, facts)
         WHERE s.kind = new.kind AND s.entity_id = new.entity_id",
        &kinds,
        &ids as _,
        &facts as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads shared entities.
///
/// # Errors
///
/// When the database refuses.
pub async fn read(conn: &mut PgConnection, keys: &[Key]) -> Result<Vec<Row>, Error> {
    let (kinds, ids) = columns(keys);
    Ok(sqlx::query_as!(
        Row,
        "SELECT kind, entity_id, facts FROM shared_entities
         JOIN UNNEST($1::smallint[], $2::text[]) AS wanted (kind, entity_id) USING (kind, entity_id)
         WHERE facts <> ''",
        &kinds,
        &ids as _
    )
    .fetch_all(conn)
    .await?)
}

/// Links orders to shared entities, and holds those in share. Keys must be sorted.
///
/// # Errors
///
/// When the database refuses.
pub async fn link(
    conn: &mut PgConnection,
    keys: &[Key],
    links: &[(Key, String)],
) -> Result<(), Error> {
    ensure(conn, keys).await?;
    let (kinds, ids) = columns(keys);
    sqlx::query!(
        "SELECT 1 AS one FROM shared_entities
         JOIN UNNEST($1::smallint[], $2::text[]) AS wanted (kind, entity_id) USING (kind, entity_id)
         ORDER BY kind, entity_id FOR SHARE OF shared_entities",
        &kinds,
        &ids as _
    )
    .fetch_all(&mut *conn)
    .await?;
    let kinds: Vec<i16> = links.iter().map(|((kind, _), _)| *kind).collect();
    let ids: Vec<&str> = links.iter().map(|((_, id), _)| id.as_str()).collect();
    let orders: Vec<&str> = links.iter().map(|(_, order)| order.as_str()).collect();
    sqlx::query!(
        "INSERT INTO order_links (kind, entity_id, order_id)
         SELECT * FROM UNNEST($1::smallint[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
        &kinds,
        &ids as _,
        &orders as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn ensure(conn: &mut PgConnection, keys: &[Key]) -> Result<(), Error> {
    let (kinds, ids) = columns(keys);
    sqlx::query!(
        "INSERT INTO shared_entities (kind, entity_id)
         SELECT * FROM UNNEST($1::smallint[], $2::text[]) ON CONFLICT DO NOTHING",
        &kinds,
        &ids as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
