//! Exceptions as people list them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::effect::Standing;
use crate::error::Error;

/// One exception.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// The order.
    pub order_id: String,
    /// The rule that is true.
    pub rule: String,
    /// The scenario of the rule.
    pub scenario: String,
    /// The severity of the rule.
    pub severity: String,
    /// Number of `event.v1.ExceptionState`.
    pub state: i16,
    /// Event time.
    pub opened_at: DateTime<Utc>,
    /// Event time.
    pub cleared_at: Option<DateTime<Utc>>,
    /// When the verdict was first given.
    pub detected_at: DateTime<Utc>,
    /// When the last transition was made.
    pub updated_at: DateTime<Utc>,
    /// Judged without the late sources' word.
    pub unconfirmed: bool,
    /// Names of the late sources.
    pub late_sources: Vec<String>,
    /// Known only when it was over.
    pub retroactive: bool,
    /// Rule set of the last transition.
    pub rule_set: i64,
    /// Grows with every transition.
    pub version: i64,
    /// Name of the exemption that covers it.
    pub exempt_by: Option<String>,
    /// Its rule is only tried out.
    pub shadow: bool,
    /// Encoded `event.v1.OrderSummary`.
    pub summary: Vec<u8>,
}

/// What to list; absent filters select everything.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only this rule.
    pub rule: Option<String>,
    /// Only this order.
    pub order_id: Option<String>,
    /// Only this scenario.
    pub scenario: Option<String>,
    /// Only these states.
    pub states: Vec<i16>,
    /// Only exempt ones, or only others.
    pub exempt: Option<bool>,
    /// Only those of rules in shadow, or only others.
    pub shadow: Option<bool>,
    /// Only ids behind this one.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// Lists exceptions by id.
///
/// # Errors
///
/// When the database refuses.
pub async fn list(conn: &mut PgConnection, filter: &Filter) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT * FROM exceptions
         WHERE ($1::text IS NULL OR rule = $1)
           AND ($2::text IS NULL OR order_id = $2)
           AND ($3::text IS NULL OR scenario = $3)
           AND state = ANY($4)
           AND ($5::uuid IS NULL OR id > $5)
           AND ($6::boolean IS NULL OR (exempt_by IS NOT NULL) = $6)
           AND ($7::boolean IS NULL OR shadow = $7)
         ORDER BY id LIMIT $8",
        filter.rule,
        filter.order_id,
        filter.scenario,
        &filter.states,
        filter.after,
        filter.exempt,
        filter.shadow,
        filter.limit
    )
    .fetch_all(conn)
    .await?)
}

/// Reads one exception.
///
/// # Errors
///
/// When the database refuses.
pub async fn read(conn: &mut PgConnection, id: Uuid) -> Result<Option<Row>, Error> {
    Ok(
        sqlx::query_as!(Row, "SELECT * FROM exceptions WHERE id = $1", id)
            .fetch_optional(conn)
            .await?,
    )
}

/// Lists the open exceptions of sources.
///
/// # Errors
///
/// When the database refuses.
pub async fn open_of_late_sources(conn: &mut PgConnection) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        "SELECT * FROM exceptions WHERE rule = 'source-late' AND state = 1 ORDER BY order_id"
    )
    .fetch_all(conn)
    .await?)
}

/// Counts the open exceptions of every rule.
///
/// # Errors
///
/// When the database refuses.
pub async fn standings(conn: &mut PgConnection) -> Result<Vec<Standing>, Error> {
    Ok(sqlx::query_as!(
        Standing,
        r#"SELECT rule, count(*) AS "open!"
           FROM exceptions WHERE state = 1 GROUP BY rule"#
    )
    .fetch_all(conn)
    .await?)
}

/// Writes exceptions; the newest version of each stays.
///
/// # Errors
///
/// When the database refuses.
pub async fn save(conn: &mut PgConnection, rows: &[Row]) -> Result<(), Error> {
    let late: Vec<String> = rows.iter().map(|row| row.late_sources.join(",")).collect();
    sqlx::query!(
        "INSERT INTO exceptions AS known
             (id, order_id, rule, scenario, severity, state, opened_at, cleared_at, detected_at,
              updated_at, unconfirmed, late_sources, retroactive, rule_set, version, summary,
              exempt_by, shadow)
         SELECT id, order_id, rule, scenario, severity, state, opened_at, cleared_at, detected_at,
                updated_at, unconfirmed, string_to_array(late, ','), retroactive, rule_set,
                version, summary, exempt_by, shadow
         FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[],
                     $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
                     $11::boolean[], $12::text[], $13::boolean[], $14::bigint[], $15::bigint[],
                     $16::bytea[], $17::text[], $18::boolean[])
              AS new (id, order_id, rule, scenario, severity, state, opened_at, cleared_at,
                      detected_at, updated_at, unconfirmed, late, retroactive, rule_set, version,
                      summary, exempt_by, shadow)
         ON CONFLICT (id) DO UPDATE SET
             scenario = excluded.scenario, severity = excluded.severity, state = excluded.state,
             opened_at = excluded.opened_at, cleared_at = excluded.cleared_at,
             updated_at = excluded.updated_at, unconfirmed = excluded.unconfirmed,
             late_sources = excluded.late_sources, retroactive = excluded.retroactive,
             rule_set = excluded.rule_set, version = excluded.version, summary = excluded.summary,
             exempt_by = excluded.exempt_by, shadow = excluded.shadow
         WHERE known.version < excluded.version",
        &column(rows, |row| row.id),
        &column(rows, |row| row.order_id.as_str()) as _,
        &column(rows, |row| row.rule.as_str()) as _,
        &column(rows, |row| row.scenario.as_str()) as _,
        &column(rows, |row| row.severity.as_str()) as _,
        &column(rows, |row| row.state),
        &column(rows, |row| row.opened_at),
        &column(rows, |row| row.cleared_at) as _,
        &column(rows, |row| row.detected_at),
        &column(rows, |row| row.updated_at),
        &column(rows, |row| row.unconfirmed),
        &late,
        &column(rows, |row| row.retroactive),
        &column(rows, |row| row.rule_set),
        &column(rows, |row| row.version),
        &column(rows, |row| row.summary.as_slice()) as _,
        &column(rows, |row| row.exempt_by.as_deref()) as _,
        &column(rows, |row| row.shadow),
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn column<'a, T>(rows: &'a [Row], cell: impl Fn(&'a Row) -> T) -> Vec<T> {
    rows.iter().map(cell).collect()
}
