//! What tests of evidence ask of a room: a real gRPC server, and clients that send what they like.

use contracts::ticketing::v1::{
    AttachEvidenceRequest, Evidence, EvidenceHeader, ListEvidenceRequest, ReadEvidenceRequest,
    RemoveEvidenceRequest, attach_evidence_request::Part,
    evidence_service_client::EvidenceServiceClient, read_evidence_response as read,
};
use futures::{Stream, StreamExt as _, stream};
use ticketing::{config::EvidenceSettings, grpc::EvidenceService};
use tokio::net::TcpListener;
use tonic::{
    Status,
    transport::{Channel, Server, server::TcpIncoming},
};

use super::Room;
use crate::exceptions::ticket_id;

/// A client of a server in the room.
#[derive(Clone)]
pub(crate) struct Sender(EvidenceServiceClient<Channel>);

impl Room {
    /// Serves evidence, and connects to it.
    pub(crate) async fn sender(&self, settings: EvidenceSettings) -> Sender {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = EvidenceService::new(self.desk.clone(), settings).into_server();
        let router = Server::builder().add_service(service);
        tokio::spawn(router.serve_with_incoming(TcpIncoming::from(listener)));
        Sender(EvidenceServiceClient::connect(address).await.unwrap())
    }
}

impl Sender {
    /// Sends a file in pieces of 1,000 bytes.
    pub(crate) async fn attach(
        &self,
        header: &EvidenceHeader,
        content: &[u8],
    ) -> Result<Evidence, Status> {
        self.send(stream::iter(messages(header, content))).await
    }

    /// Sends just these messages.
    pub(crate) async fn send(
        &self,
        messages: impl Stream<Item = AttachEvidenceRequest> + Send + 'static,
    ) -> Result<Evidence, Status> {
        let answer = self.0.clone().attach_evidence(messages).await;
        Ok(answer?.into_inner().evidence.unwrap())
    }

    /// What the record says, and the content.
    pub(crate) async fn read(&self, id: &str) -> Result<(Evidence, Vec<u8>), Status> {
        let evidence_id = id.to_owned();
        let request = ReadEvidenceRequest { evidence_id };
        let mut answer = self.0.clone().read_evidence(request).await?.into_inner();
        let Some(read::Part::Evidence(evidence)) = answer.message().await?.unwrap().part else {
            panic!("the record comes first");
        };
        let mut content = Vec::new();
        while let Some(message) = answer.message().await? {
            match message.part {
                Some(read::Part::Content(piece)) => content.extend(piece),
                other => panic!("content comes next, not {other:?}"),
            }
        }
        Ok((evidence, content))
    }

    pub(crate) async fn list(&self, ticket: u128) -> Vec<Evidence> {
        let request = ListEvidenceRequest {
            ticket_id: ticket_id(ticket).to_string(),
        };
        let answer = self.0.clone().list_evidence(request).await;
        answer.unwrap().into_inner().evidence
    }

    pub(crate) async fn remove(&self, id: &str, actor: &str) -> Result<Evidence, Status> {
        let request = RemoveEvidenceRequest {
            evidence_id: id.to_owned(),
            actor: actor.to_owned(),
            reason: "shows a customer's address".to_owned(),
        };
        let answer = self.0.clone().remove_evidence(request).await?;
        Ok(answer.into_inner().evidence.unwrap())
    }
}

/// A header and a content, as messages.
pub(crate) fn messages(header: &EvidenceHeader, content: &[u8]) -> Vec<AttachEvidenceRequest> {
    let pieces = content.chunks(1000).map(piece);
    [first(header)].into_iter().chain(pieces).collect()
}

pub(crate) fn first(header: &EvidenceHeader) -> AttachEvidenceRequest {
    AttachEvidenceRequest {
        part: Some(Part::Header(header.clone())),
    }
}

pub(crate) fn piece(content: &[u8]) -> AttachEvidenceRequest {
    AttachEvidenceRequest {
        part: Some(Part::Content(content.to_vec())),
    }
}

/// What comes, and then nothing for ever.
pub(crate) fn and_silence(
    messages: Vec<AttachEvidenceRequest>,
) -> impl Stream<Item = AttachEvidenceRequest> + Send + 'static {
    stream::iter(messages).chain(stream::pending())
}
