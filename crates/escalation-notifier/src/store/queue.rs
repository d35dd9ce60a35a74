//! What waits for recipients, most urgent first and of that what is due the longest. Each question
//! costs what it answers: an index leads to each urgency of a recipient by itself, of what may have
//! arrived and of what cannot have, and there past what is not due yet.

use std::{collections::HashSet, ops::RangeInclusive, time::Duration};

use sqlx::{PgConnection, types::Json};

use super::{Error, messages::Row, unsigned};
use crate::domain::{
    delivery::Outgoing,
    policy::Channel,
    share::{ORDINARY, OVERTAKING, Queue, Waiting},
    ticket::Ticket,
};

/// What may have arrived, as an index has it.
pub const AGAIN: i32 = 1;

/// What cannot have arrived.
pub const NEW: i32 = 0;

/// What is due first of one kind and urgency for one recipient.
struct Head {
    recipient: String,
    urgency: i16,
    /// Real time until then; none or less when it is due.
    seconds: f64,
}

/// Recipients of a channel for whom something waits and is due, first those for whom it is
/// most urgent.
///
/// # Errors
///
/// The database failed.
pub async fn recipients_due(
    conn: &mut PgConnection,
    channel: Channel,
) -> Result<Vec<String>, Error> {
    let mut due = heads(conn, channel).await?;
    due.retain(|head| head.seconds <= 0.0);
    due.sort_by_key(|head| -head.urgency);
    let mut named = HashSet::new();
    let recipients = due.into_iter().map(|head| head.recipient);
    Ok(recipients
        .filter(|name| named.insert(name.clone()))
        .collect())
}

/// Real time until something of a channel is due; `None` when nothing waits.
///
/// # Errors
///
/// The database failed.
pub async fn until_due(
    conn: &mut PgConnection,
    channel: Channel,
) -> Result<Option<Duration>, Error> {
    let heads = heads(conn, channel).await?;
    let first = heads.iter().map(|head| head.seconds).min_by(f64::total_cmp);
    Ok(first.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()))
}

/// By recipient.
async fn heads(conn: &mut PgConnection, channel: Channel) -> Result<Vec<Head>, Error> {
    let heads = sqlx::query_as!(
        Head,
        r#"with recursive head as (
             (select recipient, num_nonnulls(known_as) as again, urgency, next_attempt_at
              from delivery
              where channel = $1 and state in ('pending', 'retrying')
              order by recipient, num_nonnulls(known_as), urgency, next_attempt_at, id limit 1)
             union all
             select next.* from head cross join lateral (
                 select recipient, num_nonnulls(known_as), urgency, next_attempt_at
                 from delivery
                 where channel = $1 and state in ('pending', 'retrying')
                   and (recipient, num_nonnulls(known_as), urgency)
                       > (head.recipient, head.again, head.urgency)
                 order by recipient, num_nonnulls(known_as), urgency, next_attempt_at, id
                 limit 1) as next)
           select recipient as "recipient!", urgency as "urgency!",
               extract(epoch from next_attempt_at - clock_timestamp())::double precision
                   as "seconds!"
           from head order by recipient"#,
        channel.as_str(),
    );
    Ok(heads.fetch_all(conn).await?)
}

/// What is due for a recipient; of each kind no more deliveries than `most` are looked at.
///
/// # Errors
///
/// The database failed.
pub async fn waiting(
    conn: &mut PgConnection,
    channel: Channel,
    recipient: &str,
    most: Waiting,
) -> Result<Waiting, Error> {
    let kinds = [
        (AGAIN, OVERTAKING, most.urgent.again),
        (AGAIN, ORDINARY, most.ordinary.again),
        (NEW, OVERTAKING, most.urgent.new),
        (NEW, ORDINARY, most.ordinary.new),
    ];
    let again = kinds.each_ref().map(|(again, ..)| *again);
    let lowest = kinds.each_ref().map(|(_, urgency, _)| *urgency.start());
    let highest = kinds.each_ref().map(|(_, urgency, _)| *urgency.end());
    let most = kinds.each_ref().map(|(.., most)| i64::from(*most));
    let counts = sqlx::query_scalar!(
        r#"select counted.messages::integer as "messages!"
           from unnest($3::integer[], $4::smallint[], $5::smallint[], $6::bigint[])
               with ordinality as kind (again, lowest, highest, most, place)
           cross join lateral (
               with recursive level as (
                 (select urgency from delivery
                  where channel = $1 and recipient = $2 and state in ('pending', 'retrying')
                    and num_nonnulls(known_as) = kind.again
                    and urgency between kind.lowest and kind.highest
                  order by urgency desc limit 1)
                 union all
                 select lower.urgency from level cross join lateral (
                     select urgency from delivery
                     where channel = $1 and recipient = $2 and state in ('pending', 'retrying')
                       and num_nonnulls(known_as) = kind.again
                       and urgency >= kind.lowest and urgency < level.urgency
                     order by urgency desc limit 1) as lower)
               select count(distinct coalesce(known_as, id)) as messages from (
                   select due.* from level cross join lateral (
                       select id, known_as from delivery
                       where channel = $1 and recipient = $2 and urgency = level.urgency
                         and state in ('pending', 'retrying')
                         and num_nonnulls(known_as) = kind.again
                         and next_attempt_at <= (select clock_timestamp())
                       order by next_attempt_at, id limit kind.most) as due
                   limit kind.most) as due) as counted
           order by place"#,
        channel.as_str(),
        recipient,
        &again,
        &lowest,
        &highest,
        &most,
    );
    let counts = counts.fetch_all(conn).await?;
    let count = |place: usize| unsigned(counts.get(place).copied().unwrap_or_default());
    Ok(Waiting {
        urgent: Queue {
            again: count(0),
            new: count(2),
        },
        ordinary: Queue {
            again: count(1),
            new: count(3),
        },
    })
}

/// Locks due deliveries of a recipient that are so urgent, and of a kind, the most urgent and of
/// these what is due the longest; of what is locked, the most urgent and then the oldest are first.
///
/// # Errors
///
/// The database failed, or holds an unknown word.
pub async fn claim(
    conn: &mut PgConnection,
    channel: Channel,
    recipient: &str,
    again: i32,
    urgency: RangeInclusive<i16>,
    limit: u32,
) -> Result<Vec<Outgoing>, Error> {
    // A level is looked at when those above it had too little, so no more is locked than is taken.
    let rows = sqlx::query_as!(
        Row,
        r#"with recursive level as (
             (select urgency from delivery
              where channel = $1 and recipient = $2 and state in ('pending', 'retrying')
                and num_nonnulls(known_as) = $6 and urgency between $4 and $5
              order by urgency desc limit 1)
             union all
             select lower.urgency from level cross join lateral (
                 select urgency from delivery
                 where channel = $1 and recipient = $2 and state in ('pending', 'retrying')
                   and num_nonnulls(known_as) = $6 and urgency >= $4 and urgency < level.urgency
                 order by urgency desc limit 1) as lower)
           select due.id, cause, due.level, occurrence, repetition, channel, recipient, shown,
               due.urgency, ticket as "ticket: Json<Ticket>", due.attempt as "attempt!",
               created_at, traceparent, bundle, known_as, alarm
           from level cross join lateral (
               select id, cause, level, occurrence, repetition, channel, recipient, shown, urgency,
                   ticket, attempts + 1 as attempt, created_at, traceparent, bundle, known_as,
                   alarm
               from delivery
               where channel = $1 and recipient = $2 and num_nonnulls(known_as) = $6
                 and urgency = level.urgency and state in ('pending', 'retrying')
                 and next_attempt_at <= (select clock_timestamp())
               order by next_attempt_at, id limit $3
               for update skip locked) as due
           limit $3"#,
        channel.as_str(),
        recipient,
        i64::from(limit),
        urgency.start(),
        urgency.end(),
        again,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    let mut claimed = rows
        .map(Outgoing::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    claimed.sort_by_key(|it| (-it.urgency, it.created_at, it.id));
    Ok(claimed)
}
