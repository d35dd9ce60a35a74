//! Groups of tickets that are told of together, and who is in them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    Error,
    holds::{self, Waiting},
    ledger,
};
use crate::domain::{
    delivery::{DeliveryId, NewDelivery},
    escalation::Cause,
    grouping::{Group, Joining, Member, Timing},
    routing::Destination,
    ticket::Ticket,
};

/// A group that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its id.
    pub id: Uuid,
    /// The group.
    pub group: Group,
    /// How it waits.
    pub timing: Timing,
}

/// A delivery that waits until its group is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The delivery.
    pub id: DeliveryId,
    /// Its ticket.
    pub ticket_id: String,
    /// The group.
    pub joining: Joining,
}

impl Joined {
    /// A delivery, if it belongs to a group.
    #[must_use]
    pub fn of(delivery: &NewDelivery) -> Option<Self> {
        Some(Self {
            id: delivery.id,
            ticket_id: delivery.ticket.id.clone(),
            joining: delivery.joining.clone()?,
        })
    }
}

/// Has deliveries wait until their groups are told. Groups that are not there
/// yet begin.
///
/// # Errors
///
/// The database failed.
pub async fn join(
    conn: &mut PgConnection,
    joined: &[Joined],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if joined.is_empty() {
        return Ok(());
    }
    let groups: Vec<Uuid> = joined.iter().map(|it| it.joining.group).collect();
    let tickets: Vec<String> = joined.iter().map(|it| it.ticket_id.clone()).collect();
    let ids: Vec<Uuid> = joined.iter().map(|it| it.id.as_uuid()).collect();
    let first: Vec<DateTime<Utc>> = joined
        .iter()
        .map(|it| it.joining.timing.first_flush(it.joining.began_at, now))
        .collect();
    let seconds = |of: fn(&Timing) -> Duration| -> Vec<f64> {
        joined
            .iter()
            .map(|it| of(&it.joining.timing).as_secs_f64())
            .collect()
    };
    sqlx::query!(
        "insert into notice_group (id, next_flush_at, wait_seconds, interval_seconds,
             repeat_seconds)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::double precision[],
             $4::double precision[], $5::double precision[])
         on conflict do nothing",
        &groups,
        &first,
        &seconds(|timing| timing.wait),
        &seconds(|timing| timing.interval),
        &seconds(|timing| timing.repeat),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into group_member (group_id, ticket_id)
         select * from unnest($1::uuid[], $2::text[]) on conflict do nothing",
        &groups,
        &tickets,
    )
    .execute(&mut *conn)
    .await?;
    wait(conn, &ids, &groups).await
}

/// Has deliveries wait for groups that are there.
async fn wait(conn: &mut PgConnection, ids: &[Uuid], groups: &[Uuid]) -> Result<(), Error> {
    sqlx::query!(
        "with waiting as (
             update delivery set state = 'held', group_id = new.group_id
             from unnest($1::uuid[], $2::uuid[]) as new (id, group_id)
             where delivery.id = new.id and state = 'pending'
             returning delivery.id, delivery.group_id)
         insert into hold (delivery_id, kind, name, why, look_at)
         select id, 'group', group_id::text, 'told with others like it', 'infinity' from waiting
         on conflict do nothing",
        ids,
        groups,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has notices of resolutions wait for the groups in which their recipients
/// were told of the tickets; those that wait.
///
/// # Errors
///
/// The database failed.
pub async fn rejoin(
    conn: &mut PgConnection,
    deliveries: &[NewDelivery],
) -> Result<Vec<DeliveryId>, Error> {
    let ids: Vec<Uuid> = deliveries.iter().map(|it| it.id.as_uuid()).collect();
    let rows = sqlx::query!(
        r#"select distinct on (news.id) news.id, notice_group.id as group_id
           from delivery as news
           join delivery as told using (ticket_id, channel, recipient)
           join notice_group on notice_group.id = told.group_id
           where news.id = any($1) and news.cause = 'resolved' and told.id <> news.id
           order by news.id, told.level"#,
        &ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (ids, groups): (Vec<Uuid>, Vec<Uuid>) =
        rows.into_iter().map(|row| (row.id, row.group_id)).unzip();
    if !ids.is_empty() {
        wait(conn, &ids, &groups).await?;
    }
    Ok(ids.into_iter().map(DeliveryId::from_uuid).collect())
}

/// Locks groups that are to be looked at and that nobody else looks at.
///
/// # Errors
///
/// The database failed.
pub async fn claim_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due>, Error> {
    let groups = sqlx::query!(
        "select id, next_flush_at, notified_at, wait_seconds, interval_seconds, repeat_seconds
         from notice_group where next_flush_at <= $1 order by next_flush_at limit $2
         for update skip locked",
        now,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = groups.iter().map(|row| row.id).collect();
    let mut members: BTreeMap<Uuid, BTreeMap<String, Member>> = BTreeMap::new();
    let rows = sqlx::query!(
        r#"select group_id as "group_id!", ticket_id as "ticket_id!", told as "told!",
               coalesce(state in ('running', 'exhausted'), false) as "open!"
           from group_member left join escalation using (ticket_id)
           where group_id = any($1)"#,
        &ids,
    );
    for row in rows.fetch_all(conn).await? {
        let (open, told) = (row.open, row.told);
        let group = members.entry(row.group_id).or_default();
        group.insert(row.ticket_id, Member { open, told });
    }
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let due = groups.into_iter().map(|row| Due {
        id: row.id,
        group: Group {
            next_flush_at: row.next_flush_at,
            notified_at: row.notified_at,
            members: members.remove(&row.id).unwrap_or_default(),
        },
        timing: Timing {
            wait: seconds(row.wait_seconds),
            interval: seconds(row.interval_seconds),
            repeat: seconds(row.repeat_seconds),
        },
    });
    Ok(due.collect())
}

/// Writes back what was looked at.
///
/// # Errors
///
/// The database failed.
pub async fn save(conn: &mut PgConnection, groups: &[(Uuid, Group)]) -> Result<(), Error> {
    if groups.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = groups.iter().map(|(id, _)| *id).collect();
    let next: Vec<DateTime<Utc>> = groups.iter().map(|(_, it)| it.next_flush_at).collect();
    let notified: Vec<Option<DateTime<Utc>>> =
        groups.iter().map(|(_, it)| it.notified_at).collect();
    let (mut within, mut tickets, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (id, group) in groups {
        for (ticket, member) in &group.members {
            within.push(*id);
            tickets.push(ticket.as_str());
            told.push(member.told);
        }
    }
    sqlx::query!(
        "with stays as (
             select * from unnest($4::uuid[], $5::text[], $6::boolean[])
                 as new (group_id, ticket_id, told)),
           left_it as (
             delete from group_member
             where group_id = any($1) and not exists (
                 select from stays
                 where (stays.group_id, stays.ticket_id)
                     = (group_member.group_id, group_member.ticket_id))),
           told as (
             update group_member set told = stays.told from stays
             where (stays.group_id, stays.ticket_id)
                     = (group_member.group_id, group_member.ticket_id)
               and stays.told <> group_member.told)
         update notice_group set next_flush_at = new.next_flush_at, notified_at = new.notified_at
         from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])
             as new (id, next_flush_at, notified_at)
         where notice_group.id = new.id",
        &ids,
        &next,
        &notified as _,
        &within,
        &tickets as _,
        &told,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets groups that have nobody in them.
///
/// # Errors
///
/// The database failed.
pub async fn end(conn: &mut PgConnection, groups: &[Uuid]) -> Result<(), Error> {
    if !groups.is_empty() {
        sqlx::query!("delete from notice_group where id = any($1)", groups)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Locks the deliveries that wait until these groups are told, each with its group.
///
/// # Errors
///
/// The database failed, or holds an unknown word.
pub async fn waiting(
    conn: &mut PgConnection,
    groups: &[Uuid],
) -> Result<Vec<(Uuid, Waiting)>, Error> {
    let names: Vec<String> = groups.iter().map(Uuid::to_string).collect();
    let rows = sqlx::query!(
        r#"select group_id as "group_id!", delivery.id, cause, channel, recipient,
               ticket as "ticket: Json<Ticket>"
           from hold join delivery on delivery.id = delivery_id
           where kind = 'group' and name = any($1) and state = 'held'
           order by delivery_id for update of hold, delivery"#,
        &names,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    rows.map(|row| {
        let delivery = holds::Row {
            id: row.id,
            cause: row.cause,
            channel: row.channel,
            recipient: row.recipient,
            ticket: row.ticket,
        };
        Ok((row.group_id, delivery.read()?))
    })
    .collect()
}

/// What was told last of the open tickets of a group, to be told once more.
///
/// # Errors
///
/// The database failed, or holds an unknown word.
pub async fn again(
    conn: &mut PgConnection,
    group: Uuid,
    tickets: &[String],
) -> Result<Vec<NewDelivery>, Error> {
    let rows = sqlx::query!(
        r#"select distinct on (ticket_id, channel, recipient) cause, level, occurrence,
               repetition, channel, recipient, shown, ticket as "ticket: Json<Ticket>"
           from delivery
           where group_id = $1 and ticket_id = any($2) and cause <> 'resolved'
             and state in ('sent', 'pending', 'retrying', 'sending')
           order by ticket_id, channel, recipient, occurrence desc, repetition desc"#,
        group,
        tickets,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    rows.map(|row| {
        let cause = Cause::named(&row.cause).ok_or(Error::UnknownWord {
            table: "delivery",
            column: "cause",
            value: row.cause,
        })?;
        let destination = Destination {
            channel: ledger::channel(row.channel)?,
            recipient: row.recipient,
            shown: row.shown,
        };
        let repetition = super::unsigned(row.repetition).saturating_add(1);
        Ok(NewDelivery::again(
            (
                cause,
                super::unsigned(row.level),
                row.occurrence,
                repetition,
            ),
            destination,
            row.ticket.0,
        ))
    })
    .collect()
}

/// Group, message and delivery: what goes out in one message, and belongs to a group.
pub type Bundled = (Uuid, Uuid, DeliveryId);

/// Marks deliveries that go out in one message, and that belong to a group.
///
/// # Errors
///
/// The database failed.
pub async fn bundle(conn: &mut PgConnection, bundled: &[Bundled]) -> Result<(), Error> {
    if bundled.is_empty() {
        return Ok(());
    }
    let groups: Vec<Uuid> = bundled.iter().map(|(group, ..)| *group).collect();
    let bundles: Vec<Uuid> = bundled.iter().map(|(_, bundle, _)| *bundle).collect();
    let ids: Vec<Uuid> = bundled.iter().map(|(.., id)| id.as_uuid()).collect();
    sqlx::query!(
        "update delivery set bundle = new.bundle, group_id = new.group_id
         from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as new (group_id, bundle, id)
         where delivery.id = new.id",
        &groups,
        &bundles,
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When a group is to be looked at next.
///
/// # Errors
///
/// The database failed.
pub async fn next_flush(conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(
        sqlx::query_scalar!("select min(next_flush_at) from notice_group")
            .fetch_one(conn)
            .await?,
    )
}
