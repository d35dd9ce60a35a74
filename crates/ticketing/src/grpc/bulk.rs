//! `BulkService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, bulk_service_server::BulkService as BulkServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{
    answer,
    decode::bulk as decode,
    encode::bulk::{bulk, item, preview},
};
use crate::desk::Desk;

/// The gRPC service of acts on many tickets, over a desk.
#[derive(Clone)]
pub struct BulkService {
    desk: Desk,
}

impl BulkService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[tonic::async_trait]
impl BulkServiceTrait for BulkService {
    async fn start_bulk(
        &self,
        request: Request<wire::StartBulkRequest>,
    ) -> Result<Response<wire::StartBulkResponse>, Status> {
        let is_dry_run = request.get_ref().dry_run;
        let errand = decode::errand(request.into_inner()).map_err(answer)?;
        if is_dry_run {
            let done = self.desk.try_bulk(&errand).await.map_err(answer)?;
            return Ok(Response::new(preview(&errand, &done)));
        }
        let begun = self.desk.start_bulk(&errand).await.map_err(answer)?;
        Ok(Response::new(wire::StartBulkResponse {
            bulk: Some(bulk(&begun)),
            refusals: Vec::new(),
        }))
    }

    async fn get_bulk(
        &self,
        request: Request<wire::GetBulkRequest>,
    ) -> Result<Response<wire::GetBulkResponse>, Status> {
        let id = decode::id(&request.get_ref().bulk_id).map_err(answer)?;
        let found = self.desk.bulk(id).await.map_err(answer)?;
        Ok(Response::new(wire::GetBulkResponse {
            bulk: Some(bulk(&found)),
        }))
    }

    async fn list_bulk_items(
        &self,
        request: Request<wire::ListBulkItemsRequest>,
    ) -> Result<Response<wire::ListBulkItemsResponse>, Status> {
        let wanted = decode::items(request.get_ref()).map_err(answer)?;
        let mut items = self
            .desk
            .bulk_items(wanted.bulk, wanted.state, wanted.after, wanted.size + 1)
            .await
            .map_err(answer)?;
        let size = usize::try_from(wanted.size).unwrap_or(usize::MAX);
        let has_more = items.len() > size;
        items.truncate(size);
        let last = items.last().filter(|_| has_more);
        Ok(Response::new(wire::ListBulkItemsResponse {
            next_page_token: last.map(|it| it.ticket.to_string()).unwrap_or_default(),
            items: items.iter().map(item).collect(),
        }))
    }

    async fn undo_bulk(
        &self,
        request: Request<wire::UndoBulkRequest>,
    ) -> Result<Response<wire::UndoBulkResponse>, Status> {
        let (id, person, note) = decode::undo(request.into_inner()).map_err(answer)?;
        let begun = self
            .desk
            .undo_bulk(id, person, &note)
            .await
            .map_err(answer)?;
        Ok(Response::new(wire::UndoBulkResponse {
            bulk: Some(bulk(&begun)),
        }))
    }
}
