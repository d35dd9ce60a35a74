//! Tickets of a digest, by what whoever got it knows it by.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, unsigned};
use crate::domain::delivery::DeliveryId;

/// How many tickets a digest tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// All of them.
    pub total: u32,
    /// Those that nobody has taken on.
    pub waiting: u32,
}

/// Counts the tickets of a digest.
///
/// # Errors
///
/// The database failed.
pub async fn counted(conn: &mut PgConnection, digest: Uuid) -> Result<Counted, Error> {
    let row = sqlx::query!(
        r#"with carried as (
             select distinct ticket_id from delivery where message_id = $1 or known_as = $1)
           select count(*)::integer as "total!",
               (count(*) filter (where state in ('running', 'exhausted')))::integer as "waiting!"
           from carried left join escalation using (ticket_id)"#,
        digest,
    );
    let row = row.fetch_one(conn).await?;
    Ok(Counted {
        total: unsigned(row.total),
        waiting: unsigned(row.waiting),
    })
}

/// One delivery of each ticket of a page, from 0: those first that nobody has taken on, the most
/// urgent before others.
///
/// # Errors
///
/// The database failed.
pub async fn page(
    conn: &mut PgConnection,
    digest: Uuid,
    page: u32,
    rows: u32,
) -> Result<Vec<DeliveryId>, Error> {
    let ids = sqlx::query_scalar!(
        "with carried as (
           select distinct on (ticket_id) id, ticket_id, urgency, created_at from delivery
           where message_id = $1 or known_as = $1
           order by ticket_id, urgency desc, created_at, id)
         select id from carried left join escalation using (ticket_id)
         order by coalesce(state in ('running', 'exhausted'), false) desc, urgency desc,
             created_at, id
         limit $2 offset $3",
        digest,
        i64::from(rows),
        i64::from(page) * i64::from(rows),
    );
    let ids = ids.fetch_all(conn).await?;
    Ok(ids.into_iter().map(DeliveryId::from_uuid).collect())
}

/// Those of some deliveries that the digest tells of, in their order.
///
/// # Errors
///
/// The database failed.
pub async fn of_these(
    conn: &mut PgConnection,
    digest: Uuid,
    ids: &[Uuid],
) -> Result<Vec<DeliveryId>, Error> {
    let ids = sqlx::query_scalar!(
        r#"select id from delivery join unnest($2::uuid[]) with ordinality as asked (id, place)
             using (id)
           where message_id = $1 or known_as = $1 order by place"#,
        digest,
        ids,
    );
    let ids = ids.fetch_all(conn).await?;
    Ok(ids.into_iter().map(DeliveryId::from_uuid).collect())
}
