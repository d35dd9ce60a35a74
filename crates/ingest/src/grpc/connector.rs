//! Connectors: applied, shown, paused, run.

mod change;
mod run;
mod show;

use contracts::ingest::v1 as wire;
use contracts::ingest::v1::connector_service_server::ConnectorService;
use service::runtime::Context;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{Answer, answer};
use crate::Error;
use crate::domain::BadRequest;
use crate::poller::Poller;

/// The service behind the wire; cheap to clone.
#[derive(Clone)]
pub(crate) struct Connectors {
    context: Context,
    poller: Poller,
}

/// Progress, as it is made.
type Progressing<T> = ReceiverStream<Result<T, Status>>;

impl Connectors {
    pub(crate) const fn new(context: Context, poller: Poller) -> Self {
        Self { context, poller }
    }
}

#[tonic::async_trait]
impl ConnectorService for Connectors {
    type RunConnectorStream = Progressing<wire::RunConnectorResponse>;
    type BackfillConnectorStream = Progressing<wire::BackfillConnectorResponse>;

    async fn apply_connector(
        &self,
        request: Request<wire::ApplyConnectorRequest>,
    ) -> Answer<wire::ApplyConnectorResponse> {
        answer(self.apply(request.into_inner()).await)
    }

    async fn list_connectors(
        &self,
        _: Request<wire::ListConnectorsRequest>,
    ) -> Answer<wire::ListConnectorsResponse> {
        answer(self.list().await)
    }

    async fn get_connector(
        &self,
        request: Request<wire::GetConnectorRequest>,
    ) -> Answer<wire::GetConnectorResponse> {
        answer(self.get(&request.into_inner().name).await)
    }

    async fn delete_connector(
        &self,
        request: Request<wire::DeleteConnectorRequest>,
    ) -> Answer<wire::DeleteConnectorResponse> {
        answer(self.delete(request.into_inner()).await)
    }

    async fn pause_connector(
        &self,
        request: Request<wire::PauseConnectorRequest>,
    ) -> Answer<wire::PauseConnectorResponse> {
        let request = request.into_inner();
        let by = (request.actor.as_str(), request.reason.as_str());
        let changed = self.pause(&request.name, true, by).await;
        answer(changed.map(|changed| wire::PauseConnectorResponse {
            unchanged: !changed,
        }))
    }

    async fn resume_connector(
        &self,
        request: Request<wire::ResumeConnectorRequest>,
    ) -> Answer<wire::ResumeConnectorResponse> {
        let request = request.into_inner();
        let by = (request.actor.as_str(), request.reason.as_str());
        let changed = self.pause(&request.name, false, by).await;
        answer(changed.map(|changed| wire::ResumeConnectorResponse {
            unchanged: !changed,
        }))
    }

    async fn run_connector(
        &self,
        request: Request<wire::RunConnectorRequest>,
    ) -> Result<Response<Self::RunConnectorStream>, Status> {
        answer(self.run(request.into_inner()).await)
    }

    async fn backfill_connector(
        &self,
        request: Request<wire::BackfillConnectorRequest>,
    ) -> Result<Response<Self::BackfillConnectorStream>, Status> {
        answer(self.backfill(request.into_inner()).await)
    }
}

/// Whoever changes something says who they are and why.
fn signed<'r>(actor: &'r str, reason: &'r str) -> Result<(&'r str, &'r str), Error> {
    let (actor, reason) = (actor.trim(), reason.trim());
    if actor.is_empty() {
        return Err(BadRequest::new("actor", "say who does it").into());
    }
    if reason.is_empty() {
        return Err(BadRequest::new("reason", "say why").into());
    }
    Ok((actor, reason))
}

fn missing(name: &str) -> Error {
    Error::NoConnector(format!("connector `{name}`"))
}
