//! `TicketListService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, ticket_list_service_server::TicketListService as TicketListServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{answer, encode};
use crate::desk::Desk;

/// The gRPC service of lists over a desk.
#[derive(Clone)]
pub struct TicketListService {
    desk: Desk,
}

impl TicketListService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[tonic::async_trait]
impl TicketListServiceTrait for TicketListService {
    async fn list_queues(
        &self,
        request: Request<wire::ListQueuesRequest>,
    ) -> Result<Response<wire::ListQueuesResponse>, Status> {
        let department = request.into_inner().department;
        let department = Some(&*department).filter(|department| !department.is_empty());
        let queues = self.desk.queues(department).await.map_err(answer)?;
        Ok(Response::new(wire::ListQueuesResponse {
            queues: queues.into_iter().map(encode::list::queue).collect(),
        }))
    }
}
