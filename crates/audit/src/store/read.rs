//! Reading pages, trails and figures.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sqlx::{Acquire, PgConnection};

use crate::domain::{Entry, Filter, Happening, Key, PageSize, Tampered};

/// Entries of a filter after a position, by position; at most the page's size and about
/// `max_bytes` of payload. Whether more follow is told beside them.
///
/// # Errors
/// What the database says, or that an entry was altered.
pub async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    after: i64,
    size: PageSize,
    max_bytes: usize,
) -> Result<(Vec<Entry>, bool), ReadError> {
    let mut transaction = conn.begin().await?;
    plan_for_the_values_given(&mut transaction).await?;
    let mut positions = match &filter.order_id {
        Some(order_id) => {
            positions_of_order(&mut transaction, order_id, filter, after, size).await?
        }
        None => positions(&mut transaction, filter, after, size).await?,
    };
    let more = positions.len() > usize::try_from(size.entries()).unwrap_or(usize::MAX);
    positions.truncate(usize::try_from(size.entries()).unwrap_or(usize::MAX));
    let mut entries = entries_at(&mut transaction, &positions).await?;
    transaction.commit().await?;
    let kept = within(&entries, max_bytes);
    let cut = kept < entries.len();
    entries.truncate(kept);
    Ok((entries, more || cut))
}

/// Every entry about an order, by the instant it happened and then by position; at most `limit`.
///
/// # Errors
/// What the database says, or that an entry was altered.
pub async fn trail(
    conn: &mut PgConnection,
    order_id: &Key,
    limit: i64,
) -> Result<Vec<Entry>, ReadError> {
    // Materialized, or the planner may walk all of time in order to find a few entries.
    let positions = sqlx::query_scalar!(
        r#"with about as materialized (
               select position, occurred_at from entries where order_ids @> array[$1]::text[]
           )
           select position as "position!" from about order by occurred_at, position limit $2"#,
        order_id.as_str(),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut entries = entries_at(conn, &positions).await?;
    entries.sort_by_key(|entry| (entry.happening.occurred_at, entry.position));
    Ok(entries)
}

/// Number of entries of each type, by type.
///
/// # Errors
/// What the database says.
pub async fn figures(conn: &mut PgConnection) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!("select type, count from entry_figures order by type")
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.r#type, row.count))
        .collect())
}

/// Why the record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// An entry is not what was recorded.
    #[error(transparent)]
    Tampered(#[from] Tampered),
}

/// A plan made without knowing which filters are given cannot use any of their indexes.
async fn plan_for_the_values_given(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set local plan_cache_mode = force_custom_plan")
        .execute(conn)
        .await?;
    Ok(())
}

async fn positions(
    conn: &mut PgConnection,
    filter: &Filter,
    after: i64,
    size: PageSize,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select position from entries
         where position > $1
           and ($2::text is null or (ticket_id = $2 and ticket_id <> ''))
           and ($3::text is null or actor = $3)
           and ($4 = '' or starts_with(type, $4))
           and ($5::timestamptz is null or occurred_at >= $5)
           and ($6::timestamptz is null or occurred_at < $6)
         order by position
         limit $7",
        after,
        filter.ticket_id.as_ref().map(Key::as_str),
        filter.actor.as_ref().map(Key::as_str),
        filter.type_prefix.as_str(),
        filter.from,
        filter.to,
        size.entries() + 1,
    )
    .fetch_all(conn)
    .await
}

/// Like [`positions`], by way of the order's index, whose selectivity the planner cannot know.
async fn positions_of_order(
    conn: &mut PgConnection,
    order_id: &Key,
    filter: &Filter,
    after: i64,
    size: PageSize,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with about as materialized (
               select position, ticket_id, actor, type, occurred_at from entries
               where order_ids @> array[$8]::text[] and position > $1
           )
           select position as "position!" from about
           where ($2::text is null or ticket_id = $2)
             and ($3::text is null or actor = $3)
             and ($4 = '' or starts_with(type, $4))
             and ($5::timestamptz is null or occurred_at >= $5)
             and ($6::timestamptz is null or occurred_at < $6)
           order by position
           limit $7"#,
        after,
        filter.ticket_id.as_ref().map(Key::as_str),
        filter.actor.as_ref().map(Key::as_str),
        filter.type_prefix.as_str(),
        filter.from,
        filter.to,
        size.entries() + 1,
        order_id.as_str(),
    )
    .fetch_all(conn)
    .await
}

async fn entries_at(conn: &mut PgConnection, positions: &[i64]) -> Result<Vec<Entry>, ReadError> {
    let rows = sqlx::query_as!(
        Row,
        "select position, service, type as kind, event_id, occurred_at, recorded_at,
                actor_kind, actor, order_ids, ticket_id, payload, digest
         from entries where position = any($1) order by position",
        positions,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| row.verified().map_err(ReadError::from))
        .collect()
}

/// How many of the entries fit; at least one.
fn within(entries: &[Entry], max_bytes: usize) -> usize {
    let mut bytes = 0;
    let fitting = entries.iter().take_while(|entry| {
        bytes += entry.happening.payload.len();
        bytes <= max_bytes
    });
    fitting.count().max(1).min(entries.len())
}

struct Row {
    position: i64,
    service: String,
    kind: String,
    event_id: String,
    occurred_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    actor_kind: i16,
    actor: String,
    order_ids: Vec<String>,
    ticket_id: String,
    payload: Vec<u8>,
    digest: Vec<u8>,
}

impl Row {
    fn verified(self) -> Result<Entry, Tampered> {
        let happening = Happening {
            service: Key::stored(self.service),
            event_id: Key::stored(self.event_id),
            kind: Key::stored(self.kind),
            occurred_at: self.occurred_at,
            actor_kind: self.actor_kind,
            actor: Key::stored(self.actor),
            order_ids: self.order_ids.into_iter().map(Key::stored).collect(),
            ticket_id: Key::stored(self.ticket_id),
            payload: Bytes::from(self.payload),
        };
        Entry::verified(self.position, self.recorded_at, happening, &self.digest)
    }
}
