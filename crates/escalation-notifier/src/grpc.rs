//! The gRPC server: decode, call, encode.

mod encode;
pub mod on_call;
mod page;

use contracts::escalation::v1::{
    ApplyPoliciesRequest, ApplyPoliciesResponse, DeliveryState, EscalationState, GetFiguresRequest,
    GetFiguresResponse, GetPoliciesRequest, GetPoliciesResponse, ListDeliveriesRequest,
    ListDeliveriesResponse, ListEscalationsRequest, ListEscalationsResponse,
    escalation_service_server::EscalationService,
};
use service::{error::status, event_log};
use tonic::{Request, Response, Status};

use crate::{
    domain::resources::Resources,
    error::Error,
    events,
    notifier::Notifier,
    on_call as schedules,
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
        let required = |field, expected| Err(Error::Request { field, expected });
        let applied = Resources::parse(&request.resources_yaml).map_err(Error::Policies)?;
        if applied.is_empty() {
            return required(
                "resources_yaml",
                "expected at least one document such as a Directory or an EscalationPolicy",
            );
        }
        if request.actor.trim().is_empty() && !request.dry_run {
            return required("actor", "expected who applies this");
        }
        let inner = &self.notifier.inner;
        let mut transaction = inner.pool.begin().await?;
        policies::lock(&mut transaction).await?;
        let version = policies::latest(&mut transaction).await?;
        let before = policies::yaml(&mut transaction, version)
            .await?
            .unwrap_or_default();
        let stored = |faults| Error::StoredPolicies { version, faults };
        let merged = Resources::parse(&before).map_err(stored)?.merged(applied);
        let set = merged.policy_set(version).map_err(Error::Policies)?;
        let now = inner.clock.now();
        let warnings = schedules::warnings(&mut transaction, &set.directory, now).await?;
        let yaml = merged.to_yaml();
        if yaml == before || request.dry_run {
            return Ok(ApplyPoliciesResponse {
                version,
                unchanged: yaml == before,
                warnings,
            });
        }
        let (actor, reason) = (&request.actor, &request.reason);
        let version = policies::add(&mut transaction, &yaml, actor, reason, now).await?;
        let event = events::encode::applied(version, actor, reason, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        inner.relay.wake();
        Ok(ApplyPoliciesResponse {
            version,
            unchanged: false,
            warnings,
        })
    }

    async fn policies(&self) -> Result<GetPoliciesResponse, Error> {
        let mut conn = self.notifier.inner.pool.acquire().await?;
        let version = policies::latest(&mut conn).await?;
        let yaml = policies::yaml(&mut conn, version)
            .await?
            .unwrap_or_default();
        let resources =
            Resources::parse(&yaml).map_err(|faults| Error::StoredPolicies { version, faults })?;
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
