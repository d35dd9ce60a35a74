//! `orderwatch ticket`: what people do with a ticket.

use clap::{Args, Subcommand};
use contracts::ticketing::v1 as wire;
use contracts::ticketing::v1::ticket_service_client::TicketServiceClient;
use tonic::transport::Channel;
use tonic::{Response, Status};

use crate::cli::{Actor, Global};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::resource::Ticket;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Show a ticket with its procedure and who answered for it.
    Show {
        /// The ticket's id.
        ticket: String,
    },
    /// Say that somebody works on it: stops the escalation.
    #[command(visible_alias = "acknowledge")]
    Ack {
        #[command(flatten)]
        change: Change,
        /// What to remember beside it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Complete a step of its procedure.
    Complete {
        #[command(flatten)]
        change: Change,
        /// The step [default: the one that is worked on].
        #[arg(long)]
        step: Option<String>,
        /// How it went; some procedures go on differently by outcome.
        #[arg(long, default_value = "")]
        outcome: String,
        /// What to remember beside it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Make another department accountable.
    HandOver {
        #[command(flatten)]
        change: Change,
        /// The department that answers from now on.
        #[arg(long, value_name = "DEPARTMENT")]
        to: String,
        /// The person there.
        #[arg(long, default_value = "")]
        assignee: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Close it.
    Resolve {
        #[command(flatten)]
        change: Change,
        /// How it was resolved.
        #[arg(long)]
        reason: String,
    },
    /// Write something beside it.
    Comment {
        /// The ticket's id.
        ticket: String,
        /// What to remember.
        note: String,
        #[command(flatten)]
        actor: Actor,
    },
}

/// What every change of a ticket carries.
#[derive(Debug, Args)]
struct Change {
    /// The ticket's id.
    ticket: String,
    #[command(flatten)]
    actor: Actor,
    /// Refuse unless the ticket is still as when this etag was read
    /// [default: as it is now].
    #[arg(long)]
    etag: Option<String>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let desk = Desk {
        connection: global.connection(),
    };
    let ticket = desk.act(arguments.act).await?;
    output::one(global.output, &Ticket::from(ticket))
}

/// A request whose answer holds the ticket as it then is.
trait Request: Clone {
    async fn send(
        self,
        client: TicketServiceClient<Channel>,
    ) -> Result<Response<Option<wire::Ticket>>, Status>;
}

macro_rules! requests {
    ($($request:ident => $method:ident,)+) => {$(
        impl Request for wire::$request {
            async fn send(
                self,
                mut client: TicketServiceClient<Channel>,
            ) -> Result<Response<Option<wire::Ticket>>, Status> {
                let answer = client.$method(self).await?;
                Ok(answer.map(|answer| answer.ticket))
            }
        }
    )+};
}

requests! {
    GetTicketRequest => get_ticket,
    AcknowledgeTicketRequest => acknowledge_ticket,
    CompleteStepRequest => complete_step,
    HandOverTicketRequest => hand_over_ticket,
    ResolveTicketRequest => resolve_ticket,
    CommentTicketRequest => comment_ticket,
}

/// Which ticket is changed, by whom, and the state that they saw it in.
struct Stamp {
    ticket_id: String,
    actor: String,
    etag: String,
}

struct Desk {
    connection: Connection,
}

impl Desk {
    async fn act(&self, act: Act) -> Result<wire::Ticket, Failure> {
        match act {
            Act::Show { ticket } => self.read(&ticket).await,
            Act::Ack { change, note } => {
                let Stamp {
                    ticket_id,
                    actor,
                    etag,
                } = self.stamp(change).await?;
                self.call(wire::AcknowledgeTicketRequest {
                    ticket_id,
                    actor,
                    note,
                    etag,
                })
                .await
            }
            Act::Complete {
                change,
                step,
                outcome,
                note,
            } => self.complete(change, step, outcome, note).await,
            Act::HandOver {
                change,
                to: to_department,
                assignee: to_assignee,
                reason,
            } => {
                let Stamp {
                    ticket_id,
                    actor,
                    etag,
                } = self.stamp(change).await?;
                self.call(wire::HandOverTicketRequest {
                    ticket_id,
                    to_department,
                    to_assignee,
                    actor,
                    reason,
                    etag,
                })
                .await
            }
            Act::Resolve { change, reason } => {
                let Stamp {
                    ticket_id,
                    actor,
                    etag,
                } = self.stamp(change).await?;
                self.call(wire::ResolveTicketRequest {
                    ticket_id,
                    actor,
                    reason,
                    etag,
                })
                .await
            }
            Act::Comment {
                ticket: ticket_id,
                note,
                actor,
            } => {
                let actor = actor.login();
                self.call(wire::CommentTicketRequest {
                    ticket_id,
                    actor,
                    note,
                })
                .await
            }
        }
    }

    async fn complete(
        &self,
        mut change: Change,
        step: Option<String>,
        outcome: String,
        note: String,
    ) -> Result<wire::Ticket, Failure> {
        let step = match step {
            Some(step) => step,
            None => {
                let present = self.read(&change.ticket).await?;
                let step = current_step(&present)?;
                // That step is the current one of this state, and of no later one.
                change.etag.get_or_insert(present.etag);
                step
            }
        };
        let Stamp {
            ticket_id,
            actor,
            etag,
        } = self.stamp(change).await?;
        self.call(wire::CompleteStepRequest {
            ticket_id,
            step,
            outcome,
            actor,
            note,
            etag,
        })
        .await
    }

    async fn read(&self, ticket: &str) -> Result<wire::Ticket, Failure> {
        let ticket_id = ticket.to_owned();
        self.call(wire::GetTicketRequest { ticket_id }).await
    }

    /// Takes the etag given, else the ticket's present one.
    async fn stamp(&self, change: Change) -> Result<Stamp, Failure> {
        let etag = match change.etag {
            Some(etag) => etag,
            None => self.read(&change.ticket).await?.etag,
        };
        Ok(Stamp {
            ticket_id: change.ticket,
            actor: change.actor.login(),
            etag,
        })
    }

    async fn call(&self, request: impl Request) -> Result<wire::Ticket, Failure> {
        let client = self.connection.tickets();
        let send = async |client, request| Request::send(request, client).await;
        let ticket = self
            .connection
            .call(Service::Ticketing, &client, request, send)
            .await?;
        ticket.ok_or_else(|| {
            Failure::new(Exit::Internal, "the answer holds no ticket")
                .at(self.connection.place(Service::Ticketing))
        })
    }
}

fn current_step(ticket: &wire::Ticket) -> Result<String, Failure> {
    usize::try_from(ticket.current_step)
        .ok()
        .and_then(|index| ticket.steps.get(index))
        .filter(|step| step.state() == wire::StepState::Active)
        .map(|step| step.name.clone())
        .ok_or_else(|| {
            Failure::new(
                Exit::FailedPrecondition,
                format!("no step of ticket {} is worked on", ticket.id),
            )
            .remedy("name the step with --step")
        })
}
