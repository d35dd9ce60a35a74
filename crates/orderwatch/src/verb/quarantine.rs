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
use crate::resource::{QuarantineGroup, Quarantined};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Show what is in quarantine by source and reason, the largest groups first.
    Groups(Filter),
    /// List quarantined records with the reason of each.
    List {
        #[command(flatten)]
        filter: Filter,
        /// Only of this group.
        #[arg(long, default_value = "")]
        group: String,
    },
    /// Show one record.
    Show {
        /// The record's id.
        id: String,
    },
    /// Map records again, with the stored or a mended mapping.
    Replay {
        /// The records' ids; none means all that the other options select.
        ids: Vec<String>,
        #[command(flatten)]
        filter: Filter,
        /// Only of this group.
        #[arg(long, default_value = "")]
        group: String,
        /// The mended mapping file.
        #[arg(long)]
        mapping: Option<PathBuf>,
        #[command(flatten)]
        actor: Actor,
    },
    /// Give records up.
    Discard {
        /// The records' ids.
        #[arg(required_unless_present = "group", conflicts_with = "group")]
        ids: Vec<String>,
        /// All records of this group.
        #[arg(long, default_value = "", hide_default_value = true)]
        group: String,
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
    /// Only of this connector or mapping.
    #[arg(long, default_value = "")]
    connector: String,
    /// Only of this dataset or file.
    #[arg(long, default_value = "")]
    dataset: String,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    match arguments.act {
        Act::Groups(filter) => output::list(global.output, &groups(&connection, filter).await?),
        Act::List { filter, group } => {
            let request = wire::ListQuarantineRequest {
                source: filter.source,
                mapping: filter.connector,
                dataset: filter.dataset,
                group,
                ..wire::ListQuarantineRequest::default()
            };
            output::list(global.output, &list(&connection, &request).await?)
        }
        Act::Show { id } => output::one(global.output, &show(&connection, &id).await?),
        Act::Replay {
            ids,
            filter,
            group,
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
                source: filter.source,
                mapping: filter.connector,
                dataset: filter.dataset,
                group,
                mapping_yaml,
                actor: actor.login(),
            };
            let still = replay(&connection, request).await?;
            output::list(global.output, &still)
        }
        Act::Discard {
            ids,
            group,
            reason,
            actor,
        } => {
            let request = wire::DiscardQuarantineRequest {
                ids,
                group,
                actor: actor.login(),
                reason,
            };
            let answer = connection
                .ingest()
                .call(request, async |mut client, request| {
                    client.discard_quarantine(request).await
                })
                .await?;
            note(&format!(
                "{} records discarded{}",
                answer.discarded,
                passed_over(answer.left)
            ));
            Ok(())
        }
    }
}

async fn groups(connection: &Connection, filter: Filter) -> Result<Vec<QuarantineGroup>, Failure> {
    let request = wire::ListQuarantineGroupsRequest {
        source: filter.source,
        mapping: filter.connector,
        dataset: filter.dataset,
    };
    let answer = connection
        .ingest()
        .call(request, async |mut client, request| {
            client.list_quarantine_groups(request).await
        })
        .await?;
    note(&format!(
        "{} records for {} reasons",
        answer.total_records, answer.total_groups
    ));
    Ok(answer
        .groups
        .into_iter()
        .map(QuarantineGroup::from)
        .collect())
}

async fn list(
    connection: &Connection,
    wanted: &wire::ListQuarantineRequest,
) -> Result<Vec<Quarantined>, Failure> {
    every_row(
        &connection.ingest(),
        |page_size, page_token| wire::ListQuarantineRequest {
            page_size,
            page_token,
            ..wanted.clone()
        },
        async |mut client, request| {
            let answer = client.list_quarantine(request).await?;
            Ok(answer.map(|page| (page.records, page.next_page_token)))
        },
    )
    .await
}

async fn show(connection: &Connection, id: &str) -> Result<Quarantined, Failure> {
    let request = wire::ListQuarantineRequest {
        ids: vec![id.to_owned()],
        ..wire::ListQuarantineRequest::default()
    };
    list(connection, &request)
        .await?
        .into_iter()
        .next()
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
        .ingest()
        .call(request, async |mut client, request| {
            client.replay_quarantine(request).await
        })
        .await?;
    let still: Vec<Quarantined> = answer
        .still_quarantined
        .into_iter()
        .map(Quarantined::from)
        .collect();
    note(&format!(
        "{} records replayed, {} facts, {} still in quarantine{}",
        answer.replayed,
        answer.facts,
        answer.still_total,
        passed_over(answer.left)
    ));
    Ok(still)
}

fn passed_over(left: i64) -> String {
    match left {
        0 => String::new(),
        left => format!("; {left} passed over, as somebody else works on them"),
    }
}
