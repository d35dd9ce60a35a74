//! `orderwatch ticket`: what people do with a ticket.

use clap::{Args, Subcommand};
use contracts::ticketing::v1 as wire;

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
        /// The ticket's id.
        ticket: String,
        /// What to remember beside it.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        change: Change,
    },
    /// Complete a step of its procedure.
    Complete {
        /// The ticket's id.
        ticket: String,
        /// The step [default: the one that is worked on].
        #[arg(long)]
        step: Option<String>,
        /// How it went; some procedures go on differently by outcome.
        #[arg(long, default_value = "")]
        outcome: String,
        /// What to remember beside it.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        change: Change,
    },
    /// Make another department accountable.
    HandOver {
        /// The ticket's id.
        ticket: String,
        /// The department that answers from now on.
        #[arg(long, value_name = "DEPARTMENT")]
        to: String,
        /// The person there.
        #[arg(long, default_value = "")]
        assignee: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        change: Change,
    },
    /// Close it.
    Resolve {
        /// The ticket's id.
        ticket: String,
        /// How it was resolved.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        change: Change,
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
    let ticket = match arguments.act {
        Act::Show { ticket } => desk.read(&ticket).await?,
        Act::Ack {
            ticket,
            note,
            change,
        } => desk.acknowledge(ticket, note, change).await?,
        Act::Complete {
            ticket,
            step,
            outcome,
            note,
            change,
        } => desk.complete(ticket, step, outcome, note, change).await?,
        Act::HandOver {
            ticket,
            to,
            assignee,
            reason,
            change,
        } => desk.hand_over(ticket, to, assignee, reason, change).await?,
        Act::Resolve {
            ticket,
            reason,
            change,
        } => desk.resolve(ticket, reason, change).await?,
        Act::Comment {
            ticket,
            note,
            actor,
        } => desk.comment(ticket, note, &actor).await?,
    };
    output::one(global.output, &Ticket::from(ticket))
}

struct Desk {
    connection: Connection,
}

impl Desk {
    async fn read(&self, ticket_id: &str) -> Result<wire::Ticket, Failure> {
        let request = wire::GetTicketRequest {
            ticket_id: ticket_id.to_owned(),
        };
        let answer = self
            .connection
            .call(
                Service::Ticketing,
                &self.connection.tickets(),
                request,
                async |mut client, request| client.get_ticket(request).await,
            )
            .await?;
        self.answered(answer.ticket)
    }

    /// The etag to send: the one given, else the ticket's present one.
    async fn etag(&self, ticket_id: &str, change: &Change) -> Result<String, Failure> {
        match &change.etag {
            Some(etag) => Ok(etag.clone()),
            None => Ok(self.read(ticket_id).await?.etag),
        }
    }

    async fn acknowledge(
        &self,
        ticket_id: String,
        note: String,
        change: Change,
    ) -> Result<wire::Ticket, Failure> {
        let etag = self.etag(&ticket_id, &change).await?;
        let actor = change.actor.login();
        let request = wire::AcknowledgeTicketRequest {
            ticket_id,
            actor,
            note,
            etag,
        };
        let answer = self
            .connection
            .call(
                Service::Ticketing,
                &self.connection.tickets(),
                request,
                async |mut client, request| client.acknowledge_ticket(request).await,
            )
            .await?;
        self.answered(answer.ticket)
    }

    async fn complete(
        &self,
        ticket_id: String,
        step: Option<String>,
        outcome: String,
        note: String,
        change: Change,
    ) -> Result<wire::Ticket, Failure> {
        let present = self.read(&ticket_id).await?;
        let step = match step {
            Some(step) => step,
            None => current_step(&present)?,
        };
        let etag = change.etag.unwrap_or(present.etag);
        let actor = change.actor.login();
        let request = wire::CompleteStepRequest {
            ticket_id,
            step,
            outcome,
            actor,
            note,
            etag,
        };
        let answer = self
            .connection
            .call(
                Service::Ticketing,
                &self.connection.tickets(),
                request,
                async |mut client, request| client.complete_step(request).await,
            )
            .await?;
        self.answered(answer.ticket)
    }

    async fn hand_over(
        &self,
        ticket_id: String,
        to_department: String,
        to_assignee: String,
        reason: String,
        change: Change,
    ) -> Result<wire::Ticket, Failure> {
        let etag = self.etag(&ticket_id, &change).await?;
        let actor = change.actor.login();
        let request = wire::HandOverTicketRequest {
            ticket_id,
            to_department,
            to_assignee,
            actor,
            reason,
            etag,
        };
        let answer = self
            .connection
            .call(
                Service::Ticketing,
                &self.connection.tickets(),
                request,
                async |mut client, request| client.hand_over_ticket(request).await,
            )
            .await?;
        self.answered(answer.ticket)
    }

    async fn resolve(
        &self,
        ticket_id: String,
        reason: String,
        change: Change,
    ) -> Result<wire::Ticket, Failure> {
        let etag = self.etag(&ticket_id, &change).await?;
        let actor = change.actor.login();
        let request = wire::ResolveTicketRequest {
            ticket_id,
            actor,
            reason,
            etag,
        };
        let answer = self
            .connection
            .call(
                Service::Ticketing,
                &self.connection.tickets(),
                request,
                async |mut client, request| client.resolve_ticket(request).await,
            )
            .await?;
        self.answered(answer.ticket)
    }

    async fn comment(
        &self,
        ticket_id: String,
        note: String,
        actor: &Actor,
    ) -> Result<wire::Ticket, Failure> {
        let request = wire::CommentTicketRequest {
            ticket_id,
            actor: actor.login(),
            note,
        };
        let answer = self
            .connection
            .call(
                Service::Ticketing,
                &self.connection.tickets(),
                request,
                async |mut client, request| client.comment_ticket(request).await,
            )
            .await?;
        self.answered(answer.ticket)
    }

    fn answered(&self, ticket: Option<wire::Ticket>) -> Result<wire::Ticket, Failure> {
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
