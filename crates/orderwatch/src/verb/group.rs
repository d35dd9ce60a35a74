//! `orderwatch group`: tickets that belong together.

use clap::{Args, Subcommand, ValueEnum};
use contracts::ticketing::v1 as wire;
use contracts::ticketing::v1::group_service_client::GroupServiceClient;
use tonic::Response;
use tonic::transport::Channel;
use uuid::Uuid;

use super::get::every_row;
use crate::cli::{Actor, Global};
use crate::connection::Client;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::progress::note;
use crate::resource::Group;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Put tickets together.
    Open {
        /// Why they belong together.
        kind: Kind,
        /// What it is about.
        #[arg(long)]
        title: String,
        /// A ticket; may be given several times.
        #[arg(long = "ticket", value_name = "ID", required = true)]
        tickets: Vec<String>,
        /// Id, a UUID; sent again, no other is opened [default: a new one].
        #[arg(long)]
        id: Option<Uuid>,
        #[command(flatten)]
        actor: Actor,
    },
    /// Show one.
    Show {
        /// Its id.
        id: String,
    },
    /// Add tickets, or take them out.
    Regroup {
        #[command(flatten)]
        change: Change,
        /// A ticket to add; may be given several times.
        #[arg(long, value_name = "ID")]
        add: Vec<String>,
        /// A ticket to take out; may be given several times.
        #[arg(long, value_name = "ID")]
        remove: Vec<String>,
    },
    /// Have somebody else answer for it as a whole.
    Assign {
        #[command(flatten)]
        change: Change,
        /// The department.
        #[arg(long, value_name = "DEPARTMENT")]
        to: String,
        /// The person there.
        #[arg(long, default_value = "")]
        assignee: String,
    },
    /// Close it.
    Close {
        #[command(flatten)]
        change: Change,
        /// How it ended.
        #[arg(long)]
        reason: String,
        /// Resolve its open tickets as well.
        #[arg(long)]
        resolve: bool,
    },
}

#[derive(Debug, Args)]
struct Change {
    /// Its id.
    id: String,
    #[command(flatten)]
    actor: Actor,
    /// Refuse unless the group is still as when this etag was read [default: as it is now].
    #[arg(long)]
    etag: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// Several tickets of one order.
    Case,
    /// Tickets of many orders, with one cause.
    Incident,
}

/// Which groups to list.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only of this kind.
    #[arg(long)]
    kind: Option<Kind>,
    /// Only those that are not closed.
    #[arg(long)]
    open: bool,
    /// Only those with this ticket.
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
}

impl From<Kind> for wire::GroupKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Case => Self::Case,
            Kind::Incident => Self::Incident,
        }
    }
}

pub(crate) async fn list(global: &Global, filter: Filter) -> Result<(), Failure> {
    let connection = global.connection();
    let kind = filter.kind.map_or(wire::GroupKind::Unspecified, Kind::into);
    let request = |page_size, page_token| wire::ListGroupsRequest {
        kind: kind.into(),
        open_only: filter.open,
        ticket_id: filter.ticket.clone().unwrap_or_default(),
        page_size,
        page_token,
    };
    let method = async |mut client: GroupServiceClient<Channel>, request| {
        let answer = client.list_groups(request).await?.into_inner();
        Ok(Response::new((answer.groups, answer.next_page_token)))
    };
    let client = connection.groups();
    let rows: Vec<Group> = every_row(&client, request, method).await?;
    output::list(global.output, &rows)
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let groups = Groups(global.connection().groups());
    let group = match arguments.verb {
        Verb::Show { id } => groups.get(&id).await?,
        Verb::Open {
            kind,
            title,
            tickets,
            id,
            actor,
        } => {
            let request = wire::OpenGroupRequest {
                group_id: id.unwrap_or_else(Uuid::now_v7).to_string(),
                kind: wire::GroupKind::from(kind).into(),
                title,
                actor: actor.login(),
                ticket_ids: tickets,
            };
            there(
                groups
                    .0
                    .call(request, async |mut client, request| {
                        client.open_group(request).await
                    })
                    .await?
                    .group,
            )?
        }
        Verb::Regroup {
            change,
            add,
            remove,
        } => {
            let request = wire::RegroupTicketsRequest {
                etag: groups.etag(&change).await?,
                group_id: change.id,
                actor: change.actor.login(),
                add,
                remove,
            };
            there(
                groups
                    .0
                    .call(request, async |mut client, request| {
                        client.regroup_tickets(request).await
                    })
                    .await?
                    .group,
            )?
        }
        Verb::Assign {
            change,
            to: department,
            assignee,
        } => {
            let request = wire::AssignGroupRequest {
                etag: groups.etag(&change).await?,
                group_id: change.id,
                actor: change.actor.login(),
                department,
                assignee,
            };
            there(
                groups
                    .0
                    .call(request, async |mut client, request| {
                        client.assign_group(request).await
                    })
                    .await?
                    .group,
            )?
        }
        Verb::Close {
            change,
            reason,
            resolve,
        } => groups.close(change, reason, resolve).await?,
    };
    output::list(global.output, &[Group::from(group)])
}

struct Groups(Client<GroupServiceClient<Channel>>);

impl Groups {
    async fn get(&self, id: &str) -> Result<wire::Group, Failure> {
        let request = wire::GetGroupRequest {
            group_id: id.to_owned(),
        };
        there(
            self.0
                .call(request, async |mut client, request| {
                    client.get_group(request).await
                })
                .await?
                .group,
        )
    }

    async fn close(
        &self,
        change: Change,
        reason: String,
        resolve: bool,
    ) -> Result<wire::Group, Failure> {
        let request = wire::CloseGroupRequest {
            etag: self.etag(&change).await?,
            group_id: change.id,
            actor: change.actor.login(),
            reason,
            resolve,
        };
        let answer = self
            .0
            .call(request, async |mut client, request| {
                client.close_group(request).await
            })
            .await?;
        if !answer.bulk_id.is_empty() {
            note(&format!(
                "its tickets are being resolved: orderwatch bulk show {}",
                answer.bulk_id
            ));
        }
        there(answer.group)
    }

    /// The etag given, else that of the group as it is now.
    async fn etag(&self, change: &Change) -> Result<String, Failure> {
        match &change.etag {
            Some(etag) => Ok(etag.clone()),
            None => Ok(self.get(&change.id).await?.etag),
        }
    }
}

fn there(group: Option<wire::Group>) -> Result<wire::Group, Failure> {
    group.ok_or_else(|| Failure::new(Exit::Internal, "ticketing answered without a group"))
}
