//! `TicketService`: decodes, asks the desk, encodes.

mod decode;
mod encode;

use contracts::ticketing::v1::{
    self as wire, ticket_service_server::TicketService as TicketServiceTrait,
};
use service::error::status;
use tonic::{Request, Response, Status};

pub use contracts::ticketing::v1::ticket_service_server::TicketServiceServer;

use crate::{
    desk::{Desk, Errand},
    domain::ticket::{Act, Ticket},
    error::Error,
};
use decode::Form;

/// The gRPC service over a desk.
#[derive(Clone)]
pub struct TicketService {
    desk: Desk,
}

impl TicketService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }

    async fn run(&self, errand: Result<Errand, Error>) -> Result<wire::Ticket, Status> {
        let ticket: Result<Ticket, Error> = async { self.desk.run(errand?).await }.await;
        ticket.map(|ticket| encode::ticket(&ticket)).map_err(answer)
    }
}

/// The answer to a call that failed.
#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn answer(error: Error) -> Status {
    status(&error)
}

#[tonic::async_trait]
impl TicketServiceTrait for TicketService {
    async fn get_ticket(
        &self,
        request: Request<wire::GetTicketRequest>,
    ) -> Result<Response<wire::GetTicketResponse>, Status> {
        let id = decode::ticket_id(&request.get_ref().ticket_id).map_err(answer)?;
        let ticket = self.desk.ticket(id).await.map_err(answer)?;
        Ok(Response::new(wire::GetTicketResponse {
            ticket: Some(encode::ticket(&ticket)),
        }))
    }

    async fn list_tickets(
        &self,
        request: Request<wire::ListTicketsRequest>,
    ) -> Result<Response<wire::ListTicketsResponse>, Status> {
        let wanted = decode::listing(request.into_inner()).map_err(answer)?;
        let page = self
            .desk
            .list(&wanted.filter, wanted.after, wanted.size)
            .await;
        let page = page.map_err(answer)?;
        Ok(Response::new(wire::ListTicketsResponse {
            tickets: page.tickets.iter().map(encode::ticket).collect(),
            next_page_token: page.next.map(|place| place.to_string()).unwrap_or_default(),
            total: page.total,
        }))
    }

    async fn acknowledge_ticket(
        &self,
        request: Request<wire::AcknowledgeTicketRequest>,
    ) -> Result<Response<wire::AcknowledgeTicketResponse>, Status> {
        let it = request.into_inner();
        let form = Form::new(&it.ticket_id, it.actor, it.note).seen(&it.etag);
        let ticket = self.run(form.errand(|_| Some(Act::Acknowledge))).await?;
        Ok(Response::new(wire::AcknowledgeTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn complete_step(
        &self,
        request: Request<wire::CompleteStepRequest>,
    ) -> Result<Response<wire::CompleteStepResponse>, Status> {
        let it = request.into_inner();
        let form = Form::new(&it.ticket_id, it.actor, it.note).seen(&it.etag);
        let errand = form.errand(|faults| {
            let step = faults.text("step", it.step)?;
            Some(Act::Complete {
                step,
                outcome: it.outcome,
            })
        });
        let ticket = self.run(errand).await?;
        Ok(Response::new(wire::CompleteStepResponse {
            ticket: Some(ticket),
        }))
    }

    async fn hand_over_ticket(
        &self,
        request: Request<wire::HandOverTicketRequest>,
    ) -> Result<Response<wire::HandOverTicketResponse>, Status> {
        let it = request.into_inner();
        let form = Form::new(&it.ticket_id, it.actor, String::new()).seen(&it.etag);
        let errand = form.errand(|faults| {
            let to = faults.holder("to_department", &it.to_department, &it.to_assignee);
            let reason = faults.text("reason", it.reason);
            Some(Act::HandOver {
                to: to?,
                reason: reason?,
            })
        });
        let ticket = self.run(errand).await?;
        Ok(Response::new(wire::HandOverTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn resolve_ticket(
        &self,
        request: Request<wire::ResolveTicketRequest>,
    ) -> Result<Response<wire::ResolveTicketResponse>, Status> {
        let it = request.into_inner();
        let form = Form::new(&it.ticket_id, it.actor, String::new()).seen(&it.etag);
        let errand = form.errand(|faults| {
            Some(Act::Resolve {
                reason: faults.text("reason", it.reason)?,
            })
        });
        let ticket = self.run(errand).await?;
        Ok(Response::new(wire::ResolveTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn comment_ticket(
        &self,
        request: Request<wire::CommentTicketRequest>,
    ) -> Result<Response<wire::CommentTicketResponse>, Status> {
        let it = request.into_inner();
        let form = Form::new(&it.ticket_id, it.actor, it.note.clone());
        let errand = form.errand(|faults| faults.text("note", it.note).map(|_| Act::Comment));
        let ticket = self.run(errand).await?;
        Ok(Response::new(wire::CommentTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn apply_sops(
        &self,
        request: Request<wire::ApplySopsRequest>,
    ) -> Result<Response<wire::ApplySopsResponse>, Status> {
        let it = request.into_inner();
        let (person, reason) = decode::change(it.actor, it.reason).map_err(answer)?;
        let applied = self
            .desk
            .apply_sops(&it.resources_yaml, person, &reason, it.dry_run)
            .await;
        let applied = applied.map_err(answer)?;
        Ok(Response::new(wire::ApplySopsResponse {
            sops: applied.sops.iter().map(|sop| encode::sop(sop)).collect(),
            changed: applied.changed,
        }))
    }

    async fn list_sops(
        &self,
        _request: Request<wire::ListSopsRequest>,
    ) -> Result<Response<wire::ListSopsResponse>, Status> {
        let shelf = self.desk.shelf().await.map_err(answer)?;
        let sops = shelf.all().iter().map(|sop| encode::sop(sop)).collect();
        Ok(Response::new(wire::ListSopsResponse { sops }))
    }

    async fn get_figures(
        &self,
        request: Request<wire::GetFiguresRequest>,
    ) -> Result<Response<wire::GetFiguresResponse>, Status> {
        let range = decode::range(request.get_ref(), self.desk.now()).map_err(answer)?;
        let figures = self
            .desk
            .figures(range.start, range.end)
            .await
            .map_err(answer)?;
        Ok(Response::new(encode::figures(&figures)))
    }
}
