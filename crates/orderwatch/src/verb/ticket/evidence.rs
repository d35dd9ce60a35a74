//! Files attached to tickets: sent, listed, fetched, removed.

mod file;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contracts::ticketing::v1 as wire;

use crate::cli::{Actor, Global};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::resource::Evidence;
use file::{Outgoing, Target};

/// What is done with evidence.
#[derive(Debug, Subcommand)]
pub(super) enum EvidenceVerb {
    /// Attach a file as evidence.
    Attach(Attach),
    /// List what is or was attached to a ticket.
    Evidence {
        /// The ticket's id.
        ticket: String,
    },
    /// Fetch a file that is attached to a ticket.
    Fetch {
        /// The evidence's id.
        evidence: String,
        /// Where to write it; what is there already is left as it is.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Write over what is there already.
        #[arg(long)]
        overwrite: bool,
    },
    /// Remove the content of one; who attached it stays on record. A supervisor's right.
    RemoveEvidence {
        /// The evidence's id.
        evidence: String,
        #[command(flatten)]
        actor: Actor,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Attach {
    /// The ticket's id.
    ticket: String,
    /// The file.
    file: PathBuf,
    #[command(flatten)]
    actor: Actor,
    /// What to remember beside it.
    #[arg(long, default_value = "")]
    note: String,
    /// The step that it is about [default: the one that is answered for].
    #[arg(long, default_value = "")]
    step: String,
    /// What its content is; for text in another encoding than UTF-8, such as
    /// `text/csv; charset=gb18030` [default: as it looks].
    #[arg(long = "type", value_name = "MEDIA-TYPE")]
    media_type: Option<String>,
}

pub(super) async fn run(global: &Global, verb: EvidenceVerb) -> Result<(), Failure> {
    let connection = global.connection();
    match verb {
        EvidenceVerb::Attach(it) => {
            let attached = attach(&connection, it).await?;
            output::one(global.output, &there(&connection, attached)?)
        }
        EvidenceVerb::Evidence { ticket } => {
            let rows = list(&connection, ticket).await?;
            output::list(global.output, &rows)
        }
        EvidenceVerb::Fetch {
            evidence,
            to,
            overwrite,
        } => {
            let fetched = fetch(&connection, evidence, Target::new(to, overwrite)?).await?;
            output::one(global.output, &fetched)
        }
        EvidenceVerb::RemoveEvidence {
            evidence,
            actor,
            reason,
        } => {
            let removed = remove(&connection, evidence, actor, reason).await?;
            output::one(global.output, &there(&connection, removed)?)
        }
    }
}

/// Sends a file; again under the same id while the server is away, so that it is attached once.
async fn attach(connection: &Connection, it: Attach) -> Result<Option<wire::Evidence>, Failure> {
    let outgoing = Outgoing::read(&it.file).await?;
    let header = wire::EvidenceHeader {
        evidence_id: uuid::Uuid::now_v7().to_string(),
        ticket_id: it.ticket,
        actor: it.actor.login(),
        note: it.note,
        step: it.step,
        file_name: outgoing.name.clone(),
        media_type: it.media_type.unwrap_or_else(|| outgoing.media_type.clone()),
        size: outgoing.size,
        sha256: outgoing.sha256.clone(),
    };
    let outgoing = &outgoing;
    let answer = connection
        .unhurried()
        .evidence()
        .insist(header, async |mut client, header| {
            client.attach_evidence(outgoing.messages(header)).await
        })
        .await?;
    Ok(answer.evidence)
}

async fn list(connection: &Connection, ticket_id: String) -> Result<Vec<Evidence>, Failure> {
    let answer = connection
        .unhurried()
        .evidence()
        .call(
            wire::ListEvidenceRequest { ticket_id },
            async |mut client, request| client.list_evidence(request).await,
        )
        .await?;
    Ok(answer.evidence.into_iter().map(Evidence::from).collect())
}

async fn fetch(
    connection: &Connection,
    evidence_id: String,
    target: Target,
) -> Result<Evidence, Failure> {
    let mut answer = connection
        .unhurried()
        .evidence()
        .call(
            wire::ReadEvidenceRequest { evidence_id },
            async |mut client, request| client.read_evidence(request).await,
        )
        .await?;
    let place = connection.place(Service::Ticketing);
    let mut incoming = target.begin()?;
    loop {
        let message = answer.message().await;
        match message.map_err(|status| Failure::from_status(&place, &status))? {
            Some(message) => incoming.take(message)?,
            None => return incoming.keep().map(Evidence::from),
        }
    }
}

async fn remove(
    connection: &Connection,
    evidence_id: String,
    actor: Actor,
    reason: String,
) -> Result<Option<wire::Evidence>, Failure> {
    let request = wire::RemoveEvidenceRequest {
        evidence_id,
        actor: actor.login(),
        reason,
    };
    let answer = connection
        .unhurried()
        .evidence()
        .call(request, async |mut client, request| {
            client.remove_evidence(request).await
        })
        .await?;
    Ok(answer.evidence)
}

fn there(connection: &Connection, evidence: Option<wire::Evidence>) -> Result<Evidence, Failure> {
    let missing = || {
        Failure::new(Exit::Internal, "the answer holds no evidence")
            .at(connection.place(Service::Ticketing))
    };
    evidence.map(Evidence::from).ok_or_else(missing)
}
