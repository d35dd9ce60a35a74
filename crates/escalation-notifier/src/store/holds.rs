//! Deliveries that are kept back, and when it is asked again.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Error;
use crate::domain::{
    channel::Channel,
    delivery::DeliveryId,
    escalation::Cause,
    quiet::{Hold, Keeper, hours::Told},
    ticket::Ticket,
};

/// A delivery that may have to wait, with the ticket that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The delivery.
    pub id: DeliveryId,
    /// What the ticket looked like.
    pub ticket: Ticket,
    /// Why.
    pub cause: Cause,
    /// By which channel.
    pub channel: Channel,
    /// To whom.
    pub recipient: String,
}

impl Waiting {
    /// What is told to whom.
    #[must_use]
    pub fn told(&self) -> Told<'_> {
        Told {
            cause: self.cause,
            ticket: &self.ticket,
            channel: self.channel,
            recipient: &self.recipient,
        }
    }
}

pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) cause: String,
    pub(super) channel: String,
    pub(super) recipient: String,
    pub(super) ticket: Json<Ticket>,
}

impl Row {
    pub(super) fn read(self) -> Result<Waiting, Error> {
        let unknown = |column, value| Error::UnknownWord {
            table: "delivery",
            column,
            value,
        };
        Ok(Waiting {
            id: DeliveryId::from_uuid(self.id),
            ticket: self.ticket.0,
            cause: Cause::named(&self.cause).ok_or_else(|| unknown("cause", self.cause.clone()))?,
            channel: self
                .channel
                .parse()
                .map_err(|_| unknown("channel", self.channel.clone()))?,
            recipient: self.recipient,
        })
    }
}

/// Keeps back those of these deliveries that cannot have arrived: what may have is never torn out
/// of what it went with.
///
/// # Errors
///
/// The database failed.
pub async fn keep(
    conn: &mut PgConnection,
    holds: &[(DeliveryId, Hold)],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if holds.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = holds.iter().map(|(id, _)| id.as_uuid()).collect();
    let of = |word: fn(&Hold) -> &str| -> Vec<String> {
        holds
            .iter()
            .map(|(_, hold)| word(hold).to_owned())
            .collect()
    };
    let until: Vec<Option<DateTime<Utc>>> = holds.iter().map(|(_, hold)| hold.until).collect();
    let look_at: Vec<DateTime<Utc>> = holds.iter().map(|(_, hold)| hold.look_at(now)).collect();
    sqlx::query!(
        "with kept as (
             update delivery set state = 'held'
             from unnest($1::uuid[]) as new (id)
             where delivery.id = new.id and state in ('pending', 'retrying', 'held')
               and known_as is null
             returning delivery.id)
         insert into hold (delivery_id, kind, name, why, until, look_at)
         select delivery_id, kind, name, why, until, look_at
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
             $6::timestamptz[]) as new (delivery_id, kind, name, why, until, look_at)
         join kept on kept.id = delivery_id
         on conflict (delivery_id) do update set
             kind = excluded.kind, name = excluded.name, why = excluded.why,
             until = excluded.until, look_at = excluded.look_at",
        &ids,
        &of(|hold| hold.keeper.kind()),
        &of(|hold| hold.keeper.name()),
        &of(|hold| &hold.why),
        &until as _,
        &look_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks held deliveries of which it is to be asked whether they still are.
///
/// # Errors
///
/// The database failed.
pub async fn claim_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Waiting>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select delivery.id, cause, channel, recipient, ticket as "ticket: Json<Ticket>"
           from hold join delivery on delivery.id = delivery_id
           where kind <> 'group' and look_at <= $1 order by look_at limit $2
           for update of hold, delivery skip locked"#,
        now,
        limit,
    );
    let rows = rows.fetch_all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Lets deliveries go, those that are still needed at once.
///
/// # Errors
///
/// The database failed.
pub async fn release(conn: &mut PgConnection, ids: &[DeliveryId]) -> Result<(), Error> {
    forget(conn, ids).await?;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!(
        "update delivery set state = 'pending', next_attempt_at = clock_timestamp()
         where id = any($1) and state = 'held'",
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks no more about deliveries.
///
/// # Errors
///
/// The database failed.
pub async fn forget(conn: &mut PgConnection, ids: &[DeliveryId]) -> Result<(), Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!("delete from hold where delivery_id = any($1)", &ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Has it asked at once of everything that something keeps back.
///
/// # Errors
///
/// The database failed.
pub async fn look_now(
    conn: &mut PgConnection,
    keeper: &Keeper,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let looked = sqlx::query!(
        "update hold set look_at = $3 from (
             select delivery_id from hold
             where kind = $1 and name = $2 and look_at > $3 for update skip locked) as kept
         where hold.delivery_id = kept.delivery_id",
        keeper.kind(),
        keeper.name(),
        now,
    );
    Ok(looked.execute(conn).await?.rows_affected())
}

/// Has it asked at once of everything that is kept back of these tickets.
///
/// # Errors
///
/// The database failed.
pub async fn look_at_tickets(
    conn: &mut PgConnection,
    tickets: &[String],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "update hold set look_at = $2 from (
             select delivery_id from hold join delivery on delivery.id = delivery_id
             where ticket_id = any($1) and state = 'held' and kind <> 'group' and look_at > $2
             for update of hold skip locked) as kept
         where hold.delivery_id = kept.delivery_id",
        tickets,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When it is to be asked next.
///
/// # Errors
///
/// The database failed.
pub async fn next_look(conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(
        sqlx::query_scalar!("select min(look_at) from hold where kind <> 'group'")
            .fetch_one(conn)
            .await?,
    )
}

/// Deliveries of these tickets that cannot have arrived and are not held.
///
/// # Errors
///
/// The database failed.
pub async fn waiting_of(
    conn: &mut PgConnection,
    tickets: &[String],
) -> Result<Vec<Waiting>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, cause, channel, recipient, ticket as "ticket: Json<Ticket>" from delivery
           where ticket_id = any($1) and state in ('pending', 'retrying') and known_as is null
           order by id"#,
        tickets,
    );
    let rows = rows.fetch_all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Deliveries that cannot have arrived and are not held, after an id.
///
/// # Errors
///
/// The database failed.
pub async fn waiting(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Waiting>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, cause, channel, recipient, ticket as "ticket: Json<Ticket>" from delivery
           where state in ('pending', 'retrying') and known_as is null and id > $1
           order by id limit $2"#,
        after,
        limit,
    );
    let rows = rows.fetch_all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}
