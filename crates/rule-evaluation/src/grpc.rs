//! The service over gRPC: decode, call, encode.

mod conditions;
mod exceptions;
mod explain;
mod fields;
mod progress;
mod resources;
mod rule_sets;
pub mod trial;

use std::pin::Pin;
use std::sync::Arc;

use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::rules::v1;
use contracts::rules::v1::rule_service_server::RuleService;
use futures::Stream;
use service::client::Traced;
use service::database::Database;
use service::error::status;
use service::lifecycle::Shutdown;
use tonic::{Request, Response, Status};

use crate::activation::Activation;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::rule_sets::RuleSets;

/// Serves `orderwatch.rules.v1.RuleService`.
#[derive(Clone)]
pub struct Rules {
    /// The service's database.
    pub database: Database,
    /// The rule set in force.
    pub rule_sets: Arc<RuleSets>,
    /// Who judges.
    pub evaluation: Evaluation,
    /// Who brings rule sets into force.
    pub activation: Activation,
    /// The wish to stop, which ends what is watched.
    pub shutdown: Shutdown,
    /// Ingest, to compare its journal with what has been judged.
    pub ingest: IngestServiceClient<Traced>,
}

type Answer<T> = Result<Response<T>, Status>;

fn answer<T>(result: Result<T, Error>) -> Answer<T> {
    result.map(Response::new).map_err(|error| status(&error))
}

#[tonic::async_trait]
impl RuleService for Rules {
    type WatchExceptionsStream =
        Pin<Box<dyn Stream<Item = Result<v1::WatchExceptionsResponse, Status>> + Send>>;

    async fn apply_rule_set(
        &self,
        request: Request<v1::ApplyRuleSetRequest>,
    ) -> Answer<v1::ApplyRuleSetResponse> {
        answer(self.apply(request.into_inner()).await)
    }

    async fn change_rule_set(
        &self,
        request: Request<v1::ChangeRuleSetRequest>,
    ) -> Answer<v1::ChangeRuleSetResponse> {
        answer(self.change(request.into_inner()).await)
    }

    async fn rollback_rule_set(
        &self,
        request: Request<v1::RollbackRuleSetRequest>,
    ) -> Answer<v1::RollbackRuleSetResponse> {
        answer(self.rollback(request.into_inner()).await)
    }

    async fn diff_rule_sets(
        &self,
        request: Request<v1::DiffRuleSetsRequest>,
    ) -> Answer<v1::DiffRuleSetsResponse> {
        answer(self.diff(request.into_inner()).await)
    }

    async fn list_resources(
        &self,
        request: Request<v1::ListResourcesRequest>,
    ) -> Answer<v1::ListResourcesResponse> {
        answer(self.resources(request.into_inner()).await)
    }

    async fn get_resource_history(
        &self,
        request: Request<v1::GetResourceHistoryRequest>,
    ) -> Answer<v1::GetResourceHistoryResponse> {
        answer(self.history(request.into_inner()).await)
    }

    async fn preview_threshold(
        &self,
        request: Request<v1::PreviewThresholdRequest>,
    ) -> Answer<v1::PreviewThresholdResponse> {
        answer(self.preview_threshold(request.into_inner()).await)
    }

    async fn get_rule_set(
        &self,
        request: Request<v1::GetRuleSetRequest>,
    ) -> Answer<v1::GetRuleSetResponse> {
        answer(self.get(request.into_inner().number).await)
    }

    async fn list_rule_sets(
        &self,
        request: Request<v1::ListRuleSetsRequest>,
    ) -> Answer<v1::ListRuleSetsResponse> {
        answer(self.list_sets(request.into_inner().page_size).await)
    }

    async fn list_fields(
        &self,
        _request: Request<v1::ListFieldsRequest>,
    ) -> Answer<v1::ListFieldsResponse> {
        answer(self.fields().await)
    }

    async fn compile_visual_rule(
        &self,
        request: Request<v1::CompileVisualRuleRequest>,
    ) -> Answer<v1::CompileVisualRuleResponse> {
        answer(self.compile_visual(&request.into_inner()).await)
    }

    async fn list_exceptions(
        &self,
        request: Request<v1::ListExceptionsRequest>,
    ) -> Answer<v1::ListExceptionsResponse> {
        answer(self.list(request.into_inner()).await)
    }

    async fn watch_exceptions(
        &self,
        request: Request<v1::WatchExceptionsRequest>,
    ) -> Answer<Self::WatchExceptionsStream> {
        Ok(Response::new(self.watch(request.into_inner())))
    }

    async fn explain_order(
        &self,
        request: Request<v1::ExplainOrderRequest>,
    ) -> Answer<v1::ExplainOrderResponse> {
        answer(self.explain(request.into_inner()).await)
    }

    async fn get_progress(
        &self,
        request: Request<v1::GetProgressRequest>,
    ) -> Answer<v1::GetProgressResponse> {
        answer(self.progress(request.get_ref()).await)
    }
}
