//! Records that could not be understood.

mod groups;

use chrono::{DateTime, Utc};
use order::Timestamp;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::domain::{Entry, Stored};

pub(crate) use groups::groups;

/// Which records are meant; what is empty does not narrow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) ids: Vec<Uuid>,
    pub(crate) source: String,
    pub(crate) mapping: String,
    pub(crate) dataset: String,
    /// Those of this group.
    pub(crate) group: Option<Uuid>,
    /// Only those that were kept after this position.
    pub(crate) after: i64,
}

struct Row {
    id: Uuid,
    position: i64,
    source: String,
    mapping: String,
    mapping_digest: Option<Vec<u8>>,
    dataset: String,
    line: i64,
    field: String,
    error: String,
    record: Vec<u8>,
    sample: String,
    quarantined_at: DateTime<Utc>,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        Self {
            entry: Entry {
                id: row.id,
                source: row.source,
                mapping: row.mapping,
                mapping_digest: row.mapping_digest,
                dataset: row.dataset,
                line: row.line,
                field: row.field,
                error: row.error,
                record: row.record,
                sample: row.sample,
            },
            position: row.position,
            quarantined_at: row.quarantined_at.into(),
        }
    }
}

/// Stores a mapping's text; the same text once.
pub(crate) async fn keep_mapping(
    pool: &PgPool,
    digest: &[u8],
    name: &str,
    yaml: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO mapping_documents (digest, name, yaml) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        digest,
        name,
        yaml,
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Returns a mapping's text.
pub(crate) async fn mapping(pool: &PgPool, digest: &[u8]) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT yaml FROM mapping_documents WHERE digest = $1",
        digest
    )
    .fetch_optional(pool)
    .await
}

/// Keeps records; returns the ids of those that were not kept already.
pub(crate) async fn keep(
    connection: &mut PgConnection,
    entries: &[&Entry],
    now: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| (entry.id, entry.line));
    entries.dedup_by_key(|entry| entry.id);
    let texts = |read: fn(&Entry) -> &String| {
        entries
            .iter()
            .map(|entry| read(entry).clone())
            .collect::<Vec<_>>()
    };
    let digests: Vec<Option<Vec<u8>>> = entries
        .iter()
        .map(|entry| entry.mapping_digest.clone())
        .collect();
    sqlx::query_scalar!(
        "INSERT INTO quarantine (id, source, mapping, mapping_digest, dataset, line, field, error, record, sample,
                                 reason, quarantined_at)
         SELECT id, source, mapping, mapping_digest, dataset, line, field, error, record, sample, reason, $12
         FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bigint[], $7::text[],
                     $8::text[], $9::bytea[], $10::text[], $11::text[])
             AS new (id, source, mapping, mapping_digest, dataset, line, field, error, record, sample, reason)
         ON CONFLICT (id) DO NOTHING RETURNING id",
        &entries.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        &texts(|entry| &entry.source),
        &texts(|entry| &entry.mapping),
        &digests as &[Option<Vec<u8>>],
        &texts(|entry| &entry.dataset),
        &entries.iter().map(|entry| entry.line).collect::<Vec<_>>(),
        &texts(|entry| &entry.field),
        &texts(|entry| &entry.error),
        &entries.iter().map(|entry| entry.record.clone()).collect::<Vec<_>>(),
        &texts(|entry| &entry.sample),
        &entries.iter().map(|entry| entry.reason()).collect::<Vec<_>>(),
        DateTime::<Utc>::from(now),
    )
    .fetch_all(connection)
    .await
}

/// Lists records in the order in which they were kept.
pub(crate) async fn list(
    pool: &PgPool,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, position, source, mapping, mapping_digest, dataset, line, field, error, ''::bytea AS \"record!\",
                sample, quarantined_at
         FROM quarantine
         WHERE position > $1 AND ($2 = '' OR source = $2) AND ($3 = '' OR mapping = $3)
           AND ($4 = '' OR dataset = $4) AND ($5::uuid IS NULL OR cause = $5)
           AND (cardinality($6::uuid[]) = 0 OR id = ANY($6))
         ORDER BY position LIMIT $7",
        filter.after,
        filter.source,
        filter.mapping,
        filter.dataset,
        filter.group,
        &filter.ids,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Stored::from).collect())
}

/// Counts the records that a filter selects, wherever they are.
pub(crate) async fn count(pool: &PgPool, filter: &Filter) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM quarantine
           WHERE ($1 = '' OR source = $1) AND ($2 = '' OR mapping = $2)
             AND ($3 = '' OR dataset = $3) AND ($4::uuid IS NULL OR cause = $4)
             AND (cardinality($5::uuid[]) = 0 OR id = ANY($5))"#,
        filter.source,
        filter.mapping,
        filter.dataset,
        filter.group,
        &filter.ids,
    )
    .fetch_one(pool)
    .await
}

/// Takes records to work on them; those that somebody else works on are passed over.
pub(crate) async fn take(
    connection: &mut PgConnection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, position, source, mapping, mapping_digest, dataset, line, field, error, record, sample,
                quarantined_at
         FROM quarantine
         WHERE position > $1 AND ($2 = '' OR source = $2) AND ($3 = '' OR mapping = $3)
           AND ($4 = '' OR dataset = $4) AND ($5::uuid IS NULL OR cause = $5)
           AND (cardinality($6::uuid[]) = 0 OR id = ANY($6))
         ORDER BY position LIMIT $7 FOR UPDATE SKIP LOCKED",
        filter.after,
        filter.source,
        filter.mapping,
        filter.dataset,
        filter.group,
        &filter.ids,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Stored::from).collect())
}

/// Lets records go.
pub(crate) async fn remove(connection: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM quarantine WHERE id = ANY($1)", ids)
        .execute(connection)
        .await
        .map(drop)
}

/// Notes why records still cannot be understood, and with which mapping.
pub(crate) async fn explain(
    connection: &mut PgConnection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    for entry in entries {
        sqlx::query!(
            "UPDATE quarantine SET field = $2, error = $3, mapping_digest = $4, source = $5, reason = $6
             WHERE id = $1",
            entry.id,
            entry.field,
            entry.error,
            entry.mapping_digest.as_deref(),
            entry.source,
            entry.reason(),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
