//! One act on many tickets: asked for here, carried out behind the call.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use service::{
    error::{Classified, chain},
    lifecycle::Shutdown,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Batch, Desk};
use crate::{
    domain::{
        actor::Person,
        bulk::{self, Bulk, BulkRefusal, Outcome, Wish},
        id::TicketId,
        ticket::{Command, Refusal, Ticket},
    },
    error::Error,
    store::{
        bulks::{self, Done, Item},
        tickets, transitions,
    },
};

/// Tickets in one transaction.
const CHUNK: i64 = 200;
/// How long what became of each ticket is kept.
const KEPT: TimeDelta = TimeDelta::days(90);
/// Real time after which it is looked whether another replica has left work behind.
const RECHECK: Duration = Duration::from_secs(15);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(1);

impl Desk {
    /// Has an act carried out on many tickets. Asked again, it answers how far that is.
    ///
    /// # Errors
    /// [`BulkRefusal::Other`] when the id was used for another act, and those of the database.
    pub async fn start_bulk(&self, wish: &Wish) -> Result<Bulk, Error> {
        let mut transaction = self.begin().await?;
        self.keep_bulk(&mut transaction, wish).await?;
        let begun = bulk(&mut transaction, wish.id).await?;
        let asked = (wish.person.as_str(), Some(&wish.act));
        let total = usize::try_from(begun.total).unwrap_or_default();
        if (begun.actor.as_str(), begun.act.as_ref()) != asked || total != wish.targets.len() {
            return Err(BulkRefusal::Other(wish.id).into());
        }
        self.commit(transaction).await?;
        Ok(begun)
    }

    /// Writes down what is to be carried out once this transaction is committed.
    pub(super) async fn keep_bulk(
        &self,
        conn: &mut PgConnection,
        wish: &Wish,
    ) -> Result<(), Error> {
        let now = self.now();
        bulks::forget(conn, now - KEPT).await?;
        bulks::begin(conn, wish, now).await
    }

    /// Says what would become of each ticket.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn try_bulk(&self, wish: &Wish) -> Result<Vec<Done>, Error> {
        let item = |target: &bulk::Target| Item {
            target: target.clone(),
            act: wish.act.clone(),
        };
        let items: Vec<Item> = wish.targets.iter().map(item).collect();
        let mut all = Vec::with_capacity(items.len());
        for chunk in items.chunks(CHUNK as usize) {
            let mut transaction = self.begin().await?;
            let (_, done) = self
                .act_on_many(&mut transaction, &wish.person, &wish.note, chunk)
                .await?;
            all.extend(done);
        }
        Ok(all)
    }

    /// Takes back what can be taken back.
    ///
    /// # Errors
    /// [`BulkRefusal`], and those of the database.
    pub async fn undo_bulk(&self, id: Uuid, person: Person, note: &str) -> Result<Bulk, Error> {
        let mut transaction = self.begin().await?;
        bulks::lock(&mut transaction, id).await?;
        let undone = bulk(&mut transaction, id).await?;
        if let Some(by) = undone.undone_by {
            return Err(BulkRefusal::Undone { id, by }.into());
        }
        if undone.ended_at.is_none() {
            return Err(BulkRefusal::GoesOn(id).into());
        }
        let ids = (Uuid::now_v7(), id);
        let total = bulks::begin_undo(&mut transaction, ids, &person, note, self.now()).await?;
        if total == 0 {
            return Err(BulkRefusal::Final(id).into());
        }
        let begun = bulk(&mut transaction, ids.0).await?;
        self.commit(transaction).await?;
        Ok(begun)
    }

    /// How far one is.
    ///
    /// # Errors
    /// [`BulkRefusal::Unknown`], and those of the database.
    pub async fn bulk(&self, id: Uuid) -> Result<Bulk, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        bulk(&mut connection, id).await
    }

    /// What became of each ticket, of those in one state if it is said.
    ///
    /// # Errors
    /// As [`Desk::bulk`].
    pub async fn bulk_items(
        &self,
        id: Uuid,
        state: Option<&str>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Done>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        bulk(&mut connection, id).await?;
        bulks::items(&mut connection, id, state, after, limit).await
    }

    /// Acts on the next tickets of one that goes on; false when none does.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn carry_on(&self) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        let Some(bulk) = bulks::claim(&mut transaction).await? else {
            return Ok(false);
        };
        let items = bulks::next(&mut transaction, &bulk, CHUNK).await?;
        let person =
            Person::try_from(bulk.actor.clone()).map_err(|_| Error::NamelessBulk(bulk.id))?;
        let acted = self.act_on_many(&mut transaction, &person, &bulk.note, &items);
        let (batch, done) = match acted.await {
            // One broken ticket is no reason to leave the others for ever.
            Err(error @ Error::Corrupt { ticket, .. }) => {
                let outcome = told(&error);
                (Batch::default(), vec![Done { ticket, outcome }])
            }
            acted => acted?,
        };
        self.store(&mut transaction, batch).await?;
        bulks::keep(&mut transaction, bulk.id, &done).await?;
        if items.len() < CHUNK as usize && done.len() == items.len() {
            bulks::end(&mut transaction, bulk.id, self.now()).await?;
        }
        self.commit(transaction).await?;
        Ok(true)
    }

    /// Decides each act by itself: what one ticket refuses is no reason to leave the others.
    async fn act_on_many(
        &self,
        conn: &mut PgConnection,
        person: &Person,
        note: &str,
        items: &[Item],
    ) -> Result<(Batch, Vec<Done>), Error> {
        let ids: Vec<TicketId> = items.iter().map(|item| item.target.ticket).collect();
        let locked = tickets::lock(conn, &self.0.library, &ids).await?;
        let office = self.office(conn).await?;
        let before: BTreeMap<TicketId, Ticket> = locked.clone();
        let mut batch = Batch::of(locked);
        let now = self.now();
        let mut done = Vec::with_capacity(items.len());
        for item in items {
            let ticket = item.target.ticket;
            let command = Command::Act {
                person: person.clone(),
                seen: item.target.seen,
                act: item.act.clone(),
                note: note.to_owned(),
            };
            let outcome = match batch.decide(ticket, command, &office, now, None) {
                Ok(()) => done_with(item, before.get(&ticket), batch.ticket(ticket)),
                Err(refusal) => refused(conn, ticket, refusal).await?,
            };
            done.push(Done { ticket, outcome });
        }
        Ok((batch, done))
    }
}

async fn bulk(conn: &mut PgConnection, id: Uuid) -> Result<Bulk, Error> {
    let found = bulks::get(conn, id).await?;
    Ok(found.ok_or(BulkRefusal::Unknown(id))?)
}

fn done_with(item: &Item, before: Option<&Ticket>, after: Option<&Ticket>) -> Outcome {
    let both = before.zip(after);
    Outcome::Done {
        version: after.map_or(0, |ticket| ticket.version),
        undo: both.and_then(|(before, after)| bulk::undo(&item.act, before, after)),
    }
}

/// What the caller would have been told, had it been one ticket.
pub(super) async fn refused_as(
    conn: &mut PgConnection,
    ticket: TicketId,
    refusal: Refusal,
) -> Result<Error, Error> {
    Ok(match refusal {
        Refusal::Stale { seen, current } => Error::Stale {
            ticket,
            seen,
            current,
            missed: transitions::since(conn, ticket, seen).await?,
        },
        refusal => Error::Refused { ticket, refusal },
    })
}

async fn refused(
    conn: &mut PgConnection,
    ticket: TicketId,
    refusal: Refusal,
) -> Result<Outcome, Error> {
    Ok(told(&refused_as(conn, ticket, refusal).await?))
}

fn told(error: &Error) -> Outcome {
    Outcome::Refused {
        code: error.code().to_owned(),
        refusal: error.to_string(),
    }
}

/// Carries out what is asked for, until shutdown.
///
/// # Errors
/// Never: it answers so to be spawned beside loops that do fail.
pub async fn carry_out(desk: Desk, shutdown: Shutdown) -> Result<(), Error> {
    while !shutdown.is_cancelled() {
        let wait = match desk.carry_on().await {
            Ok(true) => continue,
            Ok(false) => RECHECK,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "cannot act on many tickets, trying again");
                RETRY
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = desk.0.bulks_changed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    Ok(())
}
