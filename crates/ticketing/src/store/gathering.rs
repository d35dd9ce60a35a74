//! What tickets that opened lately have in common.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::groups::touch;
use crate::{
    domain::{
        Instant,
        actor::SERVICE,
        group::{Cause, Count, Dimension},
        id::TicketId,
    },
    error::Error,
};

/// When it was looked last, if ever.
pub type Before = Option<Instant>;

/// Has nobody else look at the same time; nothing when somebody does.
///
/// # Errors
/// Those of the database.
pub async fn begin(conn: &mut PgConnection, now: Instant) -> Result<Option<Before>, Error> {
    let before = sqlx::query_scalar!(
        "select nullif(looked_at, '-infinity') from ticket_gathering for update skip locked"
    )
    .fetch_optional(&mut *conn)
    .await?;
    if before.is_some() {
        sqlx::query!("update ticket_gathering set looked_at = $1", now)
            .execute(conn)
            .await?;
    }
    Ok(before)
}

/// Scenarios of which many tickets opened since an instant that are in no incident.
///
/// # Errors
/// Those of the database.
pub async fn rushes(
    conn: &mut PgConnection,
    since: Instant,
    size: i64,
) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar!(
        "select scenario from tickets
        where opened_at > $1 and not exists (
            select from ticket_group_members
            where ticket_id = tickets.id and kind = 'incident')
        group by scenario having count(*) >= $2 order by count(*) desc, scenario",
        since,
        size
    )
    .fetch_all(conn)
    .await?)
}

/// When the tickets of a scenario opened since an instant that are in no incident, in order.
///
/// # Errors
/// Those of the database.
pub async fn openings(
    conn: &mut PgConnection,
    scenario: &str,
    since: Instant,
) -> Result<Vec<Instant>, Error> {
    Ok(sqlx::query_scalar!(
        "select opened_at from tickets
        where scenario = $1 and opened_at > $2 and not exists (
            select from ticket_group_members
            where ticket_id = tickets.id and kind = 'incident')
        order by opened_at",
        scenario,
        since
    )
    .fetch_all(conn)
    .await?)
}

/// How many tickets of a scenario opened in a stretch of time.
///
/// # Errors
/// Those of the database.
pub async fn usual(
    conn: &mut PgConnection,
    scenario: &str,
    (from, to): (Instant, Instant),
) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from tickets
        where scenario = $1 and opened_at > $2 and opened_at <= $3"#,
        scenario,
        from,
        to
    )
    .fetch_one(conn)
    .await?)
}

/// What the orders of tickets share that opened in a stretch of time: of those of one scenario
/// that are in no incident where one is named, else of all.
///
/// # Errors
/// Those of the database.
pub async fn shared(
    conn: &mut PgConnection,
    scenario: Option<&str>,
    (from, to): (Instant, Instant),
) -> Result<Vec<Count>, Error> {
    let rows = sqlx::query!(
        r#"select dimension as "dimension!", order_summary ->> dimension as "value!",
            count(*) as "tickets!"
        from tickets cross join unnest(array['warehouse', 'region', 'channel']) as dimension
        where opened_at > $2 and opened_at <= $3 and order_summary ->> dimension <> ''
            and ($1::text is null or scenario = $1 and not exists (
                select from ticket_group_members
                where ticket_id = tickets.id and kind = 'incident'))
        group by 1, 2"#,
        scenario,
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|row| count(&row.dimension, row.value, row.tickets))
        .collect())
}

fn count(dimension: &str, value: String, tickets: i64) -> Option<Count> {
    Some(Count {
        dimension: Dimension::parse(dimension)?,
        value,
        tickets,
    })
}

/// The department that answers for most tickets of a cause.
///
/// # Errors
/// Those of the database.
pub async fn department(
    conn: &mut PgConnection,
    cause: &Cause,
    since: Instant,
) -> Result<Option<String>, Error> {
    Ok(sqlx::query_scalar!(
        "select mode() within group (order by department) from tickets
        where scenario = $1 and opened_at > $2
            and ($3 = '' or order_summary ->> $3 = $4)",
        cause.scenario,
        since,
        cause.dimension.as_str(),
        cause.value
    )
    .fetch_one(conn)
    .await?)
}

/// Puts tickets that opened since an instant in the incident of their cause, but for those that
/// somebody took out of it; who came.
///
/// # Errors
/// Those of the database.
pub async fn join(
    conn: &mut PgConnection,
    group: Uuid,
    cause: &Cause,
    since: Instant,
    now: Instant,
) -> Result<Vec<TicketId>, Error> {
    let joined = sqlx::query_scalar!(
        "insert into ticket_group_members (ticket_id, kind, group_id, joined_at, joined_by)
        select id, 'incident', $1, $2, $3 from tickets
        where scenario = $4 and opened_at > $5 and ($6 = '' or order_summary ->> $6 = $7)
            and not exists (
                select from ticket_group_departures
                where ticket_id = tickets.id and group_id = $1)
        on conflict (ticket_id, kind) do nothing
        returning ticket_id",
        group,
        now,
        SERVICE,
        cause.scenario,
        since,
        cause.dimension.as_str(),
        cause.value
    )
    .fetch_all(&mut *conn)
    .await?;
    if !joined.is_empty() {
        touch(conn, group, now).await?;
    }
    Ok(joined.into_iter().map(TicketId::from).collect())
}

/// Puts tickets in the open case of their order; the cases that grew, each with who came.
///
/// # Errors
/// Those of the database.
pub async fn join_cases(
    conn: &mut PgConnection,
    since: Instant,
    now: Instant,
) -> Result<BTreeMap<Uuid, Vec<TicketId>>, Error> {
    let joined = sqlx::query!(
        "insert into ticket_group_members (ticket_id, kind, group_id, joined_at, joined_by)
        select tickets.id, 'case', ticket_groups.id, $2, $3
        from ticket_groups join tickets using (order_id)
        where ticket_groups.kind = 'case' and closed_at is null and tickets.opened_at > $1
            and not exists (
                select from ticket_group_departures
                where ticket_id = tickets.id and group_id = ticket_groups.id)
        on conflict (ticket_id, kind) do nothing
        returning group_id, ticket_id",
        since,
        now,
        SERVICE
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut grown: BTreeMap<Uuid, Vec<TicketId>> = BTreeMap::new();
    for row in joined {
        grown
            .entry(row.group_id)
            .or_default()
            .push(row.ticket_id.into());
    }
    for group in grown.keys() {
        touch(conn, *group, now).await?;
    }
    Ok(grown)
}

/// An open incident that was found by itself.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Its id.
    pub id: Uuid,
    /// What its tickets share.
    pub cause: Cause,
    /// When it was opened.
    pub opened_at: Instant,
}

/// Open incidents that were found by themselves, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn open_incidents(conn: &mut PgConnection) -> Result<Vec<Incident>, Error> {
    let rows = sqlx::query!(
        r#"select id, scenario, dimension as "dimension!", value, opened_at from ticket_groups
        where closed_at is null and dimension is not null order by opened_at, id"#
    )
    .fetch_all(conn)
    .await?;
    let incident = rows.into_iter().map(|row| {
        let dimension = Dimension::parse(&row.dimension);
        Ok(Incident {
            id: row.id,
            cause: Cause {
                scenario: row.scenario,
                dimension: dimension.ok_or(Error::CorruptGroup(row.id))?,
                value: row.value,
            },
            opened_at: row.opened_at,
        })
    });
    incident.collect()
}

/// Open groups of which every ticket is resolved, and to which none came since an instant.
///
/// # Errors
/// Those of the database.
pub async fn settled(conn: &mut PgConnection, since: Instant) -> Result<Vec<Uuid>, Error> {
    Ok(sqlx::query_scalar!(
        "select id from ticket_groups where closed_at is null and joined_at <= $1 and not exists (
            select from ticket_group_members as member
            join tickets on tickets.id = member.ticket_id
            where group_id = ticket_groups.id and state <> 'resolved')
        order by id",
        since
    )
    .fetch_all(conn)
    .await?)
}
