//! `TicketListService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, ticket_list_service_server::TicketListService as TicketListServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{
    Streaming, answer, decode, encode,
    outlet::{Answers, Outlet},
};
use crate::{
    desk::{Desk, Watching},
    error::{Error, Resume},
};

/// The gRPC service of lists over a desk.
#[derive(Clone)]
pub struct TicketListService {
    desk: Desk,
    streaming: Streaming,
}

impl TicketListService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk, streaming: Streaming) -> Self {
        Self { desk, streaming }
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

    type WatchTicketsStream = Answers<wire::WatchTicketsResponse>;

    async fn watch_tickets(
        &self,
        request: Request<wire::WatchTicketsRequest>,
    ) -> Result<Response<Self::WatchTicketsStream>, Status> {
        let (wish, from) = decode::list::watch(request.into_inner()).map_err(answer)?;
        let watching = self.desk.watch(wish, from).await.map_err(answer)?;
        let answers = self.streaming.answers(|outlet| tell(watching, outlet));
        Ok(Response::new(answers))
    }
}

/// Tells what there is to be told for as long as somebody listens.
async fn tell(
    mut watching: Watching,
    outlet: Outlet<wire::WatchTicketsResponse>,
) -> Result<(), Error> {
    let mut told = Resume::default();
    loop {
        let (news, bookmark) = watching.next().await?;
        let news = encode::list::news(&news, bookmark);
        let resume = news.resume_token.clone();
        outlet.send(news).await.map_err(|error| match error {
            Error::SlowReader { patience, .. } => Error::SlowReader {
                patience,
                resume: told.clone(),
            },
            other => other,
        })?;
        told = Resume(resume);
    }
}
