//! Appending, many entries a statement.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::PgConnection;

use crate::domain::{Entry, Happening, Key};

/// The right to hand out positions, held until the transaction ends.
///
/// One appender holds it at a time. That is what makes positions free of gaps and their order the
/// order of commits; it is held for the few milliseconds that a batch of hundreds takes.
#[derive(Debug)]
pub struct Turn {
    next_position: i64,
}

/// Waits for the turn to append.
///
/// # Errors
/// What the database says.
pub async fn wait_for_turn(conn: &mut PgConnection) -> Result<Turn, sqlx::Error> {
    let next_position = sqlx::query_scalar!("select next_position from entry_counter for update")
        .fetch_one(conn)
        .await?;
    Ok(Turn { next_position })
}

/// Appends what is not in the record yet, in the given order. Returns the number of new entries.
///
/// # Errors
/// What the database says; the transaction is then to be rolled back.
pub async fn append(
    conn: &mut PgConnection,
    turn: Turn,
    happenings: Vec<Happening>,
    now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let fresh = without_known(conn, happenings).await?;
    if fresh.is_empty() {
        return Ok(0);
    }
    let recorded_at = now.trunc_subsecs(6);
    let entries: Vec<Entry> = (turn.next_position..)
        .zip(fresh)
        .map(|(position, happening)| Entry::seal(position, recorded_at, happening))
        .collect();
    insert_keys(conn, &entries).await?;
    insert_entries(conn, &entries).await?;
    count(conn, &entries).await?;
    advance(conn, &entries).await?;
    Ok(entries.len())
}

/// Leaves out what the record holds already, and what the batch itself says twice.
async fn without_known(
    conn: &mut PgConnection,
    happenings: Vec<Happening>,
) -> Result<Vec<Happening>, sqlx::Error> {
    let services: Vec<&str> = happenings
        .iter()
        .map(|said| said.service.as_str())
        .collect();
    let event_ids: Vec<&str> = happenings
        .iter()
        .map(|said| said.event_id.as_str())
        .collect();
    let known = sqlx::query!(
        "select known.service, known.event_id
         from unnest($1::text[], $2::text[]) as said (service, event_id)
         join entry_keys known using (service, event_id)",
        &services as &[&str],
        &event_ids as &[&str],
    )
    .fetch_all(conn)
    .await?;
    let mut seen: HashSet<(Key, Key)> = known
        .into_iter()
        .map(|row| (Key::stored(row.service), Key::stored(row.event_id)))
        .collect();
    let mut fresh = happenings;
    fresh.retain(|said| seen.insert((said.service.clone(), said.event_id.clone())));
    Ok(fresh)
}

async fn insert_keys(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let services: Vec<&str> = entries
        .iter()
        .map(|e| e.happening.service.as_str())
        .collect();
    let event_ids: Vec<&str> = entries
        .iter()
        .map(|e| e.happening.event_id.as_str())
        .collect();
    let positions: Vec<i64> = entries.iter().map(|e| e.position).collect();
    sqlx::query!(
        "insert into entry_keys (service, event_id, position)
         select * from unnest($1::text[], $2::text[], $3::bigint[])",
        &services as &[&str],
        &event_ids as &[&str],
        &positions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_entries(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    for edge in [entries.first(), entries.last()].into_iter().flatten() {
        sqlx::query!(
            r#"select ensure_entries_partition($1) as "done: ()""#,
            edge.position
        )
        .fetch_one(&mut *conn)
        .await?;
    }
    let columns = Columns::of(entries);
    sqlx::query!(
        "insert into entries (position, service, type, event_id, occurred_at, recorded_at,
                              actor_kind, actor, order_ids, ticket_id, payload, digest)
         select position, service, type, event_id, occurred_at, recorded_at,
                actor_kind, actor, order_ids::text[], ticket_id, payload, digest
         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
                     $6::timestamptz[], $7::smallint[], $8::text[], $9::text[], $10::text[],
                     $11::bytea[], $12::bytea[])
              as entry (position, service, type, event_id, occurred_at, recorded_at,
                        actor_kind, actor, order_ids, ticket_id, payload, digest)",
        &columns.positions,
        &columns.services as &[&str],
        &columns.types as &[&str],
        &columns.event_ids as &[&str],
        &columns.occurred_at,
        &columns.recorded_at,
        &columns.actor_kinds,
        &columns.actors as &[&str],
        &columns.order_ids,
        &columns.ticket_ids as &[&str],
        &columns.payloads as &[&[u8]],
        &columns.digests as &[&[u8]],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Entries turned on their side, as UNNEST takes them.
#[derive(Default)]
struct Columns<'a> {
    positions: Vec<i64>,
    services: Vec<&'a str>,
    types: Vec<&'a str>,
    event_ids: Vec<&'a str>,
    occurred_at: Vec<DateTime<Utc>>,
    recorded_at: Vec<DateTime<Utc>>,
    actor_kinds: Vec<i16>,
    actors: Vec<&'a str>,
    order_ids: Vec<String>,
    ticket_ids: Vec<&'a str>,
    payloads: Vec<&'a [u8]>,
    digests: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(entries: &'a [Entry]) -> Self {
        let mut columns = Self::default();
        for entry in entries {
            let said = &entry.happening;
            columns.positions.push(entry.position);
            columns.services.push(said.service.as_str());
            columns.types.push(said.kind.as_str());
            columns.event_ids.push(said.event_id.as_str());
            columns.occurred_at.push(said.occurred_at);
            columns.recorded_at.push(entry.recorded_at);
            columns.actor_kinds.push(said.actor_kind);
            columns.actors.push(said.actor.as_str());
            columns.order_ids.push(array_literal(&said.order_ids));
            columns.ticket_ids.push(said.ticket_id.as_str());
            columns.payloads.push(&said.payload);
            columns.digests.push(entry.digest.as_bytes());
        }
        columns
    }
}

/// An array in PostgreSQL's own notation, because UNNEST flattens arrays of arrays.
fn array_literal(keys: &[Key]) -> String {
    let mut literal = String::with_capacity(2 + keys.len() * 24);
    literal.push('{');
    for (index, key) in keys.iter().enumerate() {
        literal.push_str(if index == 0 { "\"" } else { ",\"" });
        for character in key.as_str().chars() {
            if matches!(character, '"' | '\\') {
                literal.push('\\');
            }
            literal.push(character);
        }
        literal.push('"');
    }
    literal.push('}');
    literal
}

async fn count(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in entries {
        *counts.entry(entry.happening.kind.as_str()).or_default() += 1;
    }
    let (types, counts): (Vec<&str>, Vec<i64>) = counts.into_iter().unzip();
    sqlx::query!(
        "insert into entry_figures as figure (type, count)
         select * from unnest($1::text[], $2::bigint[])
         on conflict (type) do update set count = figure.count + excluded.count",
        &types as &[&str],
        &counts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn advance(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    sqlx::query!(
        "update entry_counter set next_position = next_position + $1",
        count
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_literal_quotes_whatever_it_holds() {
        let keys = [r#"a"b"#, r"c\d", "e,f}", "NULL", ""].map(Key::of);
        assert_eq!(array_literal(&keys), r#"{"a\"b","c\\d","e,f}","NULL",""}"#);
        assert_eq!(array_literal(&[]), "{}");
    }
}
