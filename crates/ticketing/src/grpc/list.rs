//! `TicketListService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, ticket_list_service_server::TicketListService as TicketListServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{
    Streaming, answer, decode, encode,
    outlet::{Answers, Outlet},
    table,
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

    type ExportTicketsStream = Answers<wire::ExportTicketsResponse>;

    async fn export_tickets(
        &self,
        request: Request<wire::ExportTicketsRequest>,
    ) -> Result<Response<Self::ExportTicketsStream>, Status> {
        let request = request.into_inner();
        let byte_order_mark = request.byte_order_mark;
        let wish = decode::list::export(request).map_err(answer)?;
        let exporting = self.desk.export(wish).await.map_err(answer)?;
        let answers = self
            .streaming
            .answers(|outlet| table::send(exporting, byte_order_mark, outlet));
        Ok(Response::new(answers))
    }

    async fn save_filter(
        &self,
        request: Request<wire::SaveFilterRequest>,
    ) -> Result<Response<wire::SaveFilterResponse>, Status> {
        let it = decode::filter::save(request.into_inner()).map_err(answer)?;
        let saved = self
            .desk
            .save_filter(&it.owner, &it.name, &it.filter, &it.shared_with, it.seen)
            .await;
        Ok(Response::new(wire::SaveFilterResponse {
            filter: Some(encode::list::saved(saved.map_err(answer)?)),
        }))
    }

    async fn list_filters(
        &self,
        request: Request<wire::ListFiltersRequest>,
    ) -> Result<Response<wire::ListFiltersResponse>, Status> {
        let me = decode::filter::somebody(request.into_inner().me).map_err(answer)?;
        let filters = self.desk.filters(&me).await.map_err(answer)?;
        Ok(Response::new(wire::ListFiltersResponse {
            filters: filters.into_iter().map(encode::list::saved).collect(),
        }))
    }

    async fn delete_filter(
        &self,
        request: Request<wire::DeleteFilterRequest>,
    ) -> Result<Response<wire::DeleteFilterResponse>, Status> {
        let (owner, name, seen) = decode::filter::delete(request.into_inner()).map_err(answer)?;
        let deleted = self.desk.delete_filter(&owner, &name, seen).await;
        deleted.map_err(answer)?;
        Ok(Response::new(wire::DeleteFilterResponse {}))
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
