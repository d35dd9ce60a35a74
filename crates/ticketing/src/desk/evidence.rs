//! Files that people attach to tickets.

mod spool;

use service::telemetry;
use sqlx::PgConnection;
use uuid::Uuid;

pub use spool::Spool;

use super::{Batch, Desk, acts::refused_as};
use crate::{
    domain::{
        actor::Person,
        evidence::{Attachment, Evidence, EvidenceRefusal, Limits, Removal},
        id::TicketId,
        ticket::{Act, Command, Refusal, Ticket},
    },
    error::Error,
    store::{evidence, tickets},
};

impl Desk {
    /// Says before a content comes whether it would be taken, as things stand: what there is of
    /// this id already, or nothing.
    ///
    /// # Errors
    /// As [`Desk::attach`].
    pub async fn expect_attachment(
        &self,
        wish: &Attachment,
        limits: &Limits,
    ) -> Result<Option<Evidence>, Error> {
        // As of one moment, or what is being attached under this id meanwhile looks like another's.
        let mut moment = self.look().await?;
        if let Some(known) = known(&mut moment, wish).await? {
            return Ok(Some(known));
        }
        let tickets = tickets::load(&mut moment, &self.0.library, &[wish.ticket]).await?;
        let mut batch = Batch::of(tickets);
        self.admit(&mut moment, &mut batch, wish, limits).await?;
        Ok(None)
    }

    /// Attaches a file whose content was found to be as described: its record, its content and
    /// what the ticket's history says of it, in one transaction. Asked again, it answers what
    /// there is.
    ///
    /// # Errors
    /// [`EvidenceRefusal`], [`Error::Refused`] when the person may not, [`Error::Spool`], and
    /// those of the database.
    pub async fn attach(
        &self,
        wish: &Attachment,
        limits: &Limits,
        mut content: Spool,
    ) -> Result<Evidence, Error> {
        let mut transaction = self.begin().await?;
        let locked = tickets::lock(&mut transaction, &self.0.library, &[wish.ticket]).await?;
        if let Some(known) = known(&mut transaction, wish).await? {
            return Ok(known);
        }
        let mut batch = Batch::of(locked);
        let kept = self
            .admit(&mut transaction, &mut batch, wish, limits)
            .await?;
        if !evidence::keep(&mut transaction, &kept).await? {
            return Err(EvidenceRefusal::Other(wish.id).into());
        }
        let mut ordinal = 0;
        while let Some(chunk) = content.next(evidence::CHUNK).await? {
            evidence::keep_chunk(&mut transaction, wish.id, ordinal, chunk).await?;
            ordinal += 1;
        }
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        Ok(kept)
    }

    /// Drops the content of a file. Asked again by the same person, it answers the same.
    ///
    /// # Errors
    /// [`EvidenceRefusal`], [`Error::Refused`] when the person may not, and those of the database.
    pub async fn remove_evidence(
        &self,
        id: Uuid,
        person: &Person,
        reason: &str,
    ) -> Result<Evidence, Error> {
        let found = self.evidence(id).await?;
        let mut transaction = self.begin().await?;
        let ticket = found.ticket;
        let locked = tickets::lock(&mut transaction, &self.0.library, &[ticket]).await?;
        let mut found = one(&mut transaction, id).await?;
        match found.removal {
            Some(ref removal) if removal.by == person.as_str() => return Ok(found),
            Some(removal) => return Err(EvidenceRefusal::Removed { id, removal }.into()),
            None => {}
        }
        let mut batch = Batch::of(locked);
        let act = Act::Detach {
            step: found.step.clone(),
            what: found.file.in_words(id),
            reason: reason.to_owned(),
        };
        let after = self
            .tell(&mut transaction, &mut batch, ticket, person, (act, ""))
            .await?;
        let at = after.changed_at;
        evidence::remove(&mut transaction, id, person, at, reason).await?;
        self.store(&mut transaction, batch).await?;
        self.commit(transaction).await?;
        found.removal = Some(Removal {
            by: person.as_str().to_owned(),
            at,
            reason: reason.to_owned(),
        });
        Ok(found)
    }

    /// What is or was attached to a ticket, in the order in which it was.
    ///
    /// # Errors
    /// As [`Desk::ticket`].
    pub async fn evidence_of(&self, ticket: TicketId) -> Result<Vec<Evidence>, Error> {
        self.ticket(ticket).await?;
        let mut connection = self.0.database.pool().acquire().await?;
        evidence::of_ticket(&mut connection, ticket).await
    }

    /// One by its id.
    ///
    /// # Errors
    /// [`EvidenceRefusal::Unknown`], and those of the database.
    pub async fn evidence(&self, id: Uuid) -> Result<Evidence, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        one(&mut connection, id).await
    }

    /// A chunk of the content of one. No connection is held from one to the next, so a reader may
    /// take its time.
    ///
    /// # Errors
    /// [`EvidenceRefusal::Removed`], [`Error::CorruptEvidence`], and those of the database.
    pub async fn evidence_chunk(&self, id: Uuid, ordinal: i32) -> Result<Vec<u8>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        if let Some(chunk) = evidence::chunk(&mut connection, id, ordinal).await? {
            return Ok(chunk);
        }
        let removal = one(&mut connection, id).await?.removal;
        Err(match removal {
            Some(removal) => EvidenceRefusal::Removed { id, removal }.into(),
            None => Error::CorruptEvidence {
                id,
                what: "content",
            },
        })
    }

    /// Decides that a file is attached, and answers what there will be of it.
    async fn admit(
        &self,
        conn: &mut PgConnection,
        batch: &mut Batch,
        wish: &Attachment,
        limits: &Limits,
    ) -> Result<Evidence, Error> {
        let act = Act::Attach {
            step: wish.step.clone(),
            what: wish.file.in_words(wish.id),
        };
        let told = (act, wish.note.as_str());
        let after = self
            .tell(conn, batch, wish.ticket, &wish.person, told)
            .await?;
        limits.admit(&evidence::of_ticket(conn, wish.ticket).await?, wish)?;
        let current = || after.step().name.clone();
        Ok(Evidence {
            id: wish.id,
            ticket: wish.ticket,
            step: wish.step.clone().unwrap_or_else(current),
            file: wish.file.clone(),
            note: wish.note.clone(),
            attached_by: wish.person.as_str().to_owned(),
            attached_at: after.changed_at,
            removal: None,
        })
    }

    /// Has the ticket's history tell of it, and answers the ticket after it.
    async fn tell(
        &self,
        conn: &mut PgConnection,
        batch: &mut Batch,
        ticket: TicketId,
        person: &Person,
        (act, note): (Act, &str),
    ) -> Result<Ticket, Error> {
        let office = self.office(conn).await?;
        let command = Command::Act {
            person: person.clone(),
            seen: None,
            act,
            note: note.to_owned(),
        };
        let traceparent = telemetry::traceparent();
        match batch.decide(ticket, command, &office, self.now(), traceparent.as_deref()) {
            Ok(()) => {}
            Err(refusal) => return Err(refused_as(conn, ticket, refusal).await?),
        }
        let refusal = Refusal::Unknown;
        let after = batch.ticket(ticket).cloned();
        after.ok_or(Error::Refused { ticket, refusal })
    }
}

async fn one(conn: &mut PgConnection, id: Uuid) -> Result<Evidence, Error> {
    let found = evidence::get(conn, id).await?;
    Ok(found.ok_or(EvidenceRefusal::Unknown(id))?)
}

/// What there is of this id, when it is what is wished.
async fn known(conn: &mut PgConnection, wish: &Attachment) -> Result<Option<Evidence>, Error> {
    let Some(known) = evidence::get(conn, wish.id).await? else {
        return Ok(None);
    };
    if !known.is_of(wish) {
        return Err(EvidenceRefusal::Other(wish.id).into());
    }
    match known.removal {
        Some(removal) => Err(EvidenceRefusal::Removed {
            id: wish.id,
            removal,
        }
        .into()),
        None => Ok(Some(known)),
    }
}
