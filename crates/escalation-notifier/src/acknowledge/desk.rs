//! The desk: ticketing, which is asked and told by gRPC.

use std::time::Duration;

use contracts::ticketing::v1::{
    Act, ActOnTicketRequest, GetTicketRequest, Ticket, TicketState, act,
    ticket_service_client::TicketServiceClient,
};
use service::client::Traced;
use tonic::{Code, Status};

/// Times that an acknowledgement is tried while others change the ticket.
const TRIES: usize = 3;

/// Tickets as ticketing has them.
#[derive(Debug, Clone)]
pub struct Desk {
    client: TicketServiceClient<Traced>,
}

impl Desk {
    /// Asks ticketing through this channel.
    #[must_use]
    pub fn new(channel: Traced) -> Self {
        Self {
            client: TicketServiceClient::new(channel),
        }
    }

    /// A ticket as it stands.
    pub(super) async fn ticket(&self, id: &str) -> Result<Ticket, Status> {
        let request = GetTicketRequest {
            ticket_id: id.to_owned(),
        };
        let answer = self.client.clone().get_ticket(request).await?;
        let ticket = answer.into_inner().ticket;
        ticket.ok_or_else(|| Status::not_found("ticketing answers without a ticket"))
    }

    /// Has somebody take a ticket on, unless somebody has, or it is resolved;
    /// says how it stands then. It comes back after a while if they wish so.
    pub(super) async fn acknowledge(
        &self,
        id: &str,
        actor: &str,
        note: &str,
        come_back: Option<Duration>,
    ) -> Result<Ticket, Status> {
        let come_back = come_back.and_then(|wait| wait.try_into().ok());
        let mut tries = 0;
        loop {
            let ticket = self.ticket(id).await?;
            if ticket.state() != TicketState::Open {
                return Ok(ticket);
            }
            let request = ActOnTicketRequest {
                ticket_id: id.to_owned(),
                actor: actor.to_owned(),
                etag: ticket.etag,
                note: note.to_owned(),
                act: Some(Act {
                    act: Some(act::Act::Acknowledge(act::Acknowledge { come_back })),
                }),
            };
            tries += 1;
            match self.client.clone().act_on_ticket(request).await {
                Ok(answer) => {
                    let ticket = answer.into_inner().ticket;
                    return ticket
                        .ok_or_else(|| Status::internal("ticketing answers without a ticket"));
                }
                // Somebody else changed it in the meantime.
                Err(status) if is_stale(status.code()) && tries < TRIES => {}
                Err(status) => return Err(status),
            }
        }
    }
}

fn is_stale(code: Code) -> bool {
    matches!(code, Code::Aborted | Code::FailedPrecondition)
}
