//! A stand-in for ticketing: tickets, and who has taken them on.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use contracts::ticketing::v1::{
    self as wire, ticket_service_server::TicketService, ticket_service_server::TicketServiceServer,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// What it was asked to do.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub(crate) acts: Vec<wire::ActOnTicketRequest>,
    /// How often somebody else will have been quicker.
    pub(crate) stale: usize,
    /// Who has every ticket that nobody took on here.
    pub(crate) acknowledged_by: String,
    /// Who has others, by ticket.
    pub(crate) taken: HashMap<String, String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Desk(pub(crate) Arc<Mutex<Inside>>);

impl Desk {
    pub(crate) async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = TicketServiceServer::new(self.clone());
        let serving = Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        address
    }

    fn ticket(&self, id: &str) -> wire::Ticket {
        let inside = self.0.lock().unwrap();
        let by = inside.taken.get(id).unwrap_or(&inside.acknowledged_by);
        let by = by.clone();
        let state = if by.is_empty() {
            wire::TicketState::Open
        } else {
            wire::TicketState::Acknowledged
        };
        wire::Ticket {
            id: id.to_owned(),
            order_id: "A1".to_owned(),
            scenario: "late-shipment".to_owned(),
            state: state.into(),
            etag: inside.acts.len().to_string(),
            acknowledged_by: by,
            ..wire::Ticket::default()
        }
    }
}

#[tonic::async_trait]
impl TicketService for Desk {
    async fn get_ticket(
        &self,
        request: Request<wire::GetTicketRequest>,
    ) -> Result<Response<wire::GetTicketResponse>, Status> {
        let ticket = Some(self.ticket(&request.get_ref().ticket_id));
        Ok(Response::new(wire::GetTicketResponse { ticket }))
    }

    async fn act_on_ticket(
        &self,
        request: Request<wire::ActOnTicketRequest>,
    ) -> Result<Response<wire::ActOnTicketResponse>, Status> {
        let request = request.into_inner();
        let id = request.ticket_id.clone();
        {
            let mut inside = self.0.lock().unwrap();
            if inside.stale > 0 {
                inside.stale -= 1;
                return Err(Status::aborted("stale"));
            }
            inside.taken.insert(id.clone(), request.actor.clone());
            inside.acts.push(request);
        }
        let ticket = Some(self.ticket(&id));
        Ok(Response::new(wire::ActOnTicketResponse { ticket }))
    }

    async fn list_tickets(
        &self,
        _: Request<wire::ListTicketsRequest>,
    ) -> Result<Response<wire::ListTicketsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_ticket_history(
        &self,
        _: Request<wire::ListTicketHistoryRequest>,
    ) -> Result<Response<wire::ListTicketHistoryResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn migrate_ticket(
        &self,
        _: Request<wire::MigrateTicketRequest>,
    ) -> Result<Response<wire::MigrateTicketResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn apply_sops(
        &self,
        _: Request<wire::ApplySopsRequest>,
    ) -> Result<Response<wire::ApplySopsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_sops(
        &self,
        _: Request<wire::ListSopsRequest>,
    ) -> Result<Response<wire::ListSopsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_figures(
        &self,
        _: Request<wire::GetFiguresRequest>,
    ) -> Result<Response<wire::GetFiguresResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
