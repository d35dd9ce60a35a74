//! `orderwatch bulk`: one act on many tickets.

mod act;

use std::time::Duration;

use clap::{Args, Subcommand};
use contracts::ticketing::v1 as wire;
use contracts::ticketing::v1::bulk_service_client::BulkServiceClient;
use tonic::Response;
use tonic::transport::Channel;
use uuid::Uuid;

use super::get::every_row;
use crate::cli::{Actor, Global};
use crate::connection::Client;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::progress::{Progress, note};
use crate::resource::{Bulk, BulkItem};
use act::Act;

/// How often it is asked how far one is.
const LOOK: Duration = Duration::from_millis(300);

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Do something with many tickets, and wait until it is done.
    Start(Start),
    /// Show how far one is.
    Show {
        /// Its id.
        id: String,
    },
    /// List what became of its tickets.
    Items {
        /// Its id.
        id: String,
        /// Only of those that refused.
        #[arg(long)]
        refused: bool,
    },
    /// Take back what can be taken back: claims, handing over, pauses and putting aside.
    Undo {
        /// Its id.
        id: String,
        /// What to remember beside it.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        actor: Actor,
    },
}

#[derive(Debug, Args)]
struct Start {
    #[command(flatten)]
    choice: Choice,
    /// Only say what would be refused.
    #[arg(long)]
    dry_run: bool,
    /// Do not wait for the end.
    #[arg(long)]
    detach: bool,
    /// Id, a UUID; sent again, the same is not begun again [default: a new one].
    #[arg(long)]
    id: Option<Uuid>,
    /// What to remember beside it.
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    actor: Actor,
    #[command(subcommand)]
    act: Act,
}

/// Which tickets.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Choice {
    /// These; may be given several times.
    #[arg(long = "ticket", value_name = "ID")]
    tickets: Vec<String>,
    /// All that pass a filter, such as 'department = warehouse AND overdue'.
    #[arg(long)]
    filter: Option<String>,
    /// Those of a case or an incident that are open.
    #[arg(long, value_name = "ID")]
    group: Option<String>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let bulks = Bulks(global.connection().bulks());
    match arguments.verb {
        Verb::Start(start) => bulks.start(global, start).await,
        Verb::Show { id } => shown(global, bulks.get(&id).await?),
        Verb::Items { id, refused } => {
            output::list(global.output, &bulks.items(&id, refused).await?)
        }
        Verb::Undo { id, note, actor } => {
            let request = wire::UndoBulkRequest {
                bulk_id: id,
                actor: actor.login(),
                note,
            };
            let answer = bulks
                .0
                .call(request, async |mut client, request| {
                    client.undo_bulk(request).await
                })
                .await?;
            let begun = there(answer.bulk)?;
            shown(global, bulks.followed(begun).await?)
        }
    }
}

struct Bulks(Client<BulkServiceClient<Channel>>);

impl Bulks {
    async fn start(&self, global: &Global, start: Start) -> Result<(), Failure> {
        let target = |ticket_id| wire::BulkTarget {
            ticket_id,
            etag: String::new(),
        };
        let request = wire::StartBulkRequest {
            bulk_id: start.id.unwrap_or_else(Uuid::now_v7).to_string(),
            actor: start.actor.login(),
            note: start.note,
            act: Some(start.act.into()),
            targets: start.choice.tickets.into_iter().map(target).collect(),
            filter: start.choice.filter.unwrap_or_default(),
            group_id: start.choice.group.unwrap_or_default(),
            dry_run: start.dry_run,
        };
        let answer = self
            .0
            .call(request, async |mut client, request| {
                client.start_bulk(request).await
            })
            .await?;
        let begun = there(answer.bulk)?;
        if start.dry_run {
            note(&format!(
                "{} of {} tickets would refuse",
                begun.refused, begun.total
            ));
            let refusals = answer.refusals.into_iter().map(BulkItem::from);
            return output::list(global.output, &refusals.collect::<Vec<_>>());
        }
        if start.detach {
            return shown(global, begun);
        }
        shown(global, self.followed(begun).await?)
    }

    async fn get(&self, id: &str) -> Result<wire::Bulk, Failure> {
        let request = wire::GetBulkRequest {
            bulk_id: id.to_owned(),
        };
        there(
            self.0
                .call(request, async |mut client, request| {
                    client.get_bulk(request).await
                })
                .await?
                .bulk,
        )
    }

    /// What became of its tickets.
    async fn items(&self, id: &str, refused: bool) -> Result<Vec<BulkItem>, Failure> {
        let state = match refused {
            true => wire::BulkItemState::Refused,
            false => wire::BulkItemState::Unspecified,
        };
        let request = |page_size, page_token| wire::ListBulkItemsRequest {
            bulk_id: id.to_owned(),
            state: state.into(),
            page_size,
            page_token,
        };
        let method = async |mut client: BulkServiceClient<Channel>, request| {
            let answer = client.list_bulk_items(request).await?.into_inner();
            Ok(Response::new((answer.items, answer.next_page_token)))
        };
        every_row(&self.0, request, method).await
    }

    /// Follows one to its end.
    async fn followed(&self, mut bulk: wire::Bulk) -> Result<wire::Bulk, Failure> {
        let total = u64::try_from(bulk.total).unwrap_or_default();
        let progress = Progress::new(&bulk.act, total, "tickets");
        while bulk.ended_at.is_none() {
            tokio::time::sleep(LOOK).await;
            bulk = self.get(&bulk.id).await?;
            progress.set(u64::try_from(bulk.done + bulk.refused).unwrap_or_default());
        }
        progress.finish();
        if bulk.refused > 0 {
            note(&format!(
                "{} tickets refused: orderwatch bulk items --refused {}",
                bulk.refused, bulk.id
            ));
        }
        Ok(bulk)
    }
}

fn there(bulk: Option<wire::Bulk>) -> Result<wire::Bulk, Failure> {
    bulk.ok_or_else(|| {
        Failure::new(
            Exit::Internal,
            "ticketing answered without a bulk operation",
        )
    })
}

fn shown(global: &Global, bulk: wire::Bulk) -> Result<(), Failure> {
    output::list(global.output, &[Bulk::from(bulk)])
}
