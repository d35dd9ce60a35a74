//! What people say of exceptions and of missed ones: a history, of which the latest
//! word of each person on each subject counts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// One thing that somebody said.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub id: i64,
    /// The exception; none when it is about a missed one.
    pub exception_id: Option<Uuid>,
    /// The order.
    pub order_id: String,
    /// The rule; empty for a missed one of a scenario as a whole.
    pub rule: String,
    /// The scenario.
    pub scenario: String,
    /// As [`crate::domain::mark::Verdict`] is stored.
    pub verdict: i16,
    /// Who said it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub marked_at: DateTime<Utc>,
    /// The same person said nothing else of it since.
    pub is_latest: bool,
}

/// Something to say.
#[derive(Debug, Clone)]
pub struct New<'n> {
    /// The exception; none when it is about a missed one.
    pub exception_id: Option<Uuid>,
    /// The order.
    pub order_id: &'n str,
    /// The rule.
    pub rule: &'n str,
    /// The scenario.
    pub scenario: &'n str,
    /// As [`crate::domain::mark::Verdict`] is stored.
    pub verdict: i16,
    /// Who says it.
    pub actor: &'n str,
    /// Why.
    pub reason: &'n str,
    /// When.
    pub marked_at: DateTime<Utc>,
}

/// What to list; absent filters select everything.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only of this exception.
    pub exception_id: Option<Uuid>,
    /// Only of this order.
    pub order_id: Option<String>,
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only of this person.
    pub actor: Option<String>,
    /// Also what counts no more.
    pub superseded: bool,
    /// Only with a lower number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

/// Reads what a person last said of a subject, and keeps others from saying more of it
/// in that person's name before the transaction ends.
///
/// # Errors
///
/// When the database refuses.
pub async fn lock_latest(conn: &mut PgConnection, subject: &New<'_>) -> Result<Option<Row>, Error> {
    let exception = subject.exception_id.map(|id| id.to_string());
    let parts = [
        exception.as_deref().unwrap_or_default(),
        subject.order_id,
        subject.rule,
        subject.scenario,
        subject.actor,
    ];
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 3))::text",
        parts.join("\n")
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(sqlx::query_as!(
        Row,
        "SELECT id, exception_id, order_id, rule, scenario, verdict, actor, reason, marked_at,
                is_latest
         FROM marks
         WHERE is_latest AND exception_id IS NOT DISTINCT FROM $1 AND order_id = $2 AND rule = $3
           AND scenario = $4 AND actor = $5",
        subject.exception_id,
        subject.order_id,
        subject.rule,
        subject.scenario,
        subject.actor
    )
    .fetch_optional(conn)
    .await?)
}

/// Adds a mark in the place of the last one, which the caller has locked.
///
/// # Errors
///
/// When the database refuses.
pub async fn add(
    conn: &mut PgConnection,
    mark: &New<'_>,
    before: Option<i64>,
) -> Result<Row, Error> {
    sqlx::query!("UPDATE marks SET is_latest = false WHERE id = $1", before)
        .execute(&mut *conn)
        .await?;
    Ok(sqlx::query_as!(
        Row,
        "INSERT INTO marks
             (exception_id, order_id, rule, scenario, verdict, actor, reason, marked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         RETURNING id, exception_id, order_id, rule, scenario, verdict, actor, reason, marked_at,
                   is_latest",
        mark.exception_id,
        mark.order_id,
        mark.rule,
        mark.scenario,
        mark.verdict,
        mark.actor,
        mark.reason,
        mark.marked_at
    )
    .fetch_one(conn)
    .await?)
}

/// Lists marks, newest first.
///
/// # Errors
///
/// When the database refuses.
pub async fn list(conn: &mut PgConnection, filter: &Filter) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT id, exception_id, order_id, rule, scenario, verdict, actor, reason, marked_at,
                is_latest
         FROM marks
         WHERE ($1::uuid IS NULL OR exception_id = $1)
           AND ($2::text IS NULL OR order_id = $2)
           AND ($3::text IS NULL OR rule = $3)
           AND ($4::text IS NULL OR actor = $4)
           AND ($5 OR is_latest)
           AND ($6::bigint IS NULL OR id < $6)
         ORDER BY id DESC LIMIT $7",
        filter.exception_id,
        filter.order_id,
        filter.rule,
        filter.actor,
        filter.superseded,
        filter.before,
        filter.limit
    )
    .fetch_all(conn)
    .await?)
}

/// What people agree on of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// The order.
    pub order_id: String,
    /// The rule; empty for a missed one of a scenario as a whole.
    pub rule: String,
    /// The scenario, where there is no rule.
    pub scenario: String,
    /// Whether there was something to find.
    pub is_exception: bool,
}

/// Reads what people agree on, the orders last spoken of first: an order has something
/// to find when most say so of one of its exceptions, or somebody missed one.
///
/// # Errors
///
/// When the database refuses.
pub async fn agreed(
    conn: &mut PgConnection,
    rule: Option<&str>,
    orders: i64,
) -> Result<Vec<Agreed>, Error> {
    Ok(sqlx::query_as!(
        Agreed,
        r#"WITH subjects AS (
               SELECT order_id, rule, CASE WHEN rule = '' THEN scenario ELSE '' END AS scenario,
                      sum(CASE verdict WHEN 1 THEN 1 WHEN 2 THEN -1 ELSE 0 END) AS balance,
                      max(id) AS newest
               FROM marks
               WHERE is_latest AND verdict <> 3 AND ($1::text IS NULL OR rule = $1)
               GROUP BY exception_id, order_id, rule, 3
           ), labels AS (
               SELECT order_id, rule, scenario, bool_or(balance > 0) AS is_exception,
                      max(newest) AS newest
               FROM subjects
               WHERE balance <> 0
               GROUP BY order_id, rule, scenario
           ), newest AS (
               SELECT order_id FROM labels GROUP BY order_id ORDER BY max(newest) DESC LIMIT $2
           )
           SELECT order_id, rule, scenario AS "scenario!", is_exception AS "is_exception!"
           FROM labels JOIN newest USING (order_id)
           ORDER BY order_id, rule, scenario"#,
        rule,
        orders
    )
    .fetch_all(conn)
    .await?)
}
