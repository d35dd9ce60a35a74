//! Acts of people.

use service::telemetry;

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

impl Desk {
    /// Does what a person wants, and returns the ticket after it.
    ///
    /// # Errors
    /// [`Error::Stale`] with what the person missed, [`Error::Refused`], and
    /// those of the database.
    pub async fn run(&self, errand: Errand) -> Result<Ticket, Error> {
        let id = errand.ticket;
        let mut transaction = self.begin().await?;
        let locked = tickets::lock(&mut transaction, &self.0.library, &[id]).await?;
        let mut batch = Batch::of(locked);
        let command = Command::Act {
            person: errand.person,
            seen: errand.seen,
            act: errand.act,
            note: errand.note,
        };
        let traceparent = telemetry::traceparent();
        match batch.decide(id, command, self.now(), traceparent.as_deref()) {
            Ok(()) => {}
            Err(Refusal::Stale { seen, current }) => {
                let missed = transitions::since(&mut transaction, id, seen).await?;
                return Err(Error::Stale {
                    ticket: id,
                    seen,
                    current,
                    missed,
                });
            }
            Err(refusal) => {
                return Err(Error::Refused {
                    ticket: id,
                    refusal,
                });
            }
        }
        let ticket = batch.ticket(id).cloned();
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        ticket.ok_or(Error::Refused {
            ticket: id,
            refusal: Refusal::Unknown,
        })
    }
}
