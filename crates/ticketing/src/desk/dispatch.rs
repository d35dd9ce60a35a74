//! Gives work to people: what nobody has, and what somebody had who is away.

use std::time::Duration;

use service::{error::chain, lifecycle::Shutdown};
use sqlx::PgConnection;

use super::{Batch, Desk};
use crate::{
    domain::{
        Instant,
        absence::Absence,
        dispatch::{self, Loads},
        holder::Holder,
        id::TicketId,
        office::Office,
        step::Active,
        ticket::{Command, Refusal, Ticket},
    },
    error::Error,
    store::{
        absences,
        dispatch::{self as store, Queues},
        tickets,
    },
};

/// Pieces of work in one transaction.
const CHUNK: i64 = 200;
/// Real time after which it is looked again for what another replica left.
const RECHECK: Duration = Duration::from_secs(5);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// A step that changes hands.
struct Transfer {
    ticket: TicketId,
    step: usize,
    from: Holder,
    to: Holder,
    reason: String,
}

impl Desk {
    /// Gives some of what is to be given; false when there was nothing.
    ///
    /// Whoever gives work out does so alone, and reads how much everybody has in the transaction
    /// in which they give it, so that of itself nobody gets more than they may have.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn dispatch(&self) -> Result<bool, Error> {
        Ok(self.relieve().await? || self.give_out().await?)
    }

    /// Takes over some of what somebody had whose absence has begun.
    async fn relieve(&self) -> Result<bool, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        if absences::begun(&mut connection, self.now())
            .await?
            .is_none()
        {
            return Ok(false);
        }
        drop(connection);
        let mut transaction = self.begin().await?;
        store::lock(&mut transaction).await?;
        let now = self.now();
        let office = self.office(&mut transaction).await?;
        let Some(absence) = absences::begun(&mut transaction, now).await? else {
            return Ok(true);
        };
        let ids = match office.absences().of(&absence.login, now) {
            Some(_) => store::held_by(&mut transaction, &absence.login, CHUNK).await?,
            // It was over before anybody looked.
            None => Vec::new(),
        };
        let mut batch = self.locked(&mut transaction, &ids).await?;
        let held = batch.tickets();
        let transfers = held.flat_map(|ticket| taken_over(ticket, &absence, &office, now));
        let transfers: Vec<Transfer> = transfers.collect();
        if ids.len() < CHUNK as usize || transfers.is_empty() {
            absences::relieved(&mut transaction, &absence).await?;
        }
        carry_out(&mut batch, transfers, &office, now)?;
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        Ok(true)
    }

    /// Gives some of what nobody has to people of its team.
    async fn give_out(&self) -> Result<bool, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let queues = Queues::of(self.office(&mut connection).await?.roster());
        if store::unheld(&mut connection, &queues, 1).await?.is_empty() {
            return Ok(false);
        }
        drop(connection);
        let mut transaction = self.begin().await?;
        store::lock(&mut transaction).await?;
        let now = self.now();
        let office = self.office(&mut transaction).await?;
        let queues = Queues::of(office.roster());
        let ids = store::unheld(&mut transaction, &queues, CHUNK).await?;
        let mut batch = self.locked(&mut transaction, &ids).await?;
        let mut loads = store::loads(&mut transaction, office.roster()).await?;
        let transfers = given(batch.tickets(), &mut loads, &office, now);
        let is_any = !transfers.is_empty();
        let turns = transfers.iter().map(|it| it.to.assignee());
        let turns = turns.map(|login| (login.to_owned(), loads.of(login).turn));
        store::keep_turns(&mut transaction, &turns.collect()).await?;
        carry_out(&mut batch, transfers, &office, now)?;
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        Ok(is_any)
    }

    /// When the next absence begins.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_absence(&self) -> Result<Option<Instant>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        absences::next(&mut connection).await
    }

    /// Locks and loads tickets. A broken one is no reason to leave the others for ever.
    async fn locked(&self, conn: &mut PgConnection, ids: &[TicketId]) -> Result<Batch, Error> {
        let mut ids = ids.to_vec();
        loop {
            match tickets::lock(conn, &self.0.library, &ids).await {
                Err(error @ Error::Corrupt { ticket, .. }) if ids.contains(&ticket) => {
                    tracing::warn!(error = %chain(&error), "cannot give work of a broken ticket");
                    ids.retain(|id| *id != ticket);
                }
                locked => return Ok(Batch::of(locked?)),
            }
        }
    }
}

/// What somebody who is away holds of a ticket goes to who stands in, else to whoever has the time.
fn taken_over(ticket: &Ticket, absence: &Absence, office: &Office, now: Instant) -> Vec<Transfer> {
    let until = absence.until.to_rfc3339();
    let transfer = |(step, active): (usize, &Active)| {
        let from = active.holder.clone();
        let to = office.present(&from, now);
        let what = match to.assignee() {
            "" => format!("it is for {to} again"),
            stand_in => format!("{stand_in} stands in"),
        };
        Transfer {
            ticket: ticket.id,
            step,
            reason: format!("{} is away until {until}: {what}", absence.login),
            from,
            to,
        }
    };
    ticket.held_by(&absence.login).map(transfer).collect()
}

/// Chooses somebody for everything that nobody has, what is due first before others.
fn given<'t>(
    tickets: impl Iterator<Item = &'t Ticket>,
    loads: &mut Loads,
    office: &Office,
    now: Instant,
) -> Vec<Transfer> {
    let unheld = tickets.flat_map(|ticket| ticket.held_by("").map(move |it| (ticket, it)));
    let mut work: Vec<_> = unheld.collect();
    // What has no deadline at present comes last.
    work.sort_by_key(|(ticket, (step, active))| {
        let due = active.deadline.clock.due_at();
        (due.is_none(), due, ticket.id, *step)
    });
    let transfer = |(ticket, (step, active)): (&Ticket, (usize, &Active))| {
        let from = &active.holder;
        let team = office.roster().distributor(from)?;
        let skills = &ticket.sop.steps[step].skills;
        let choice = dispatch::choose(team, skills, loads, office, now);
        loads.give(&choice.login);
        Some(Transfer {
            ticket: ticket.id,
            step,
            from: from.clone(),
            to: from.with_team(team.0).with_assignee(&choice.login),
            reason: choice.reason,
        })
    };
    work.into_iter().filter_map(transfer).collect()
}

fn carry_out(
    batch: &mut Batch,
    transfers: Vec<Transfer>,
    office: &Office,
    now: Instant,
) -> Result<(), Error> {
    for Transfer {
        ticket,
        step,
        from,
        to,
        reason,
    } in transfers
    {
        let command = Command::Assign {
            step,
            from,
            to,
            reason,
        };
        let refused = |refusal: Refusal| Error::Refused { ticket, refusal };
        batch
            .decide(ticket, command, office, now, None)
            .map_err(refused)?;
    }
    Ok(())
}

/// Gives work to people until shutdown.
///
/// # Errors
/// Never: it answers so to be spawned beside loops that do fail.
pub async fn give_work(desk: Desk, shutdown: Shutdown) -> Result<(), Error> {
    while !shutdown.is_cancelled() {
        let (next, wait) = match rest(&desk).await {
            Ok(next) => (next, RECHECK),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "cannot give work to people, trying again");
                (None, RETRY)
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = desk.wait_for(next, &desk.0.bells.work) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    Ok(())
}

/// Gives everything that is to be given, and says when the next absence begins.
async fn rest(desk: &Desk) -> Result<Option<Instant>, Error> {
    while desk.dispatch().await? {}
    desk.next_absence().await
}
