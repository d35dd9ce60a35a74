//! Records by source and reason.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::Filter;
use crate::domain::{Entry, Group, Stored};

/// The largest groups, and how many there are.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    pub(crate) largest: Vec<Group>,
    pub(crate) groups: i64,
    pub(crate) records: i64,
}

struct Row {
    cause: Uuid,
    reason: String,
    records: i64,
    groups: i64,
    all_records: i64,
    source: String,
    mapping: String,
    dataset: String,
    field: String,
    ids: Vec<Uuid>,
    positions: Vec<i64>,
    lines: Vec<i64>,
    errors: Vec<String>,
    samples: Vec<String>,
    instants: Vec<DateTime<Utc>>,
}

impl Row {
    fn group(self) -> Option<Group> {
        let stored = |index: usize| {
            Some(Stored {
                entry: Entry {
                    id: *self.ids.get(index)?,
                    source: self.source.clone(),
                    mapping: self.mapping.clone(),
                    mapping_digest: None,
                    dataset: self.dataset.clone(),
                    line: *self.lines.get(index)?,
                    field: self.field.clone(),
                    error: self.errors.get(index)?.clone(),
                    record: Vec::new(),
                    sample: self.samples.get(index)?.clone(),
                },
                position: *self.positions.get(index)?,
                quarantined_at: (*self.instants.get(index)?).into(),
            })
        };
        Some(Group {
            id: self.cause,
            records: self.records,
            first: stored(0)?,
            last: stored(1)?,
            reason: self.reason,
        })
    }
}

/// Lists the largest groups, the largest first. Groups are counted in the index alone; of their
/// records only the first and the last are read.
pub(crate) async fn groups(
    pool: &PgPool,
    filter: &Filter,
    limit: i64,
) -> Result<Groups, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH counted AS MATERIALIZED (
               SELECT cause, count(*) AS records, min(position) AS first, max(position) AS last
               FROM quarantine GROUP BY cause
           )
           SELECT head.cause AS "cause!", head.reason, records AS "records!",
               count(*) OVER () AS "groups!", (sum(records) OVER ())::bigint AS "all_records!",
               head.source, head.mapping, head.dataset, head.field,
               ARRAY[head.id, tail.id] AS "ids!",
               ARRAY[head.position, tail.position] AS "positions!",
               ARRAY[head.line, tail.line] AS "lines!",
               ARRAY[head.error, tail.error] AS "errors!",
               ARRAY[head.sample, tail.sample] AS "samples!",
               ARRAY[head.quarantined_at, tail.quarantined_at] AS "instants!"
           FROM counted
           JOIN quarantine AS head ON head.position = first
           JOIN quarantine AS tail ON tail.position = last
           WHERE ($1 = '' OR head.source = $1) AND ($2 = '' OR head.mapping = $2)
             AND ($3 = '' OR head.dataset = $3)
           ORDER BY records DESC, first LIMIT $4"#,
        filter.source,
        filter.mapping,
        filter.dataset,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(Groups {
        groups: rows.first().map_or(0, |row| row.groups),
        records: rows.first().map_or(0, |row| row.all_records),
        largest: rows.into_iter().filter_map(Row::group).collect(),
    })
}
