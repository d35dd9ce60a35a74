//! Calls to machines: handed out to whoever makes them, and what came of them.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Desk, acts::Keep};
use crate::{
    domain::{
        Instant,
        automation::Automation,
        ticket::{Answer, Command, Ticket},
    },
    error::Error,
    store::{
        calls::{self, Claimed},
        tickets,
    },
};

/// How long, in reality, a call is left to whoever claimed it: longer than the longest timeout.
const HELD_FOR: Duration = Duration::from_secs(120);

/// A call to make.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The call, and how often it failed.
    pub claimed: Claimed,
    /// What it does.
    pub automation: Automation,
    /// The ticket, as it stands.
    pub ticket: Ticket,
}

impl Desk {
    /// Claims calls whose instant has come, at most `limit`. Whoever claims one and is not heard
    /// of any more leaves it to others, who make it again under the same id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_calls(&self, limit: i64) -> Result<Vec<Assignment>, Error> {
        let now = self.now();
        let held_until = now + self.shown(HELD_FOR);
        let mut transaction = self.begin().await?;
        let claimed = calls::claim(&mut transaction, now, held_until, limit).await?;
        transaction.commit().await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = claimed.iter().map(|it| it.call.ticket).collect();
        let mut connection = self.0.database.pool().acquire().await?;
        let tickets = tickets::load(&mut connection, &self.0.library, &ids).await?;
        let assignments = claimed.into_iter().filter_map(|claimed| {
            // In between it may have become needless; its row went with that.
            let ticket = tickets.get(&claimed.call.ticket)?.clone();
            let automation = ticket.called_for(&claimed.call)?.clone();
            Some(Assignment {
                claimed,
                automation,
                ticket,
            })
        });
        Ok(assignments.collect())
    }

    /// Takes the answer of a call in, or why there will be none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn answered(
        &self,
        claimed: Claimed,
        answer: Result<Answer, String>,
    ) -> Result<(), Error> {
        let call = claimed.call;
        let ticket = call.ticket;
        let command = Command::Answered { call, answer };
        self.command(ticket, command, Keep::Yes).await.map(drop)
    }

    /// Has a call made again after a while.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn postpone(&self, claimed: &Claimed, wait: TimeDelta) -> Result<(), Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        calls::postpone(&mut connection, claimed, self.now() + wait).await?;
        self.0.bells.calls.notify_one();
        Ok(())
    }

    /// The earliest instant at which a call is to be made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_call(&self) -> Result<Option<Instant>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        calls::next(&mut connection).await
    }

    /// Waits until calls may be due.
    pub async fn calls_due(&self, next: Option<Instant>) {
        self.wait_for(next, &self.0.bells.calls).await;
    }

    /// How long a stretch of reality is by the clock.
    #[must_use]
    pub fn shown(&self, real: Duration) -> TimeDelta {
        let seconds = real.as_secs_f64() * self.0.clock.speed();
        #[expect(clippy::cast_possible_truncation, reason = "minutes fit")]
        TimeDelta::milliseconds((seconds * 1e3) as i64)
    }
}
