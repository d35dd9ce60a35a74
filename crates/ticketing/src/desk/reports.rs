//! Reports about exceptions, in batches.

use std::{collections::HashMap, sync::Arc};

use sqlx::PgConnection;

use super::{Batch, Desk};
use crate::{
    domain::{
        exception::{Report, Standing},
        id::{ExceptionId, TicketId},
        office::Office,
        sop::{Shelf, Sop},
        ticket::Command,
    },
    error::Error,
    store::{silence, tickets},
};

/// A report, and the trace of what caused it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What is reported.
    pub report: Report,
    /// W3C trace context of its cause.
    pub traceparent: Option<String>,
}

impl Desk {
    /// Brings tickets in line with what is reported, in the caller's
    /// transaction. Of one exception the newest version wins, in whatever order
    /// versions come.
    ///
    /// # Errors
    /// [`Error::Contended`] when another replica is opening the same tickets,
    /// [`Error::NoProcedure`], and those of the database.
    pub async fn hear(&self, conn: &mut PgConnection, mut heard: Vec<Heard>) -> Result<(), Error> {
        heard.sort_by_key(|heard| (heard.report.exception.id, heard.report.exception.version));
        let mut exceptions: Vec<ExceptionId> = heard
            .iter()
            .map(|heard| heard.report.exception.id)
            .collect();
        exceptions.dedup();
        let ids: Vec<TicketId> = exceptions.iter().copied().map(TicketId::of).collect();
        let mut batch = Batch::of(tickets::lock(conn, &self.0.library, &ids).await?);
        let newcomers: Vec<ExceptionId> = exceptions
            .into_iter()
            .filter(|id| batch.ticket(TicketId::of(*id)).is_none())
            .collect();
        let mut shelf = Shelf::default();
        let mut silent = HashMap::new();
        if !newcomers.is_empty() {
            shelf = self.0.library.shelf(conn).await?;
            silent = silence::of(conn, &newcomers).await?;
        }
        let office = self.office(conn).await?;
        let newly_silent = self.follow(&mut batch, heard, &office, &shelf, &silent)?;
        silence::keep(conn, &newly_silent).await?;
        self.store(conn, batch).await
    }

    /// Decides about each report; returns the exceptions found to be silent.
    fn follow(
        &self,
        batch: &mut Batch,
        heard: Vec<Heard>,
        office: &Office,
        shelf: &Shelf,
        silent: &HashMap<ExceptionId, i64>,
    ) -> Result<HashMap<ExceptionId, i64>, Error> {
        let now = self.now();
        let mut newly_silent = HashMap::new();
        for Heard {
            report,
            traceparent,
        } in heard
        {
            let (exception, version) = (report.exception.id, report.exception.version);
            let ticket = TicketId::of(exception);
            let known = batch.ticket(ticket).map(|ticket| Arc::clone(&ticket.sop));
            if known.is_none() {
                let newest = newly_silent.get(&exception).or(silent.get(&exception));
                if newest.is_some_and(|newest| *newest >= version) {
                    continue;
                }
                // What disturbed nobody while it lasted does not begin to when it is over.
                let is_over = report.exception.standing != Standing::Open;
                if report.silent || (newest.is_some() && is_over) {
                    newly_silent.insert(exception, version);
                    continue;
                }
            }
            let sop = known.map_or_else(|| procedure(shelf, &report), Ok)?;
            let refused = |refusal| Error::Refused { ticket, refusal };
            let command = Command::Report { report, sop };
            batch
                .decide(ticket, command, office, now, traceparent.as_deref())
                .map_err(refused)?;
        }
        Ok(newly_silent)
    }
}

fn procedure(shelf: &Shelf, report: &Report) -> Result<Arc<Sop>, Error> {
    let scenario = &report.exception.scenario;
    shelf
        .choose(scenario)
        .cloned()
        .ok_or_else(|| Error::NoProcedure(scenario.clone()))
}
