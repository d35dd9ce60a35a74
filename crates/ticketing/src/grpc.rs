//! `TicketService`: decodes, asks the desk, encodes.

mod absences;
mod bulk;
mod decode;
mod encode;
mod evidence;
mod figures;
mod groups;
mod list;
mod outlet;
mod table;

use contracts::ticketing::v1::{
    self as wire, ticket_service_server::TicketService as TicketServiceTrait,
};
use service::error::status;
use tonic::{Request, Response, Status};

pub use absences::AbsenceService;
pub use bulk::BulkService;
pub use contracts::ticketing::v1::{
    absence_service_server::AbsenceServiceServer, bulk_service_server::BulkServiceServer,
    figure_service_server::FigureServiceServer, group_service_server::GroupServiceServer,
    ticket_list_service_server::TicketListServiceServer,
    ticket_service_server::TicketServiceServer,
};
pub use evidence::EvidenceService;
pub use figures::FigureService;
pub use groups::GroupService;
pub use list::TicketListService;
pub use outlet::Streaming;

use crate::{desk::Desk, domain::sop::document, error::Error, facts::Facts};

/// The gRPC service over a desk.
#[derive(Clone)]
pub struct TicketService {
    desk: Desk,
    facts: Facts,
}

impl TicketService {
    /// Serves this desk; the conditions of procedures are checked by `facts`.
    #[must_use]
    pub fn new(desk: Desk, facts: Facts) -> Self {
        Self { desk, facts }
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
            .list(wanted.wish, wanted.order, wanted.after, wanted.size)
            .await;
        let page = page.map_err(answer)?;
        Ok(Response::new(wire::ListTicketsResponse {
            tickets: page.tickets.iter().map(encode::ticket).collect(),
            next_page_token: page.next.map(|place| place.to_string()).unwrap_or_default(),
            total: page.total,
        }))
    }

    async fn act_on_ticket(
        &self,
        request: Request<wire::ActOnTicketRequest>,
    ) -> Result<Response<wire::ActOnTicketResponse>, Status> {
        let errand = decode::errand(request.into_inner()).map_err(answer)?;
        let ticket = self.desk.run(errand).await.map_err(answer)?;
        Ok(Response::new(wire::ActOnTicketResponse {
            ticket: Some(encode::ticket(&ticket)),
        }))
    }

    async fn list_ticket_history(
        &self,
        request: Request<wire::ListTicketHistoryRequest>,
    ) -> Result<Response<wire::ListTicketHistoryResponse>, Status> {
        let id = decode::ticket_id(&request.get_ref().ticket_id).map_err(answer)?;
        let history = self.desk.history(id).await.map_err(answer)?;
        Ok(Response::new(wire::ListTicketHistoryResponse {
            happenings: history.into_iter().map(encode::past).collect(),
        }))
    }

    async fn migrate_ticket(
        &self,
        request: Request<wire::MigrateTicketRequest>,
    ) -> Result<Response<wire::MigrateTicketResponse>, Status> {
        let migration = decode::migration(request.into_inner()).map_err(answer)?;
        let ticket = self.desk.migrate(migration).await.map_err(answer)?;
        Ok(Response::new(wire::MigrateTicketResponse {
            ticket: Some(encode::ticket(&ticket)),
        }))
    }

    async fn apply_sops(
        &self,
        request: Request<wire::ApplySopsRequest>,
    ) -> Result<Response<wire::ApplySopsResponse>, Status> {
        let it = request.into_inner();
        let (person, reason) = decode::change(it.actor, it.reason).map_err(answer)?;
        let wanted = document::parse(&it.resources_yaml).map_err(|faults| answer(faults.into()))?;
        self.facts.check(&wanted.sops).await.map_err(answer)?;
        let applied = self
            .desk
            .apply_sops(&it.resources_yaml, person, &reason, it.dry_run)
            .await;
        let applied = applied.map_err(answer)?;
        Ok(Response::new(wire::ApplySopsResponse {
            sops: applied.sops.iter().map(|sop| encode::sop(sop)).collect(),
            changed: applied.changed,
            furniture: applied.furniture,
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
