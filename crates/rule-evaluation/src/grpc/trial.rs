//! Trials over gRPC: previews, samples, and what people say of verdicts.

mod feedback;
mod preview;
mod samples;

use std::pin::Pin;
use std::sync::Arc;

use contracts::event::v1 as event;
use contracts::rules::v1;
use contracts::rules::v1::trial_service_server::TrialService;
use contracts::subject;
use contracts::time::timestamp;
use futures::Stream;
use rule_engine::documents::{self, Key};
use service::clock::Clock;
use service::database::Database;
use service::event_log::NewEvent;
use service::lifecycle::Shutdown;
use service::relay::RelayHandle;
use tonic::{Request, Status};

use super::resources::unreadable;
use super::{Answer, answer};
use crate::candidates::Origin;
use crate::domain::change::Change;
use crate::error::Error;
use crate::preview::Previews;
use crate::rule_sets::RuleSets;

/// Serves `orderwatch.rules.v1.TrialService`.
#[derive(Clone)]
pub struct Trials {
    /// The service's database.
    pub database: Database,
    /// The service's clock.
    pub clock: Clock,
    /// The rule set in force.
    pub rule_sets: Arc<RuleSets>,
    /// Publishes what was committed.
    pub relay: RelayHandle,
    /// Who previews rule sets.
    pub previews: Previews,
    /// The wish to stop, which ends previews.
    pub shutdown: Shutdown,
}

#[tonic::async_trait]
impl TrialService for Trials {
    type PreviewRuleSetStream =
        Pin<Box<dyn Stream<Item = Result<v1::PreviewRuleSetResponse, Status>> + Send>>;

    async fn preview_rule_set(
        &self,
        request: Request<v1::PreviewRuleSetRequest>,
    ) -> Answer<Self::PreviewRuleSetStream> {
        answer(self.preview(request.into_inner()).await)
    }

    async fn put_sample(
        &self,
        request: Request<v1::PutSampleRequest>,
    ) -> Answer<v1::PutSampleResponse> {
        answer(self.put(request.into_inner()).await)
    }

    async fn get_sample(
        &self,
        request: Request<v1::GetSampleRequest>,
    ) -> Answer<v1::GetSampleResponse> {
        answer(self.get(&request.into_inner().name).await)
    }

    async fn list_samples(
        &self,
        _request: Request<v1::ListSamplesRequest>,
    ) -> Answer<v1::ListSamplesResponse> {
        answer(self.list().await)
    }

    async fn delete_sample(
        &self,
        request: Request<v1::DeleteSampleRequest>,
    ) -> Answer<v1::DeleteSampleResponse> {
        answer(self.delete(&request.into_inner()).await)
    }

    async fn run_sample(
        &self,
        request: Request<v1::RunSampleRequest>,
    ) -> Answer<v1::RunSampleResponse> {
        answer(self.run(request.into_inner()).await)
    }

    async fn mark_exception(
        &self,
        request: Request<v1::MarkExceptionRequest>,
    ) -> Answer<v1::MarkExceptionResponse> {
        answer(self.mark(&request.into_inner()).await)
    }

    async fn report_missed(
        &self,
        request: Request<v1::ReportMissedRequest>,
    ) -> Answer<v1::ReportMissedResponse> {
        answer(self.report(&request.into_inner()).await)
    }

    async fn list_marks(
        &self,
        request: Request<v1::ListMarksRequest>,
    ) -> Answer<v1::ListMarksResponse> {
        answer(self.marks(request.into_inner()).await)
    }

    async fn get_accuracy(
        &self,
        request: Request<v1::GetAccuracyRequest>,
    ) -> Answer<v1::GetAccuracyResponse> {
        answer(self.accuracy(&request.into_inner()).await)
    }
}

/// Reads where a candidate comes from.
fn origin(candidate: Option<v1::Candidate>) -> Result<Origin, Error> {
    use v1::candidate::Origin as Wire;

    let documents = |field: &str, text: &str| {
        documents::split(text).map_err(|faults| unreadable(field, &faults))
    };
    let change = match candidate.and_then(|candidate| candidate.origin) {
        None => return Ok(Origin::InForce),
        Some(Wire::Number(number)) => return Ok(Origin::Number(number)),
        Some(Wire::ResourcesYaml(text)) => {
            Change::whole(documents("candidate.resources_yaml", &text)?)
        }
        Some(Wire::Revision(revision)) => {
            let put = documents("candidate.revision.put_yaml", &revision.put_yaml)?;
            let dropped = revision.delete.iter().map(|name| name.parse());
            let dropped = dropped.collect::<Result<Vec<Key>, _>>();
            let dropped = dropped
                .map_err(|error| Error::invalid("candidate.revision.delete", error.to_string()))?;
            Change::edits(put, dropped)
        }
    };
    Ok(Origin::Change(change))
}

/// Something that a person did, for the audit record.
struct Act<'a> {
    id: String,
    kind: &'a str,
    at: chrono::DateTime<chrono::Utc>,
    actor: &'a str,
    reason: String,
    note: &'a str,
    order_ids: Vec<String>,
    exception_id: String,
}

impl Act<'_> {
    fn event(self, token: &str) -> NewEvent {
        let event = event::Event {
            id: self.id,
            r#type: self.kind.to_owned(),
            occurred_at: Some(timestamp(self.at.into())),
            actor: Some(event::Actor {
                kind: event::ActorKind::Person as i32,
                name: self.actor.to_owned(),
            }),
            reason: self.reason,
            note: self.note.to_owned(),
            order_ids: self.order_ids,
            exception_id: self.exception_id,
            ..event::Event::default()
        };
        NewEvent::of(subject::CHANGES, token, &event)
    }
}

/// Refuses an act without an actor.
fn require_actor(actor: &str) -> Result<(), Error> {
    if actor.trim().is_empty() {
        return Err(Error::invalid("actor", "say who does it"));
    }
    Ok(())
}
