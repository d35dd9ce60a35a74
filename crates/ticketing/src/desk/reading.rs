//! Questions that change nothing.

use super::Desk;
use crate::{
    domain::{
        Instant,
        id::TicketId,
        ticket::{Refusal, Ticket},
    },
    error::Error,
    store::{
        figures::{self, Figures},
        tickets,
        transitions::{self, Past},
    },
};

impl Desk {
    /// One ticket.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none, and those of the database.
    pub async fn ticket(&self, id: TicketId) -> Result<Ticket, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let mut found = tickets::load(&mut connection, &self.0.library, &[id]).await?;
        found.remove(&id).ok_or(Error::Refused {
            ticket: id,
            refusal: Refusal::Unknown,
        })
    }

    /// Everything that happened to a ticket.
    ///
    /// # Errors
    /// As [`Desk::ticket`].
    pub async fn history(&self, id: TicketId) -> Result<Vec<Past>, Error> {
        self.ticket(id).await?;
        let mut connection = self.0.database.pool().acquire().await?;
        transitions::history(&mut connection, id).await
    }

    /// Figures of `[from, to)`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn figures(&self, from: Instant, to: Instant) -> Result<Figures, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        figures::between(&mut connection, from, to).await
    }
}
