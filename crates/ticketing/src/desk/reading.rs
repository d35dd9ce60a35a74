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
        listing::{self, Filter, Place},
        tickets,
        transitions::{self, Past},
    },
};

/// A page of tickets.
#[derive(Debug)]
pub struct TicketPage {
    /// Tickets, newest first.
    pub tickets: Vec<Ticket>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Place>,
    /// How many tickets the filter lets through.
    pub total: i64,
}

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

    /// Tickets by filters, page by page.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(
        &self,
        filter: &Filter,
        after: Option<Place>,
        size: i64,
    ) -> Result<TicketPage, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let page = listing::page(&mut connection, filter, after, size).await?;
        let mut found = tickets::load(&mut connection, &self.0.library, &page.ids).await?;
        let tickets = page.ids.iter().filter_map(|id| found.remove(id)).collect();
        Ok(TicketPage {
            tickets,
            next: page.next,
            total: page.total,
        })
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
