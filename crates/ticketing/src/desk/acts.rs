//! Acts of people.

use service::telemetry;
use sqlx::PgConnection;

use super::{Batch, Desk};
use crate::{
    domain::{
        actor::Person,
        id::TicketId,
        ticket::{Act, Command, Refusal, Ticket},
    },
    error::Error,
    store::{tickets, transitions},
};

/// What a person wants done with a ticket.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The ticket.
    pub ticket: TicketId,
    /// Who acts.
    pub person: Person,
    /// The version that they looked at; absent where any will do.
    pub seen: Option<i64>,
    /// What they do.
    pub act: Act,
    /// What they write beside it.
    pub note: String,
}

/// A wish to have a ticket go on under the newest version of its procedure.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The ticket.
    pub ticket: TicketId,
    /// Who wants it.
    pub person: Person,
    /// The version of the ticket that they looked at.
    pub seen: Option<i64>,
    /// Whether deadlines that run become those of the newest version.
    pub deadlines: bool,
    /// Why.
    pub reason: String,
    /// Only says what the ticket would be.
    pub dry_run: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Yes,
    No,
}

impl Desk {
    /// Does what a person wants, and returns the ticket after it.
    ///
    /// # Errors
    /// [`Error::Stale`] with what the person missed, [`Error::Refused`], and
    /// those of the database.
    pub async fn run(&self, errand: Errand) -> Result<Ticket, Error> {
        let command = Command::Act {
            person: errand.person,
            seen: errand.seen,
            act: errand.act,
            note: errand.note,
        };
        self.command(errand.ticket, command, Keep::Yes).await
    }

    /// Has a ticket go on under the newest version of its procedure, or says what it would be.
    ///
    /// # Errors
    /// As [`Desk::run`].
    pub async fn migrate(&self, migration: Migration) -> Result<Ticket, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let shelf = self.0.library.shelf(&mut connection).await?;
        drop(connection);
        let ticket = self.ticket(migration.ticket).await?;
        let sop = shelf.get(&ticket.sop.name).cloned();
        let command = Command::Migrate {
            person: migration.person,
            seen: migration.seen,
            sop: sop.unwrap_or(ticket.sop),
            deadlines: migration.deadlines,
            reason: migration.reason,
        };
        let keep = if migration.dry_run {
            Keep::No
        } else {
            Keep::Yes
        };
        self.command(migration.ticket, command, keep).await
    }

    pub(super) async fn command(
        &self,
        id: TicketId,
        command: Command,
        keep: Keep,
    ) -> Result<Ticket, Error> {
        let mut transaction = self.begin().await?;
        let locked = tickets::lock(&mut transaction, &self.0.library, &[id]).await?;
        let office = self.office(&mut transaction).await?;
        let mut batch = Batch::of(locked);
        let traceparent = telemetry::traceparent();
        match batch.decide(id, command, &office, self.now(), traceparent.as_deref()) {
            Ok(()) => {}
            Err(refusal) => return Err(refused_as(&mut transaction, id, refusal).await?),
        }
        let ticket = batch.ticket(id).cloned();
        if keep == Keep::Yes {
            self.store(&mut transaction, batch).await?;
            self.commit(transaction).await?;
        }
        ticket.ok_or(Error::Refused {
            ticket: id,
            refusal: Refusal::Unknown,
        })
    }
}

/// What a caller is told of a refusal: of a stale version, what was missed.
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
