//! `orderwatch quarantine`: records that could not be understood.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contracts::ingest::v1 as wire;

use super::get::every_row;
use crate::cli::{Actor, Global};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::progress::note;
use crate::resource::Quarantined;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List quarantined records with the reason of each.
    List(Filter),
    /// Show one record.
    Show {
        /// The record's id.
        id: String,
    },
    /// Map records again, with the stored or a mended mapping.
    Replay {
        /// The records' ids; none means all that the other options select.
        ids: Vec<String>,
        /// Only of this source.
        #[arg(long, default_value = "")]
        source: String,
        /// The mended mapping file.
        #[arg(long)]
        mapping: Option<PathBuf>,
        #[command(flatten)]
        actor: Actor,
    },
    /// Give records up.
    Discard {
        /// The records' ids.
        #[arg(required = true)]
        ids: Vec<String>,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        actor: Actor,
    },
}

/// Which records.
#[derive(Debug, Default, Args)]
struct Filter {
    /// Only of this source.
    #[arg(long, default_value = "")]
    source: String,
    /// Only of this mapping.
    #[arg(long, default_value = "")]
    mapping: String,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    match arguments.act {
        Act::List(filter) => output::list(global.output, &list(&connection, &filter).await?),
        Act::Show { id } => output::one(global.output, &show(&connection, &id).await?),
        Act::Replay {
            ids,
            source,
            mapping,
            actor,
        } => {
            let mapping_yaml = match &mapping {
                Some(path) => std::fs::read_to_string(path)
                    .map_err(|error| Failure::file(path, "read", &error))?,
                None => String::new(),
            };
            let request = wire::ReplayQuarantineRequest {
                ids,
                source,
                mapping_yaml,
                actor: actor.login(),
            };
            let still = replay(&connection, request).await?;
            output::list(global.output, &still)
        }
        Act::Discard { ids, reason, actor } => {
            let request = wire::DiscardQuarantineRequest {
                ids,
                actor: actor.login(),
                reason,
            };
            let answer = connection
                .call(
                    Service::Ingest,
                    &connection.ingest(),
                    request,
                    async |mut client, request| client.discard_quarantine(request).await,
                )
                .await?;
            note(&format!("{} records discarded", answer.discarded));
            Ok(())
        }
    }
}

async fn list(connection: &Connection, filter: &Filter) -> Result<Vec<Quarantined>, Failure> {
    every_row(
        connection,
        Service::Ingest,
        connection.ingest(),
        |page_size, page_token| wire::ListQuarantineRequest {
            source: filter.source.clone(),
            mapping: filter.mapping.clone(),
            page_size,
            page_token,
        },
        async |mut client, request| {
            let answer = client.list_quarantine(request).await?;
            Ok(answer.map(|page| (page.records, page.next_page_token)))
        },
    )
    .await
}

async fn show(connection: &Connection, id: &str) -> Result<Quarantined, Failure> {
    list(connection, &Filter::default())
        .await?
        .into_iter()
        .find(|record| record.id == id)
        .ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("no record {id} is in quarantine"))
                .at(connection.place(Service::Ingest))
                .remedy("list them with `orderwatch quarantine list`")
        })
}

async fn replay(
    connection: &Connection,
    request: wire::ReplayQuarantineRequest,
) -> Result<Vec<Quarantined>, Failure> {
    let answer = connection
        .call(
            Service::Ingest,
            &connection.ingest(),
            request,
            async |mut client, request| client.replay_quarantine(request).await,
        )
        .await?;
    let still: Vec<Quarantined> = answer
        .still_quarantined
        .into_iter()
        .map(Quarantined::from)
        .collect();
    note(&format!(
        "{} records replayed, {} facts, {} still in quarantine",
        answer.replayed,
        answer.facts,
        still.len()
    ));
    Ok(still)
}
