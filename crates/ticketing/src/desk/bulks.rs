//! One act on many tickets: asked for here, carried out behind the call.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use service::{
    error::{Classified, chain},
    lifecycle::Shutdown,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Batch, Desk, acts::refused_as};
use crate::{
    domain::{
        actor::Person,
        bulk::{self, Bulk, BulkRefusal, MOST_TICKETS, Outcome, Target},
        id::TicketId,
        ticket::{Act, Command, Refusal, Ticket},
    },
    error::Error,
    store::{
        bulks::{self, Done, Item},
        groups,
        listing::{Selection, TicketFilter},
        tickets,
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

/// An act on many tickets, as somebody asks for it.
#[derive(Debug, Clone)]
pub struct BulkErrand {
    /// Made up by who asks, so that it is carried out once.
    pub id: Uuid,
    /// Who.
    pub person: Person,
    /// What they do.
    pub act: Act,
    /// What they write beside it.
    pub note: String,
    /// With which tickets.
    pub choice: Choice,
}

/// Which tickets are meant.
#[derive(Debug, Clone)]
pub enum Choice {
    /// These.
    Named(Vec<Target>),
    /// All that pass a filter.
    Filter(TicketFilter),
    /// Those of a group that are not resolved.
    Group(Uuid),
}

impl Desk {
    /// Has an act carried out on many tickets. Asked again, it answers how far that is.
    ///
    /// # Errors
    /// [`BulkRefusal`], and those of the database.
    pub async fn start_bulk(&self, errand: &BulkErrand) -> Result<Bulk, Error> {
        let mut transaction = self.begin().await?;
        if let Some(known) = bulks::get(&mut transaction, errand.id).await? {
            let asked = (errand.person.as_str(), Some(&errand.act));
            return match (known.actor.as_str(), known.act.as_ref()) == asked {
                true => Ok(known),
                false => Err(BulkRefusal::Other(errand.id).into()),
            };
        }
        let begun = self.begin_bulk(&mut transaction, errand).await?;
        self.commit(transaction).await?;
        self.0.bells.bulks.notify_one();
        Ok(begun)
    }

    /// Writes down what is to be carried out once this transaction is committed.
    pub(super) async fn begin_bulk(
        &self,
        conn: &mut PgConnection,
        errand: &BulkErrand,
    ) -> Result<Bulk, Error> {
        let now = self.now();
        let targets = self.choose(conn, errand).await?;
        let bulk = Bulk {
            id: errand.id,
            actor: errand.person.as_str().to_owned(),
            act: Some(errand.act.clone()),
            note: errand.note.clone(),
            undoes: None,
            undone_by: None,
            total: i32::try_from(targets.len()).unwrap_or(i32::MAX),
            done: 0,
            refused: 0,
            began_at: now,
            ended_at: None,
        };
        bulks::forget(conn, now - KEPT).await?;
        bulks::begin(conn, &bulk, &targets).await?;
        Ok(bulk)
    }

    /// The tickets that are meant.
    async fn choose(
        &self,
        conn: &mut PgConnection,
        errand: &BulkErrand,
    ) -> Result<Vec<Target>, Error> {
        let targets = match &errand.choice {
            Choice::Named(targets) => targets.clone(),
            Choice::Filter(filter) => {
                let selection = Selection {
                    filters: vec![filter.clone()],
                    me: Some(errand.person.as_str().to_owned()),
                    duties: None,
                };
                bulks::choose(conn, &selection, self.now()).await?
            }
            Choice::Group(group) => {
                let most = i64::try_from(MOST_TICKETS).unwrap_or(i64::MAX);
                let open = groups::members(conn, *group, true, most + 1).await?;
                let target = |ticket| Target { ticket, seen: None };
                open.into_iter().map(target).collect()
            }
        };
        match targets.len() {
            0 => Err(BulkRefusal::Nothing.into()),
            count if count > MOST_TICKETS => Err(BulkRefusal::TooMany.into()),
            _ => Ok(targets),
        }
    }

    /// Says what would become of each ticket.
    ///
    /// # Errors
    /// As [`Desk::start_bulk`].
    pub async fn try_bulk(&self, errand: &BulkErrand) -> Result<Vec<Done>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let targets = self.choose(&mut connection, errand).await?;
        drop(connection);
        let item = |target| Item {
            target,
            act: errand.act.clone(),
        };
        let items: Vec<Item> = targets.into_iter().map(item).collect();
        let mut all = Vec::with_capacity(items.len());
        for chunk in items.chunks(CHUNK as usize) {
            let mut transaction = self.begin().await?;
            let (_, done) = self
                .act_on_many(&mut transaction, &errand.person, &errand.note, chunk)
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
        if bulk(&mut transaction, id).await?.ended_at.is_none() {
            return Err(BulkRefusal::GoesOn(id).into());
        }
        let ids = (Uuid::now_v7(), id);
        let total = bulks::begin_undo(&mut transaction, ids, &person, note, self.now()).await?;
        if total == 0 {
            let undone_by = bulk(&mut transaction, id).await?.undone_by;
            return Err(match undone_by.filter(|by| *by != ids.0) {
                Some(by) => BulkRefusal::Undone { id, by }.into(),
                None => BulkRefusal::Final(id).into(),
            });
        }
        let begun = bulk(&mut transaction, ids.0).await?;
        self.commit(transaction).await?;
        self.0.bells.bulks.notify_one();
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
            () = desk.0.bells.bulks.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    Ok(())
}
