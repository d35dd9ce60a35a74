//! Groups of tickets and their members.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        group::{Cause, Closing, Dimension, Group, Kind},
        holder::Holder,
        id::TicketId,
    },
    error::Error,
};

struct Row {
    id: Uuid,
    kind: String,
    title: String,
    scenario: String,
    dimension: Option<String>,
    value: String,
    order_id: String,
    department: String,
    assignee: String,
    opened_at: Instant,
    opened_by: String,
    closed_at: Option<Instant>,
    closed_by: String,
    resolution: String,
    version: i64,
    tickets: i64,
    open_tickets: i64,
}

/// What groups to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// This one.
    pub id: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Not closed.
    pub open_only: bool,
    /// With this ticket.
    pub ticket: Option<TicketId>,
}

/// A ticket that is to come to a group.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The ticket.
    pub id: TicketId,
    /// Its order.
    pub order: String,
    /// The department that answers for it.
    pub department: String,
    /// The group of that kind in which it is.
    pub group: Option<Uuid>,
}

impl TryFrom<Row> for Group {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let broken = || Error::CorruptGroup(row.id);
        let dimension = row.dimension.as_deref().map(Dimension::parse);
        let cause = match dimension {
            None => None,
            Some(dimension) => Some(Cause {
                scenario: row.scenario,
                dimension: dimension.ok_or_else(broken)?,
                value: row.value,
            }),
        };
        Ok(Self {
            id: row.id,
            kind: match row.kind.as_str() {
                "case" => Kind::Case,
                _ => Kind::Incident,
            },
            title: row.title,
            cause,
            order: row.order_id,
            owner: Holder::new(&row.department, &row.assignee).map_err(|_| broken())?,
            opened_at: row.opened_at,
            opened_by: row.opened_by,
            closing: row.closed_at.map(|at| Closing {
                at,
                by: row.closed_by,
                reason: row.resolution,
            }),
            tickets: row.tickets,
            open_tickets: row.open_tickets,
            version: row.version,
        })
    }
}

/// A group by its id, locked until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Group>, Error> {
    sqlx::query!("select id from ticket_groups where id = $1 for update", id)
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, id).await
}

/// A group by its id.
///
/// # Errors
/// Those of the database.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Group>, Error> {
    let wanted = Wanted {
        id: Some(id),
        ..Wanted::default()
    };
    Ok(list(conn, &wanted, None, 1).await?.pop())
}

/// Groups, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &Wanted,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Group>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, kind, title, scenario, dimension, value, order_id, department, assignee,
            opened_at, opened_by, closed_at, closed_by, resolution, version,
            members.tickets as "tickets!", members.open_tickets as "open_tickets!"
        from ticket_groups cross join lateral (
            select count(*) as tickets, count(*) filter (where state <> 'resolved') as open_tickets
            from ticket_group_members as member join tickets on tickets.id = member.ticket_id
            where group_id = ticket_groups.id) as members
        where ($1::text is null or kind = $1) and (not $2 or closed_at is null)
            and ($3::uuid is null or id in (
                select group_id from ticket_group_members where ticket_id = $3))
            and ($4::uuid is null or (opened_at, id) < (
                select last.opened_at, last.id from ticket_groups as last where last.id = $4))
            and ($5::uuid is null or id = $5)
        order by opened_at desc, id desc limit $6"#,
        wanted.kind.map(Kind::as_str),
        wanted.open_only,
        wanted.ticket.map(TicketId::uuid),
        after,
        wanted.id,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Group::try_from).collect()
}

/// Keeps a new group; false when there is one of its id already.
///
/// # Errors
/// Those of the database.
pub async fn insert(conn: &mut PgConnection, group: &Group) -> Result<bool, Error> {
    let cause = group.cause.as_ref();
    let inserted = sqlx::query!(
        "insert into ticket_groups (id, kind, title, scenario, dimension, value, order_id,
            department, assignee, opened_at, opened_by, joined_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10) on conflict do nothing",
        group.id,
        group.kind.as_str(),
        group.title,
        cause.map_or("", |cause| &cause.scenario),
        cause.map(|cause| cause.dimension.as_str()),
        cause.map_or("", |cause| &cause.value),
        group.order,
        group.owner.department(),
        group.owner.assignee(),
        group.opened_at,
        group.opened_by
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Writes what may change of a group, under its next version.
///
/// # Errors
/// Those of the database.
pub async fn update(conn: &mut PgConnection, group: &Group) -> Result<(), Error> {
    let closing = group.closing.as_ref();
    sqlx::query!(
        "update ticket_groups set department = $2, assignee = $3, closed_at = $4, closed_by = $5,
            resolution = $6, version = version + 1
        where id = $1",
        group.id,
        group.owner.department(),
        group.owner.assignee(),
        closing.map(|it| it.at),
        closing.map_or("", |it| &it.by),
        closing.map_or("", |it| &it.reason)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The open case of an order.
///
/// # Errors
/// Those of the database.
pub async fn case_of(conn: &mut PgConnection, order: &str) -> Result<Option<Uuid>, Error> {
    let found = sqlx::query_scalar!(
        "select id from ticket_groups where order_id = $1 and kind = 'case' and closed_at is null",
        order
    );
    Ok(found.fetch_optional(conn).await?)
}

/// What must be known of tickets that are to come to a group.
///
/// # Errors
/// Those of the database.
pub async fn candidates(
    conn: &mut PgConnection,
    kind: Kind,
    tickets: &[TicketId],
) -> Result<Vec<Candidate>, Error> {
    let ids: Vec<Uuid> = tickets.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select id, order_id, department, open.group_id as "group_id?"
        from tickets left join (
            select ticket_id, group_id from ticket_group_members as member
            join ticket_groups on ticket_groups.id = member.group_id
            where member.kind = $2 and closed_at is null) as open on open.ticket_id = tickets.id
        where tickets.id = any($1) order by id"#,
        &ids,
        kind.as_str()
    )
    .fetch_all(conn)
    .await?;
    let candidate = rows.into_iter().map(|row| Candidate {
        id: row.id.into(),
        order: row.order_id,
        department: row.department,
        group: row.group_id,
    });
    Ok(candidate.collect())
}

/// Puts tickets in a group, out of a closed one in which they were; those that somebody else has
/// put in an open one meanwhile stay there.
///
/// # Errors
/// Those of the database.
pub async fn add(
    conn: &mut PgConnection,
    group: &Group,
    tickets: &[TicketId],
    by: &str,
    now: Instant,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = tickets.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "insert into ticket_group_members (ticket_id, kind, group_id, joined_at, joined_by)
        select *, $2, $3, $4, $5 from unnest($1::uuid[])
        on conflict (ticket_id, kind) do update set group_id = excluded.group_id,
            joined_at = excluded.joined_at, joined_by = excluded.joined_by
        where exists (
            select from ticket_groups
            where id = ticket_group_members.group_id and closed_at is not null)",
        &ids,
        group.kind.as_str(),
        group.id,
        now,
        by
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from ticket_group_departures where group_id = $1 and ticket_id = any($2)",
        group.id,
        &ids
    )
    .execute(&mut *conn)
    .await?;
    touch(conn, group.id, now).await
}

/// Takes tickets out of a group; they do not come back by themselves.
///
/// # Errors
/// Those of the database.
pub async fn remove(
    conn: &mut PgConnection,
    group: Uuid,
    tickets: &[TicketId],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = tickets.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "with departed as (
            delete from ticket_group_members where group_id = $1 and ticket_id = any($2)
            returning group_id, ticket_id)
        insert into ticket_group_departures (group_id, ticket_id)
        select group_id, ticket_id from departed on conflict do nothing",
        group,
        &ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tickets of a group, in the order of their ids.
///
/// # Errors
/// Those of the database.
pub async fn members(
    conn: &mut PgConnection,
    group: Uuid,
    open_only: bool,
    limit: i64,
) -> Result<Vec<TicketId>, Error> {
    let ids = sqlx::query_scalar!(
        "select ticket_id from ticket_group_members as member
        join tickets on tickets.id = member.ticket_id
        where group_id = $1 and (not $2 or state <> 'resolved') order by ticket_id limit $3",
        group,
        open_only,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(TicketId::from).collect())
}

/// Counts a change of a group that has grown.
///
/// # Errors
/// Those of the database.
pub async fn count_change(conn: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "update ticket_groups set version = version + 1 where id = $1",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn touch(conn: &mut PgConnection, group: Uuid, now: Instant) -> Result<(), Error> {
    sqlx::query!(
        "update ticket_groups set joined_at = greatest(joined_at, $2) where id = $1",
        group,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
