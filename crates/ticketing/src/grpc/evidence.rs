//! `EvidenceService`: decodes, asks the desk, encodes.

mod intake;

use std::sync::Arc;

use contracts::ticketing::v1::{
    self as wire, evidence_service_server::EvidenceService as EvidenceServiceTrait,
    read_evidence_response::Part,
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, Streaming};

use contracts::ticketing::v1::evidence_service_server::EvidenceServiceServer;

use super::{answer, decode, decode::evidence as decode_evidence, encode::evidence::evidence};
use crate::{
    config::EvidenceSettings,
    desk::Desk,
    domain::evidence::{Evidence, EvidenceRefusal},
    error::Error,
};
use intake::Intake;

/// Largest message that is taken, in bytes: a piece of 1 MiB in its envelope.
const LARGEST_MESSAGE: usize = 1024 * 1024 + 64;

/// The gRPC service of files attached to tickets, over a desk.
#[derive(Clone)]
pub struct EvidenceService {
    desk: Desk,
    settings: Arc<EvidenceSettings>,
    places: Arc<Semaphore>,
}

impl EvidenceService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk, settings: EvidenceSettings) -> Self {
        Self {
            desk,
            places: Arc::new(Semaphore::new(settings.at_once)),
            settings: Arc::new(settings),
        }
    }

    /// The service with its limit of what one message may have, ready to be served.
    #[must_use]
    pub fn into_server(self) -> EvidenceServiceServer<Self> {
        EvidenceServiceServer::new(self).max_decoding_message_size(LARGEST_MESSAGE)
    }

    async fn attach(
        &self,
        messages: Streaming<wire::AttachEvidenceRequest>,
    ) -> Result<Evidence, Error> {
        let busy = |_| EvidenceRefusal::Busy(self.settings.at_once);
        let _place = self.places.try_acquire().map_err(busy)?;
        let limits = &self.settings.limits;
        let mut intake = Intake::new(messages, &self.settings);
        let wish = decode_evidence::attachment(intake.header().await, limits)?;
        if let Some(known) = self.desk.expect_attachment(&wish, limits).await? {
            return Ok(known);
        }
        let content = intake.content(&wish).await?;
        self.desk.attach(&wish, limits, content).await
    }
}

#[tonic::async_trait]
impl EvidenceServiceTrait for EvidenceService {
    type ReadEvidenceStream = BoxStream<'static, Result<wire::ReadEvidenceResponse, Status>>;

    async fn attach_evidence(
        &self,
        request: Request<Streaming<wire::AttachEvidenceRequest>>,
    ) -> Result<Response<wire::AttachEvidenceResponse>, Status> {
        let attached = self.attach(request.into_inner()).await.map_err(answer)?;
        Ok(Response::new(wire::AttachEvidenceResponse {
            evidence: Some(evidence(&attached)),
        }))
    }

    async fn list_evidence(
        &self,
        request: Request<wire::ListEvidenceRequest>,
    ) -> Result<Response<wire::ListEvidenceResponse>, Status> {
        let ticket = decode::ticket_id(&request.get_ref().ticket_id).map_err(answer)?;
        let found = self.desk.evidence_of(ticket).await.map_err(answer)?;
        Ok(Response::new(wire::ListEvidenceResponse {
            evidence: found.iter().map(evidence).collect(),
        }))
    }

    async fn read_evidence(
        &self,
        request: Request<wire::ReadEvidenceRequest>,
    ) -> Result<Response<Self::ReadEvidenceStream>, Status> {
        let id = decode_evidence::id(&request.get_ref().evidence_id).map_err(answer)?;
        let found = self.desk.evidence(id).await.map_err(answer)?;
        if let Some(removal) = found.removal {
            return Err(answer(EvidenceRefusal::Removed { id, removal }.into()));
        }
        let record = Ok(part(Part::Evidence(evidence(&found))));
        let content = content(self.desk.clone(), &found);
        let answered = stream::iter([record]).chain(content);
        Ok(Response::new(answered.boxed()))
    }

    async fn remove_evidence(
        &self,
        request: Request<wire::RemoveEvidenceRequest>,
    ) -> Result<Response<wire::RemoveEvidenceResponse>, Status> {
        let removal = decode_evidence::removal(request.into_inner()).map_err(answer)?;
        let (id, person, reason) = removal;
        let removed = self.desk.remove_evidence(id, &person, &reason).await;
        Ok(Response::new(wire::RemoveEvidenceResponse {
            evidence: Some(evidence(&removed.map_err(answer)?)),
        }))
    }
}

/// The content, one chunk in memory.
fn content(
    desk: Desk,
    of: &Evidence,
) -> impl futures::Stream<Item = Result<wire::ReadEvidenceResponse, Status>> + use<> {
    let id = of.id;
    stream::try_unfold((0, of.file.size), move |(ordinal, left)| {
        let desk = desk.clone();
        async move {
            if left == 0 {
                return Ok(None);
            }
            let chunk = desk.evidence_chunk(id, ordinal).await.map_err(answer)?;
            let left = left.saturating_sub(chunk.len() as u64);
            Ok(Some((part(Part::Content(chunk)), (ordinal + 1, left))))
        }
    })
}

fn part(part: Part) -> wire::ReadEvidenceResponse {
    wire::ReadEvidenceResponse { part: Some(part) }
}
