//! The gRPC service: decode, decide, journal, encode.

mod archive;
mod connector;
mod import;
mod push;
mod quarantine;
mod source;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::ingest::v1 as wire;
use contracts::ingest::v1::ingest_service_server::IngestService;
use contracts::time::timestamp;
use order::{Catalogue, Timestamp};
use service::error::status;
use service::runtime::Context;
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status, Streaming};

use crate::Error;
use crate::connector::Connector;
use crate::domain::{Intake, Stored};
use crate::mapping::Fault;
use crate::metrics::Metrics;
use crate::queue::Queue;
use archive::Answers;

pub(crate) use connector::Connectors;

/// Compiled mappings that are kept at hand; an import uses one, over and over.
const MAPPINGS_KEPT: usize = 32;

/// The service behind the wire; cheap to clone.
#[derive(Clone)]
pub(crate) struct Ingest {
    context: Context,
    catalogue: Arc<Catalogue>,
    queue: Queue,
    metrics: Metrics,
    connectors: Arc<Mutex<HashMap<[u8; 32], Arc<Connector>>>>,
}

impl Ingest {
    pub(crate) fn new(context: Context, queue: Queue, metrics: Metrics) -> Self {
        Self {
            context,
            catalogue: Arc::new(Catalogue::standard()),
            queue,
            metrics,
            connectors: Arc::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.context.clock.now().into()
    }

    /// Compiles a mapping, with what feeds it, or finds it compiled; returns the digest of its
    /// text as well.
    fn compiled(&self, yaml: &str) -> Result<(Arc<Connector>, [u8; 32]), Vec<Fault>> {
        let digest: [u8; 32] = Sha256::digest(yaml.as_bytes()).into();
        let kept = || {
            self.connectors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(connector) = kept().get(&digest) {
            return Ok((Arc::clone(connector), digest));
        }
        let connector = Arc::new(Connector::parse(yaml, Arc::clone(&self.catalogue))?);
        let mut kept = kept();
        if kept.len() >= MAPPINGS_KEPT {
            kept.clear();
        }
        kept.insert(digest, Arc::clone(&connector));
        Ok((connector, digest))
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn answer<T>(result: Result<T, Error>) -> Answer<T> {
    result.map(Response::new).map_err(|error| status(&error))
}

#[tonic::async_trait]
impl IngestService for Ingest {
    async fn declare_source(
        &self,
        request: Request<wire::DeclareSourceRequest>,
    ) -> Answer<wire::DeclareSourceResponse> {
        answer(self.declare(request.into_inner()).await)
    }

    async fn push_facts(
        &self,
        request: Request<wire::PushFactsRequest>,
    ) -> Answer<wire::PushFactsResponse> {
        answer(self.push(request.into_inner()).await)
    }

    async fn push_facts_stream(
        &self,
        request: Request<Streaming<wire::PushFactsStreamRequest>>,
    ) -> Answer<wire::PushFactsStreamResponse> {
        self.push_stream(request.into_inner())
            .await
            .map(Response::new)
    }

    async fn advance_watermark(
        &self,
        request: Request<wire::AdvanceWatermarkRequest>,
    ) -> Answer<wire::AdvanceWatermarkResponse> {
        answer(self.advance(request.into_inner()).await)
    }

    async fn list_sources(
        &self,
        _: Request<wire::ListSourcesRequest>,
    ) -> Answer<wire::ListSourcesResponse> {
        answer(self.sources().await)
    }

    async fn check_mapping(
        &self,
        request: Request<wire::CheckMappingRequest>,
    ) -> Answer<wire::CheckMappingResponse> {
        answer(Ok(self.check(&request.into_inner())))
    }

    async fn import_records(
        &self,
        request: Request<wire::ImportRecordsRequest>,
    ) -> Answer<wire::ImportRecordsResponse> {
        answer(self.import(request.into_inner()).await)
    }

    async fn list_quarantine(
        &self,
        request: Request<wire::ListQuarantineRequest>,
    ) -> Answer<wire::ListQuarantineResponse> {
        answer(self.list(request.into_inner()).await)
    }

    async fn replay_quarantine(
        &self,
        request: Request<wire::ReplayQuarantineRequest>,
    ) -> Answer<wire::ReplayQuarantineResponse> {
        answer(self.replay(request.into_inner()).await)
    }

    async fn list_quarantine_groups(
        &self,
        request: Request<wire::ListQuarantineGroupsRequest>,
    ) -> Answer<wire::ListQuarantineGroupsResponse> {
        answer(self.groups(request.into_inner()).await)
    }

    async fn discard_quarantine(
        &self,
        request: Request<wire::DiscardQuarantineRequest>,
    ) -> Answer<wire::DiscardQuarantineResponse> {
        answer(self.discard(request.into_inner()).await)
    }

    type ReadOrderFactsStream = Answers<wire::ReadOrderFactsResponse>;

    async fn read_order_facts(
        &self,
        request: Request<wire::ReadOrderFactsRequest>,
    ) -> Answer<Self::ReadOrderFactsStream> {
        answer(self.read_order(request.into_inner()).await)
    }

    type ReadEntityFactsStream = Answers<wire::ReadEntityFactsResponse>;

    async fn read_entity_facts(
        &self,
        request: Request<wire::ReadEntityFactsRequest>,
    ) -> Answer<Self::ReadEntityFactsStream> {
        answer(self.read_entity(request.into_inner()).await)
    }

    type ReadFactsStream = Answers<wire::ReadFactsResponse>;

    async fn read_facts(
        &self,
        request: Request<wire::ReadFactsRequest>,
    ) -> Answer<Self::ReadFactsStream> {
        answer(self.read_range(request.into_inner()).await)
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Tells of the records that an intake sends to quarantine.
pub(crate) fn quarantined(intake: &Intake) -> impl Iterator<Item = wire::QuarantinedRecord> {
    intake.quarantine.iter().map(|entry| {
        kept(&Stored {
            entry: entry.clone(),
            position: 0,
            quarantined_at: intake.received_at,
        })
    })
}

fn kept(stored: &Stored) -> wire::QuarantinedRecord {
    let entry = &stored.entry;
    wire::QuarantinedRecord {
        id: entry.id.to_string(),
        source: entry.source.clone(),
        mapping: entry.mapping.clone(),
        dataset: entry.dataset.clone(),
        line: entry.line,
        field: entry.field.clone(),
        error: entry.error.clone(),
        quarantined_at: Some(timestamp(stored.quarantined_at)),
        sample: entry.sample.clone(),
    }
}
