//! How fresh sources are.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// How one source does.
#[derive(Clone, Debug)]
pub(crate) struct Freshness {
    pub(crate) name: String,
    pub(crate) system: String,
    pub(crate) states_watermarks: bool,
    pub(crate) patience_micros: Option<i64>,
    pub(crate) late_after_micros: Option<i64>,
    pub(crate) watermark: Option<DateTime<Utc>>,
    pub(crate) sequence: i64,
    pub(crate) facts: i64,
    pub(crate) last_fact_at: Option<DateTime<Utc>>,
    pub(crate) quarantined: i64,
    /// Batches in the journal that the bus has not got yet.
    pub(crate) backlog: i64,
    /// The oldest last success of what feeds it.
    pub(crate) last_success_at: Option<DateTime<Utc>>,
    /// What feeds it and fails, as `connector/dataset`.
    pub(crate) failing: Option<String>,
    pub(crate) error_code: Option<String>,
    pub(crate) error: Option<String>,
}

/// Lists all sources by name.
pub(crate) async fn list(pool: &PgPool) -> Result<Vec<Freshness>, sqlx::Error> {
    sqlx::query_as!(
        Freshness,
        r#"SELECT sources.name, sources.system, states_watermarks, patience_micros, late_after_micros,
               watermark, sequence, sources.facts, last_fact_at,
               (SELECT count(*) FROM quarantine WHERE quarantine.source = sources.name) AS "quarantined!",
               (SELECT count(*) FROM event_pending JOIN event_log USING (xid, id, created_at)
                WHERE subject = 'orderwatch.facts.' || sources.name) AS "backlog!",
               (SELECT min(last_success_at) FROM feeds
                WHERE feeds.sources @> ARRAY[sources.name]) AS last_success_at,
               failing.feed AS "failing?", failing.error_code AS "error_code?", failing.error AS "error?"
           FROM sources LEFT JOIN LATERAL (
               SELECT connector || '/' || dataset AS feed, error_code, error FROM feeds
               WHERE feeds.sources @> ARRAY[sources.name] AND error_code <> ''
               ORDER BY error_at DESC NULLS LAST LIMIT 1
           ) AS failing ON true
           ORDER BY sources.name"#
    )
    .fetch_all(pool)
    .await
}
