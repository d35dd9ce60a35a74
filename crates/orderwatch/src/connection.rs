//! Channels to the services, made when first needed.

use std::time::Duration;

use contracts::audit::v1::audit_service_client::AuditServiceClient;
use contracts::escalation::v1::directory_service_client::DirectoryServiceClient;
use contracts::escalation::v1::escalation_service_client::EscalationServiceClient;
use contracts::escalation::v1::explanation_service_client::ExplanationServiceClient;
use contracts::escalation::v1::notification_service_client::NotificationServiceClient;
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
    unhurried: bool,
}

/// Writes down by which name a client of which service speaks which contract.
macro_rules! clients {
    ($($name:ident: $service:ident speaks $contract:ident;)*) => {
        impl Connection {
            $(pub(crate) fn $name(&self) -> Client<$contract<Channel>> {
                self.client(Service::$service, |channel| {
                    $contract::new(channel).max_decoding_message_size(LARGEST_ANSWER)
                })
            })*
        }
    };
}

clients! {
    ingest: Ingest speaks IngestServiceClient;
    connectors: Ingest speaks ConnectorServiceClient;
    rules: RuleEvaluation speaks RuleServiceClient;
    trials: RuleEvaluation speaks TrialServiceClient;
    tickets: Ticketing speaks TicketServiceClient;
    ticket_lists: Ticketing speaks TicketListServiceClient;
    absences: Ticketing speaks AbsenceServiceClient;
    bulks: Ticketing speaks BulkServiceClient;
    evidence: Ticketing speaks EvidenceServiceClient;
    figures: Ticketing speaks FigureServiceClient;
    groups: Ticketing speaks GroupServiceClient;
    escalations: EscalationNotifier speaks EscalationServiceClient;
    directory: EscalationNotifier speaks DirectoryServiceClient;
    on_call: EscalationNotifier speaks OnCallServiceClient;
    explanations: EscalationNotifier speaks ExplanationServiceClient;
    notifications: EscalationNotifier speaks NotificationServiceClient;
    silences: EscalationNotifier speaks SilenceServiceClient;
    audit: Audit speaks AuditServiceClient;
}

impl Connection {
    /// Makes no contact yet; `patience` is how long a call is repeated while
    /// its server is away.
    #[must_use]
    pub fn new(server: Server, patience: Duration) -> Self {
        Self {
            server,
            patience,
            unhurried: false,
        }
    }

    /// The same services, with another patience.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// The same services, for streams and files that last as long as they do.
    #[must_use]
    pub fn unhurried(&self) -> Self {
        Self {
            unhurried: true,
            ..self.clone()
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
        let endpoint = Endpoint::from(self.server.address(service).clone())
            .connect_timeout(Duration::from_secs(5));
        match self.unhurried {
            true => endpoint.connect_lazy(),
            false => endpoint
                .timeout(ATTEMPT)
                .http2_keep_alive_interval(Duration::from_secs(10))
                .keep_alive_timeout(Duration::from_secs(10))
                .connect_lazy(),
        }
    }

    pub(crate) fn dead_letters(
        &self,
        service: Service,
    ) -> Client<DeadLetterServiceClient<Channel>> {
        self.client(service, DeadLetterServiceClient::new)
    }

    /// A client of whatever a service speaks.
    pub(crate) fn client<C>(&self, service: Service, speaks: impl Fn(Channel) -> C) -> Client<C> {
        Client {
            contract: speaks(self.channel(service)),
            place: self.place(service),
            patience: self.patience,
        }
    }
}

/// Makes calls of one contract, and waits for its server as long as it may.
#[derive(Clone, Debug)]
pub(crate) struct Client<C> {
    contract: C,
    place: String,
    patience: Duration,
}

impl<C: Clone> Client<C> {
    /// Makes one call, repeated while the server is away; a failure says which
    /// service answered it.
    pub(crate) async fn call<R, T, F, Fut>(&self, request: R, method: F) -> Result<T, Failure>
    where
        R: Clone,
        F: Fn(C, R) -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        self.repeat(Patience::brief(self.patience), request, method)
            .await
    }

    /// As [`Client::call`], for what may be sent again whatever happened:
    /// also repeated after a deadline, a full queue or a fault of the server.
    pub(crate) async fn insist<R, T, F, Fut>(&self, request: R, method: F) -> Result<T, Failure>
    where
        R: Clone,
        F: Fn(C, R) -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        self.repeat(Patience::stubborn(self.patience), request, method)
            .await
    }

    /// Makes one call, whose request cannot be repeated.
    pub(crate) async fn once<T, F, Fut>(&self, method: F) -> Result<T, Failure>
    where
        F: FnOnce(C) -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        method(self.contract.clone())
            .await
            .map(tonic::Response::into_inner)
            .map_err(|status| self.failure(&status))
    }

    async fn repeat<R, T, F, Fut>(
        &self,
        patience: Patience,
        request: R,
        method: F,
    ) -> Result<T, Failure>
    where
        R: Clone,
        F: Fn(C, R) -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        patience
            .call(|| method(self.contract.clone(), request.clone()))
            .await
            .map_err(|status| self.failure(&status))
    }

    /// What it means that the service answered so.
    fn failure(&self, status: &Status) -> Failure {
        Failure::from_status(&self.place, status)
    }
}
