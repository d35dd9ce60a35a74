//! Channels to the services, made when first needed.

use std::time::Duration;

use contracts::audit::v1::audit_service_client::AuditServiceClient;
use contracts::escalation::v1::directory_service_client::DirectoryServiceClient;
use contracts::escalation::v1::escalation_service_client::EscalationServiceClient;
use contracts::escalation::v1::explanation_service_client::ExplanationServiceClient;
use contracts::escalation::v1::on_call_service_client::OnCallServiceClient;
use contracts::escalation::v1::silence_service_client::SilenceServiceClient;
use contracts::ingest::v1::connector_service_client::ConnectorServiceClient;
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::operations::v1::dead_letter_service_client::DeadLetterServiceClient;
use contracts::rules::v1::rule_service_client::RuleServiceClient;
use contracts::rules::v1::trial_service_client::TrialServiceClient;
use contracts::ticketing::v1::absence_service_client::AbsenceServiceClient;
use contracts::ticketing::v1::bulk_service_client::BulkServiceClient;
use contracts::ticketing::v1::evidence_service_client::EvidenceServiceClient;
use contracts::ticketing::v1::figure_service_client::FigureServiceClient;
use contracts::ticketing::v1::group_service_client::GroupServiceClient;
use contracts::ticketing::v1::ticket_list_service_client::TicketListServiceClient;
use contracts::ticketing::v1::ticket_service_client::TicketServiceClient;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::failure::Failure;
use crate::retry::Patience;
pub use crate::server::{Server, Service};

/// Largest answer accepted, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;
/// How long one attempt of a call may take.
const ATTEMPT: Duration = Duration::from_secs(60);

/// The services, reachable by name.
#[derive(Clone, Debug)]
pub struct Connection {
    server: Server,
    patience: Duration,
}

impl Connection {
    /// Makes no contact yet; `patience` is how long a call is repeated while
    /// its server is away.
    #[must_use]
    pub fn new(server: Server, patience: Duration) -> Self {
        Self { server, patience }
    }

    /// The same services, with another patience.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self {
            server: self.server.clone(),
            patience,
        }
    }

    /// Where a service is, for messages.
    #[must_use]
    pub fn place(&self, service: Service) -> String {
        let address = self.server.address(service).to_string();
        format!("{service} at {}", address.trim_end_matches('/'))
    }

    /// A channel to a service; connects at the first call and again whenever
    /// the connection was lost.
    #[must_use]
    pub fn channel(&self, service: Service) -> Channel {
        Endpoint::from(self.server.address(service).clone())
            .connect_timeout(Duration::from_secs(5))
            .timeout(ATTEMPT)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(10))
            .connect_lazy()
    }

    /// As [`Connection::channel`], for calls that may last as long as they do.
    fn unhurried(&self, service: Service) -> Channel {
        Endpoint::from(self.server.address(service).clone())
            .connect_timeout(Duration::from_secs(5))
            .connect_lazy()
    }

    pub(crate) fn ingest(&self) -> IngestServiceClient<Channel> {
        IngestServiceClient::new(self.channel(Service::Ingest))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    /// As [`Connection::ingest`], for streams that last longer than a call.
    pub(crate) fn unhurried_ingest(&self) -> IngestServiceClient<Channel> {
        IngestServiceClient::new(self.unhurried(Service::Ingest))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn connectors(&self) -> ConnectorServiceClient<Channel> {
        ConnectorServiceClient::new(self.channel(Service::Ingest))
    }

    /// As [`Connection::connectors`], for runs that last longer than a call.
    pub(crate) fn unhurried_connectors(&self) -> ConnectorServiceClient<Channel> {
        ConnectorServiceClient::new(self.unhurried(Service::Ingest))
    }

    pub(crate) fn rules(&self) -> RuleServiceClient<Channel> {
        RuleServiceClient::new(self.channel(Service::RuleEvaluation))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn trials(&self) -> TrialServiceClient<Channel> {
        TrialServiceClient::new(self.channel(Service::RuleEvaluation))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    /// As [`Connection::trials`], for previews that last longer than a call.
    pub(crate) fn unhurried_trials(&self) -> TrialServiceClient<Channel> {
        TrialServiceClient::new(self.unhurried(Service::RuleEvaluation))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn tickets(&self) -> TicketServiceClient<Channel> {
        TicketServiceClient::new(self.channel(Service::Ticketing))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn absences(&self) -> AbsenceServiceClient<Channel> {
        AbsenceServiceClient::new(self.channel(Service::Ticketing))
    }

    pub(crate) fn bulks(&self) -> BulkServiceClient<Channel> {
        BulkServiceClient::new(self.channel(Service::Ticketing))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn groups(&self) -> GroupServiceClient<Channel> {
        GroupServiceClient::new(self.channel(Service::Ticketing))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn figures(&self) -> FigureServiceClient<Channel> {
        FigureServiceClient::new(self.channel(Service::Ticketing))
    }

    pub(crate) fn ticket_lists(&self) -> TicketListServiceClient<Channel> {
        TicketListServiceClient::new(self.channel(Service::Ticketing))
    }

    /// As [`Connection::ticket_lists`], for streams that last longer than a call.
    pub(crate) fn unhurried_ticket_lists(&self) -> TicketListServiceClient<Channel> {
        TicketListServiceClient::new(self.unhurried(Service::Ticketing))
    }

    /// For files, whose transfer lasts as long as it does.
    pub(crate) fn evidence(&self) -> EvidenceServiceClient<Channel> {
        EvidenceServiceClient::new(self.unhurried(Service::Ticketing))
    }

    pub(crate) fn escalations(&self) -> EscalationServiceClient<Channel> {
        EscalationServiceClient::new(self.channel(Service::EscalationNotifier))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel(Service::EscalationNotifier))
    }

    pub(crate) fn on_call(&self) -> OnCallServiceClient<Channel> {
        OnCallServiceClient::new(self.channel(Service::EscalationNotifier))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn explanations(&self) -> ExplanationServiceClient<Channel> {
        ExplanationServiceClient::new(self.channel(Service::EscalationNotifier))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn silences(&self) -> SilenceServiceClient<Channel> {
        SilenceServiceClient::new(self.channel(Service::EscalationNotifier))
    }

    pub(crate) fn audit(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel(Service::Audit))
            .max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(crate) fn dead_letters(&self, service: Service) -> DeadLetterServiceClient<Channel> {
        DeadLetterServiceClient::new(self.channel(service))
    }

    /// Makes one call, repeated while the server is away; a failure says which
    /// service answered it.
    pub(crate) async fn call<C, R, T, F, Fut>(
        &self,
        service: Service,
        client: &C,
        request: R,
        method: F,
    ) -> Result<T, Failure>
    where
        C: Clone,
        R: Clone,
        F: Fn(C, R) -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        Patience::brief(self.patience)
            .call(|| method(client.clone(), request.clone()))
            .await
            .map_err(|status| Failure::from_status(&self.place(service), &status))
    }

    /// As [`Connection::call`], for what may be sent again whatever happened:
    /// also repeated after a deadline, a full queue or a fault of the server.
    pub(crate) async fn insist<C, R, T, F, Fut>(
        &self,
        service: Service,
        client: &C,
        request: R,
        method: F,
    ) -> Result<T, Failure>
    where
        C: Clone,
        R: Clone,
        F: Fn(C, R) -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        Patience::stubborn(self.patience)
            .call(|| method(client.clone(), request.clone()))
            .await
            .map_err(|status| Failure::from_status(&self.place(service), &status))
    }
}
