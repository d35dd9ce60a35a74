//! How many tickets there are in groups whose size a level asks for, and who waits for them to grow.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::domain::{
    escalation::Awaited,
    grouping::{Size, Sizes},
};

/// That an unresolved ticket is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The group.
    pub group: Uuid,
    /// The ticket.
    pub ticket_id: String,
    /// Whether somebody has acknowledged it.
    pub acknowledged: bool,
}

/// Has nobody else count these groups until the transaction ends.
///
/// # Errors
///
/// The database failed.
pub async fn lock(conn: &mut PgConnection, groups: &[Uuid]) -> Result<(), Error> {
    let mut keys: Vec<i64> = groups.iter().map(|group| key(*group)).collect();
    keys.sort_unstable();
    keys.dedup();
    sqlx::query!(
        "select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as locked (key)",
        &keys,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// Of a hash, any half tells groups apart.
fn key(group: Uuid) -> i64 {
    let (half, _) = group.as_u64_pair();
    half.cast_signed()
}

/// Groups that these tickets are in.
///
/// # Errors
///
/// The database failed.
pub async fn of_tickets(conn: &mut PgConnection, tickets: &[String]) -> Result<Vec<Uuid>, Error> {
    let groups = sqlx::query_scalar!(
        "select distinct group_id from crowd_member where ticket_id = any($1)",
        tickets,
    );
    Ok(groups.fetch_all(conn).await?)
}

/// Puts the groups that these tickets are in now in the place of those that they were in before.
///
/// # Errors
///
/// The database failed.
pub async fn replace(
    conn: &mut PgConnection,
    tickets: &[String],
    members: &[Member],
) -> Result<(), Error> {
    let groups: Vec<Uuid> = members.iter().map(|it| it.group).collect();
    let ids: Vec<&str> = members.iter().map(|it| it.ticket_id.as_str()).collect();
    let acknowledged: Vec<bool> = members.iter().map(|it| it.acknowledged).collect();
    sqlx::query!(
        "delete from crowd_member
         where ticket_id = any($1) and not exists (
             select from unnest($2::uuid[], $3::text[]) as new (group_id, ticket_id)
             where new.group_id = crowd_member.group_id and new.ticket_id = crowd_member.ticket_id)",
        tickets,
        &groups,
        &ids as _,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into crowd_member (group_id, ticket_id, acknowledged)
         select * from unnest($1::uuid[], $2::text[], $3::boolean[])
         on conflict (group_id, ticket_id) do update set acknowledged = excluded.acknowledged
         where crowd_member.acknowledged <> excluded.acknowledged",
        &groups,
        &ids as _,
        &acknowledged,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How large these groups are.
///
/// # Errors
///
/// The database failed.
pub async fn sizes(conn: &mut PgConnection, groups: &[Uuid]) -> Result<Sizes, Error> {
    let rows = sqlx::query!(
        r#"select group_id, count(*) as "unresolved!",
               count(*) filter (where not acknowledged) as "unacknowledged!"
           from crowd_member where group_id = any($1) group by group_id"#,
        groups,
    );
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let rows = rows.fetch_all(conn).await?.into_iter();
    let size = |unresolved, unacknowledged| Size {
        unresolved: count(unresolved),
        unacknowledged: count(unacknowledged),
    };
    Ok(rows
        .map(|row| (row.group_id, size(row.unresolved, row.unacknowledged)))
        .collect())
}

/// Puts what these tickets wait for now in the place of what they waited for before.
///
/// # Errors
///
/// The database failed.
pub async fn wait(
    conn: &mut PgConnection,
    tickets: &[String],
    waits: &[(&str, Awaited)],
) -> Result<(), Error> {
    sqlx::query!("delete from crowd_wait where ticket_id = any($1)", tickets)
        .execute(&mut *conn)
        .await?;
    let groups: Vec<Uuid> = waits.iter().map(|(_, it)| it.group).collect();
    let ids: Vec<&str> = waits.iter().map(|(ticket, _)| *ticket).collect();
    let over: Vec<i64> = waits.iter().map(|(_, it)| it.over.into()).collect();
    let unresolved: Vec<bool> = waits.iter().map(|(_, it)| it.while_open).collect();
    sqlx::query!(
        "insert into crowd_wait (group_id, ticket_id, over, unresolved)
         select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::boolean[])",
        &groups,
        &ids as _,
        &over,
        &unresolved,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has tickets looked at whose levels wait for groups that have grown large. Whoever looks at one
/// of them already counts for themselves, as soon as the groups are theirs to count.
///
/// # Errors
///
/// The database failed.
pub async fn ring(
    conn: &mut PgConnection,
    groups: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "with size as (
             select group_id, count(*) as unresolved,
                 count(*) filter (where not acknowledged) as unacknowledged
             from crowd_member where group_id = any($1) group by group_id),
           grown as (
             select distinct ticket_id from crowd_wait join size using (group_id)
             where over < case when crowd_wait.unresolved then size.unresolved
                          else size.unacknowledged end),
           free as (
             select ticket_id from level_timer join grown using (ticket_id)
             order by ticket_id for update of level_timer skip locked),
           rung as (
             update level_timer set due_at = least(due_at, $2) from free
             where level_timer.ticket_id = free.ticket_id)
         insert into level_timer (ticket_id, due_at)
         select ticket_id, $2 from grown
         where not exists (select from level_timer where level_timer.ticket_id = grown.ticket_id)
         on conflict do nothing",
        groups,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
