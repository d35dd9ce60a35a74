//! Acts on many tickets, and what became of each.

use sqlx::{PgConnection, QueryBuilder, types::Json};
use uuid::Uuid;

use super::listing::Selection;
use crate::{
    domain::{
        Instant,
        actor::Person,
        bulk::{Bulk, MOST_TICKETS, Outcome, Target},
        id::TicketId,
        ticket::Act,
    },
    error::Error,
};

/// A ticket whose turn has come.
#[derive(Debug, Clone)]
pub struct Item {
    /// The ticket, and the version that was looked at.
    pub target: Target,
    /// What is done with it.
    pub act: Act,
}

/// What became of a ticket.
#[derive(Debug, Clone)]
pub struct Done {
    /// The ticket.
    pub ticket: TicketId,
    /// What became of it.
    pub outcome: Outcome,
}

struct Row {
    id: Uuid,
    actor: String,
    act: Option<Json<Act>>,
    note: String,
    undoes: Option<Uuid>,
    undone_by: Option<Uuid>,
    total: i32,
    done: i32,
    refused: i32,
    began_at: Instant,
    ended_at: Option<Instant>,
}

impl From<Row> for Bulk {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            actor: row.actor,
            act: row.act.map(|act| act.0),
            note: row.note,
            undoes: row.undoes,
            undone_by: row.undone_by,
            total: row.total,
            done: row.done,
            refused: row.refused,
            began_at: row.began_at,
            ended_at: row.ended_at,
        }
    }
}

/// The tickets of a selection, each at the version that it has; one more than may be at most.
///
/// # Errors
/// Those of the database.
pub async fn choose(
    conn: &mut PgConnection,
    selection: &Selection,
    now: Instant,
) -> Result<Vec<Target>, Error> {
    let mut query = QueryBuilder::new("select tickets.id, tickets.version");
    selection.write(&mut query, now);
    let most = i64::try_from(MOST_TICKETS).unwrap_or(i64::MAX);
    query.push(" limit ").push_bind(most + 1);
    let rows: Vec<(Uuid, i64)> = query
        .build_query_as()
        .persistent(false)
        .fetch_all(conn)
        .await?;
    let target = |(id, version): (Uuid, i64)| Target {
        ticket: id.into(),
        seen: Some(version),
    };
    Ok(rows.into_iter().map(target).collect())
}

/// Keeps what is asked for.
///
/// # Errors
/// Those of the database.
pub async fn begin(conn: &mut PgConnection, bulk: &Bulk, targets: &[Target]) -> Result<(), Error> {
    sqlx::query!(
        "insert into bulks (id, actor, act, note, total, began_at) values ($1, $2, $3, $4, $5, $6)",
        bulk.id,
        bulk.actor,
        bulk.act.as_ref().map(Json) as _,
        bulk.note,
        bulk.total,
        bulk.began_at
    )
    .execute(&mut *conn)
    .await?;
    let tickets: Vec<Uuid> = targets.iter().map(|it| it.ticket.uuid()).collect();
    let seen: Vec<Option<i64>> = targets.iter().map(|it| it.seen).collect();
    sqlx::query!(
        "insert into bulk_items (bulk_id, ticket_id, seen)
        select $1, * from unnest($2::uuid[], $3::bigint[])",
        bulk.id,
        &tickets,
        &seen as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that one is to be taken back, ticket by ticket; how many there are. None when it was
/// taken back already.
///
/// # Errors
/// Those of the database.
pub async fn begin_undo(
    conn: &mut PgConnection,
    (id, undoes): (Uuid, Uuid),
    person: &Person,
    note: &str,
    now: Instant,
) -> Result<i64, Error> {
    let total = sqlx::query_scalar!(
        r#"with begun as (
            insert into bulks (id, actor, note, undoes, total, began_at)
            select $1, $3, $4, $2, count(*), $5 from bulk_items
            where bulk_id = $2 and undo is not null
            on conflict (undoes) do nothing
            returning id
        ), items as (
            insert into bulk_items (bulk_id, ticket_id, seen, act)
            select begun.id, ticket_id, version, undo from bulk_items, begun
            where bulk_id = $2 and undo is not null
            returning ticket_id
        ) select count(*) as "count!" from items"#,
        id,
        undoes,
        person.as_str(),
        note,
        now
    )
    .fetch_one(conn)
    .await?;
    Ok(total)
}

/// One by its id.
///
/// # Errors
/// Those of the database.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Bulk>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, actor, act as "act: _", note, undoes,
            (select id from bulks as later where later.undoes = bulks.id) as undone_by,
            total, done, refused, began_at, ended_at
        from bulks where id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Bulk::from))
}

/// Locks that of which the fewest tickets are left and which nobody works on.
///
/// # Errors
/// Those of the database.
pub async fn claim(conn: &mut PgConnection) -> Result<Option<Bulk>, Error> {
    let id = sqlx::query_scalar!(
        "select id from bulks where ended_at is null order by total - done - refused, id limit 1
        for update skip locked"
    )
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => get(conn, id).await,
        None => Ok(None),
    }
}

/// The tickets whose turn is next.
///
/// # Errors
/// Those of the database.
pub async fn next(conn: &mut PgConnection, bulk: &Bulk, limit: i64) -> Result<Vec<Item>, Error> {
    let rows = sqlx::query!(
        r#"select ticket_id, seen, act as "act: Json<Act>" from bulk_items
        where bulk_id = $1 and state = 'waiting' order by ticket_id limit $2"#,
        bulk.id,
        limit
    )
    .fetch_all(conn)
    .await?;
    let items = rows.into_iter().filter_map(|row| {
        let own = row.act.map(|act| act.0);
        Some(Item {
            target: Target {
                ticket: row.ticket_id.into(),
                seen: row.seen,
            },
            act: own.or_else(|| bulk.act.clone())?,
        })
    });
    Ok(items.collect())
}

/// Writes down what became of tickets.
///
/// # Errors
/// Those of the database.
pub async fn keep(conn: &mut PgConnection, bulk: Uuid, done: &[Done]) -> Result<(), Error> {
    let (mut tickets, mut states) = (Vec::new(), Vec::new());
    let (mut codes, mut refusals) = (Vec::new(), Vec::new());
    let (mut versions, mut undos) = (Vec::new(), Vec::new());
    let mut refused = 0;
    for it in done {
        let (state, code, refusal, after, undo) = match &it.outcome {
            Outcome::Waiting => continue,
            Outcome::Done { version, undo } => ("done", "", "", Some(*version), undo.as_ref()),
            Outcome::Refused { code, refusal } => {
                refused += 1;
                ("refused", code.as_str(), refusal.as_str(), None, None)
            }
        };
        tickets.push(it.ticket.uuid());
        states.push(state.to_owned());
        codes.push(code.to_owned());
        refusals.push(refusal.to_owned());
        versions.push(after);
        undos.push(undo.map(Json));
    }
    sqlx::query!(
        "update bulk_items set state = new.state, code = new.code, refusal = new.refusal,
            version = new.version, undo = new.undo
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::jsonb[])
            as new (ticket_id, state, code, refusal, version, undo)
        where bulk_items.bulk_id = $1 and bulk_items.ticket_id = new.ticket_id",
        bulk,
        &tickets,
        &states,
        &codes,
        &refusals,
        &versions as _,
        &undos as _
    )
    .execute(&mut *conn)
    .await?;
    let all = i32::try_from(tickets.len()).unwrap_or(i32::MAX);
    sqlx::query!(
        "update bulks set done = done + $2 - $3, refused = refused + $3 where id = $1",
        bulk,
        all,
        refused
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the last ticket is through.
///
/// # Errors
/// Those of the database.
pub async fn end(conn: &mut PgConnection, bulk: Uuid, now: Instant) -> Result<(), Error> {
    sqlx::query!("update bulks set ended_at = $2 where id = $1", bulk, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets those that ended before an instant.
///
/// # Errors
/// Those of the database.
pub async fn forget(conn: &mut PgConnection, before: Instant) -> Result<(), Error> {
    sqlx::query!("delete from bulks where ended_at < $1", before)
        .execute(conn)
        .await?;
    Ok(())
}

/// What became of each ticket, in the order of their ids.
///
/// # Errors
/// Those of the database.
pub async fn items(
    conn: &mut PgConnection,
    bulk: Uuid,
    state: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Done>, Error> {
    let rows = sqlx::query!(
        r#"select ticket_id, code, refusal, version, undo as "undo: Json<Act>", state from bulk_items
        where bulk_id = $1 and ($2::text is null or state = $2)
            and ($3::uuid is null or ticket_id > $3)
        order by ticket_id limit $4"#,
        bulk,
        state,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    let done = rows.into_iter().map(|row| Done {
        ticket: row.ticket_id.into(),
        outcome: match (row.state.as_str(), row.version) {
            ("refused", _) => Outcome::Refused {
                code: row.code,
                refusal: row.refusal,
            },
            (_, Some(version)) => Outcome::Done {
                version,
                undo: row.undo.map(|act| act.0),
            },
            _ => Outcome::Waiting,
        },
    });
    Ok(done.collect())
}
