//! Labelled orders with what was known of them when they were stored.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::domain::sample::{Label, Subject};
use crate::error::Error;

/// A stored sample without its orders.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Who stored it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When; its orders are judged through here.
    pub stored_at: DateTime<Utc>,
    /// How many orders it has.
    pub orders: i32,
    /// How many labels they have.
    pub labels: i32,
}

/// An order of a sample.
#[derive(Debug)]
pub struct Order {
    /// The order.
    pub order_id: String,
    /// Its facts and those shared with others, encoded by [`super::encoding`].
    pub facts: Vec<u8>,
}

/// Stores a sample; returns whether it took the place of another.
///
/// # Errors
///
/// When the database refuses.
pub async fn put(
    conn: &mut PgConnection,
    sample: &Row,
    orders: &[Order],
    labels: &[Label],
) -> Result<bool, Error> {
    let is_replaced = delete(&mut *conn, &sample.name).await?;
    sqlx::query!(
        "INSERT INTO samples (name, actor, reason, stored_at, orders, labels)
         VALUES ($1, $2, $3, $4, $5, $6)",
        sample.name,
        sample.actor,
        sample.reason,
        sample.stored_at,
        sample.orders,
        sample.labels
    )
    .execute(&mut *conn)
    .await?;
    let ids: Vec<&str> = orders.iter().map(|order| order.order_id.as_str()).collect();
    let facts: Vec<&[u8]> = orders.iter().map(|order| order.facts.as_slice()).collect();
    sqlx::query!(
        "INSERT INTO sample_orders (sample, order_id, facts)
         SELECT $1, * FROM UNNEST($2::text[], $3::bytea[])",
        sample.name,
        &ids as _,
        &facts as _
    )
    .execute(&mut *conn)
    .await?;
    let ids: Vec<&str> = labels.iter().map(|label| label.order_id.as_str()).collect();
    let rules: Vec<&str> = labels.iter().map(|label| label.subject.rule()).collect();
    let scenarios: Vec<&str> = labels
        .iter()
        .map(|label| label.subject.scenario())
        .collect();
    let truths: Vec<bool> = labels.iter().map(|label| label.is_exception).collect();
    let notes: Vec<&str> = labels.iter().map(|label| label.note.as_str()).collect();
    sqlx::query!(
        "INSERT INTO sample_labels (sample, order_id, rule, scenario, is_exception, note)
         SELECT $1, * FROM UNNEST($2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[])",
        sample.name,
        &ids as _,
        &rules as _,
        &scenarios as _,
        &truths,
        &notes as _
    )
    .execute(conn)
    .await?;
    Ok(is_replaced)
}

/// Deletes a sample; returns whether there was one.
///
/// # Errors
///
/// When the database refuses.
pub async fn delete(conn: &mut PgConnection, name: &str) -> Result<bool, Error> {
    let deleted = sqlx::query!("DELETE FROM samples WHERE name = $1", name)
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Lists every sample by name.
///
/// # Errors
///
/// When the database refuses.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT name, actor, reason, stored_at, orders, labels FROM samples ORDER BY name"
    )
    .fetch_all(conn)
    .await?)
}

/// Reads one sample.
///
/// # Errors
///
/// When the database refuses.
pub async fn read(conn: &mut PgConnection, name: &str) -> Result<Option<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT name, actor, reason, stored_at, orders, labels FROM samples WHERE name = $1",
        name
    )
    .fetch_optional(conn)
    .await?)
}

/// Reads the orders of a sample, by id.
///
/// # Errors
///
/// When the database refuses.
pub async fn orders(conn: &mut PgConnection, name: &str) -> Result<Vec<Order>, Error> {
    Ok(sqlx::query_as!(
        Order,
        "SELECT order_id, facts FROM sample_orders WHERE sample = $1 ORDER BY order_id",
        name
    )
    .fetch_all(conn)
    .await?)
}

/// Reads the labels of a sample, by order.
///
/// # Errors
///
/// When the database refuses, or holds what this version cannot read.
pub async fn labels(conn: &mut PgConnection, name: &str) -> Result<Vec<Label>, Error> {
    let rows = sqlx::query!(
        "SELECT order_id, rule, scenario, is_exception, note FROM sample_labels
         WHERE sample = $1 ORDER BY order_id, rule, scenario",
        name
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Label {
                order_id: row.order_id,
                subject: Subject::of(&row.rule, &row.scenario)
                    .ok_or(Error::Unreadable("label of a sample"))?,
                is_exception: row.is_exception,
                note: row.note,
            })
        })
        .collect()
}
