//! The desk: loads tickets, has the domain decide, stores what follows and what
//! happened in one transaction, and wakes whoever waits for it.

mod absences;
mod acts;
mod batch;
mod bells;
mod bulks;
mod calls;
mod dispatch;
mod evidence;
mod exporting;
mod filters;
mod furniture;
mod gathering;
mod groups;
mod lists;
mod questions;
mod reading;
mod report;
mod reports;
mod sops;
mod tail;
mod wakings;
mod watching;

use std::sync::Arc;

use chrono::SubsecRound;
use service::{clock::Clock, database::Database, event_log, relay::RelayHandle};
use sqlx::{PgConnection, Postgres, Transaction};
use tokio::sync::Notify;

pub use absences::Wanted;
pub use acts::{Errand, Migration};
pub use bulks::{BulkErrand, Choice, carry_out};
pub use calls::Assignment;
pub use dispatch::give_work;
pub use evidence::Spool;
pub use exporting::Exporting;
pub use gathering::{GatherSettings, gather};
pub use groups::{Change, Closure, Opening};
pub use lists::{TicketPage, Wish};
pub use report::{Report, Weeks};
pub use reports::Heard;
pub use sops::AppliedSops;
pub use tail::follow_log;
pub use wakings::{WakingSettings, keep_time};
pub use watching::{Bookmark, News, NotABookmark, Watching};

use crate::{
    domain::{Instant, office::Office},
    error::Error,
    store::{office::Front, sops::Library},
};
use batch::Batch;
use bells::Bells;
use tail::Tail;

/// Where every change of a ticket is made.
#[derive(Clone)]
pub struct Desk(Arc<Parts>);

struct Parts {
    database: Database,
    clock: Clock,
    relay: RelayHandle,
    library: Library,
    front: Front,
    bells: Bells,
    tail: Tail,
}

impl Desk {
    /// Sets up a desk.
    #[must_use]
    pub fn new(database: Database, clock: Clock, relay: RelayHandle) -> Self {
        Self(Arc::new(Parts {
            database,
            clock,
            relay,
            library: Library::default(),
            front: Front::default(),
            bells: Bells::default(),
            tail: Tail::default(),
        }))
    }

    /// Now, to the microsecond: what the database keeps is what was decided on.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now().trunc_subsecs(6)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, Error> {
        Ok(self.0.database.pool().begin().await?)
    }

    /// Commits, and wakes the relay and whoever waits for what is to be done next.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn commit(&self, transaction: Transaction<'static, Postgres>) -> Result<(), Error> {
        transaction.commit().await?;
        self.0.relay.wake();
        self.0.bells.ring();
        self.0.tail.wake();
        Ok(())
    }

    /// Begins a transaction that sees tickets as of one moment, and changes nothing.
    async fn look(&self) -> Result<Transaction<'static, Postgres>, Error> {
        let begin = "begin isolation level repeatable read, read only";
        Ok(self.0.database.pool().begin_with(begin).await?)
    }

    /// Waits for an instant, or for a bell.
    async fn wait_for(&self, next: Option<Instant>, bell: &Notify) {
        let next = async {
            match next {
                Some(next) => self.0.clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = next => {}
            () = bell.notified() => {}
        }
    }

    async fn office(&self, conn: &mut PgConnection) -> Result<Arc<Office>, Error> {
        self.0.front.office(conn).await
    }

    async fn store(&self, conn: &mut PgConnection, batch: Batch) -> Result<(), Error> {
        let (changes, told) = batch.finish();
        if !changes.is_empty() {
            crate::store::tickets::save(conn, &changes).await?;
        }
        event_log::append_traced(conn, &told.events, &told.traceparents).await?;
        Ok(())
    }
}
