//! The gRPC server: decode, call, encode.

pub mod directory;
mod encode;
mod explanations;
pub mod notifications;
pub mod on_call;
mod page;
mod silences;

pub use explanations::ExplanationServer;
pub use silences::SilenceServer;

use contracts::escalation::v1::{
    ApplyPoliciesRequest, ApplyPoliciesResponse, DeletePoliciesRequest, DeletePoliciesResponse,
    DeliveryState, EscalationState, GetFiguresRequest, GetFiguresResponse, GetPoliciesRequest,
    GetPoliciesResponse, ListDeliveriesRequest, ListDeliveriesResponse, ListEscalationsRequest,
    ListEscalationsResponse, escalation_service_server::EscalationService,
};
use service::error::status;
use tonic::{Request, Response, Status};

use crate::{
    applying::Earnest,
    domain::resources::Resources,
    error::Error,
    notifier::Notifier,
    on_call::Said,
    store::{
        pages::{self, DeliveryFilter},
        policies,
    },
};

/// Serves what `orderwatch.escalation.v1` promises.
#[derive(Debug, Clone)]
pub struct EscalationServer {
    notifier: Notifier,
}

impl EscalationServer {
    /// A server of this notifier.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        Self { notifier }
    }

    async fn deliveries(
        &self,
        request: ListDeliveriesRequest,
    ) -> Result<ListDeliveriesResponse, Error> {
        let states = request
            .states
            .iter()
            .filter_map(|&state| DeliveryState::try_from(state).ok());
        let filter = DeliveryFilter {
            ticket_id: request.ticket_id,
            states: states
                .flat_map(encode::delivery_words)
                .copied()
                .map(str::to_owned)
                .collect(),
            channel: request.channel,
        };
        let after = page::delivery_token(&request.page_token)?;
        let size = page::size(request.page_size)?;
        let mut conn = self.notifier.inner.pool.acquire().await?;
        let (rows, total) = pages::deliveries(&mut conn, &filter, after, size).await?;
        Ok(ListDeliveriesResponse {
            next_page_token: page::next(&rows, size, page::token_of),
            deliveries: rows.into_iter().map(encode::delivery).collect(),
            total,
        })
    }

    async fn escalations(
        &self,
        request: ListEscalationsRequest,
    ) -> Result<ListEscalationsResponse, Error> {
        let states: Vec<String> = request
            .states
            .iter()
            .filter_map(|&state| EscalationState::try_from(state).ok())
            .filter_map(encode::escalation_word)
            .map(str::to_owned)
            .collect();
        let size = page::size(request.page_size)?;
        let mut conn = self.notifier.inner.pool.acquire().await?;
        let rows = pages::escalations(
            &mut conn,
            &request.ticket_id,
            &states,
            &request.page_token,
            size,
        )
        .await?;
        Ok(ListEscalationsResponse {
            next_page_token: page::next(&rows, size, |row| row.ticket_id.clone()),
            escalations: rows.into_iter().map(encode::escalation).collect(),
        })
    }

    async fn apply(&self, request: ApplyPoliciesRequest) -> Result<ApplyPoliciesResponse, Error> {
        // Trying templates takes a while, in which others are answered.
        let yaml = request.resources_yaml;
        let parsed = tokio::task::spawn_blocking(move || Resources::parse(&yaml)).await;
        let parsed = parsed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let applied = parsed.map_err(Error::Policies)?;
        if applied.is_empty() {
            return Err(Error::Request {
                field: "resources_yaml",
                expected: "expected at least one document such as a Directory or an EscalationPolicy",
            });
        }
        let earnest = Earnest::of(request.dry_run);
        let by = said(request.actor, request.reason, earnest)?;
        let change =
            |before: Resources| Ok(before.clone().merged(applied).keeping_verified(&before));
        let applied = self.notifier.change_policies(change, &by, earnest).await?;
        Ok(ApplyPoliciesResponse {
            version: applied.version,
            unchanged: applied.changes.is_empty(),
            warnings: applied.warnings,
            changes: applied.changes.into_iter().map(encode::change).collect(),
        })
    }

    async fn delete(
        &self,
        request: DeletePoliciesRequest,
    ) -> Result<DeletePoliciesResponse, Error> {
        let earnest = Earnest::of(request.dry_run);
        let by = said(request.actor, request.reason, earnest)?;
        let documents = request.documents.into_iter();
        let names: Vec<(String, String)> = documents.map(|it| (it.kind, it.name)).collect();
        let change = |before: Resources| before.without(&names);
        let applied = self.notifier.change_policies(change, &by, earnest).await?;
        Ok(DeletePoliciesResponse {
            version: applied.version,
            warnings: applied.warnings,
            changes: applied.changes.into_iter().map(encode::change).collect(),
        })
    }

    async fn policies(&self) -> Result<GetPoliciesResponse, Error> {
        let mut conn = self.notifier.inner.pool.acquire().await?;
        let version = policies::latest(&mut conn).await?;
        let policies = &self.notifier.inner.policies;
        let resources = policies.resources(&mut conn, version).await?;
        Ok(GetPoliciesResponse {
            version,
            resources_yaml: resources.to_masked_yaml(),
        })
    }

    async fn figures(&self) -> Result<GetFiguresResponse, Error> {
        let mut conn = self.notifier.inner.pool.acquire().await?;
        Ok(encode::figures(pages::figures(&mut conn).await?))
    }
}

/// Most bytes of a name or a reason: they are shown wherever they count, and kept for each notice
/// that they hold back.
const WORDS_BYTES: usize = 1_000;

/// What is said of more.
const TOO_MANY_WORDS: &str = "expected at most 1000 bytes";

/// Faults words that are too many.
fn brief(field: &'static str, words: &str) -> Result<(), Error> {
    let expected = TOO_MANY_WORDS;
    let is_brief = words.len() <= WORDS_BYTES;
    is_brief
        .then_some(())
        .ok_or(Error::Request { field, expected })
}

/// Who changes the documents in force; of a dry run nobody is asked.
fn said(actor: String, reason: String, earnest: Earnest) -> Result<Said, Error> {
    brief("actor", &actor)?;
    brief("reason", &reason)?;
    if actor.trim().is_empty() && earnest == Earnest::Real {
        return Err(Error::Request {
            field: "actor",
            expected: "expected who applies this",
        });
    }
    Ok(Said { actor, reason })
}

/// Answers a result over gRPC.
fn answer<T>(result: Result<T, Error>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(|error| status(&error))
}

#[tonic::async_trait]
impl EscalationService for EscalationServer {
    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        answer(self.deliveries(request.into_inner()).await)
    }

    async fn list_escalations(
        &self,
        request: Request<ListEscalationsRequest>,
    ) -> Result<Response<ListEscalationsResponse>, Status> {
        answer(self.escalations(request.into_inner()).await)
    }

    async fn apply_policies(
        &self,
        request: Request<ApplyPoliciesRequest>,
    ) -> Result<Response<ApplyPoliciesResponse>, Status> {
        answer(self.apply(request.into_inner()).await)
    }

    async fn delete_policies(
        &self,
        request: Request<DeletePoliciesRequest>,
    ) -> Result<Response<DeletePoliciesResponse>, Status> {
        answer(self.delete(request.into_inner()).await)
    }

    async fn get_policies(
        &self,
        _request: Request<GetPoliciesRequest>,
    ) -> Result<Response<GetPoliciesResponse>, Status> {
        answer(self.policies().await)
    }

    async fn get_figures(
        &self,
        _request: Request<GetFiguresRequest>,
    ) -> Result<Response<GetFiguresResponse>, Status> {
        answer(self.figures().await)
    }
}
