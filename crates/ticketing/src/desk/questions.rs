//! Conditions over orders' facts: which are to be asked, and what it means that they hold.

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::{Batch, Desk};
use crate::{
    domain::{
        Instant,
        automation::Awaited,
        id::TicketId,
        ticket::{Command, Ticket},
    },
    error::Error,
    store::{questions, tickets},
};

impl Desk {
    /// Claims tickets of which it is time to ask, at most `limit`; others ask after `again` should
    /// nothing be heard of it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_questions(
        &self,
        limit: i64,
        again: TimeDelta,
    ) -> Result<Vec<Ticket>, Error> {
        let now = self.now();
        let mut transaction = self.begin().await?;
        let claimed = questions::claim(&mut transaction, now, now + again, limit).await?;
        let found = tickets::load(&mut transaction, &self.0.library, &claimed).await?;
        transaction.commit().await?;
        Ok(found.into_values().collect())
    }

    /// Takes in which conditions hold.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn met(&self, met: Vec<(TicketId, Awaited)>) -> Result<(), Error> {
        let mut ids: Vec<TicketId> = met.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut transaction = self.begin().await?;
        let locked = tickets::lock(&mut transaction, &self.0.library, &ids).await?;
        let office = self.office(&mut transaction).await?;
        let mut batch = Batch::of(locked);
        for (ticket, awaited) in met {
            let refused = |refusal| Error::Refused { ticket, refusal };
            batch
                .decide(ticket, Command::Met(awaited), &office, self.now(), None)
                .map_err(refused)?;
        }
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await
    }

    /// Has tickets asked about earlier than they would be.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn hasten(&self, sooner: &[(TicketId, Instant)]) -> Result<(), Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        questions::hasten(&mut connection, sooner).await
    }

    /// Has tickets of these orders asked about now, in the caller's transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ask_about(&self, conn: &mut PgConnection, orders: &[String]) -> Result<(), Error> {
        questions::hasten_of(conn, orders, self.now()).await
    }

    /// Waits until it may be time to ask.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn questions_due(&self) -> Result<(), Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let next = questions::next(&mut connection).await?;
        drop(connection);
        self.wait_for(next, &self.0.bells.questions).await;
        Ok(())
    }
}
