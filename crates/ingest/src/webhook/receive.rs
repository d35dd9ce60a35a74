//! One call from its first byte to its answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use service::error::{Classified, chain};
use service::telemetry;
use tracing::{Instrument, debug, info, info_span, warn};

use super::Webhooks;
use super::body::Taken;
use super::call::Arrived;
use super::endpoint::{Endpoint, Verdict};
use super::outcome::{Outcome, Unavailable, bare};
use super::routes::Route;
use crate::Error;
use crate::domain::Intake;
use crate::signer::Refused;
use crate::store::journal;
use crate::store::quarantine;

/// Bodies from this size on are judged on a thread of their own.
const LARGE: usize = 64 * 1024;

/// Answers whatever comes to the webhooks' address.
pub(super) async fn receive(
    State(webhooks): State<Arc<Webhooks>>,
    request: Request,
) -> Response<Body> {
    let name = request.uri().path().strip_prefix("/webhooks/");
    let Some((name, route)) = name.and_then(|name| webhooks.routes().find(name)) else {
        return bare(StatusCode::NOT_FOUND);
    };
    if request.method() != Method::POST {
        let mut refused = bare(StatusCode::METHOD_NOT_ALLOWED);
        let post = HeaderValue::from_static("POST");
        refused.headers_mut().insert(header::ALLOW, post);
        return refused;
    }
    let span = info_span!("webhook", otel.kind = "server", webhook.name = %name);
    let outcome = webhooks.outcome(&route, request).instrument(span).await;
    route.tally.add(outcome.kind());
    webhooks.metrics.called(&name, outcome.kind().as_str());
    tell(&name, &outcome);
    outcome.response(&route.answers)
}

impl Webhooks {
    async fn outcome(&self, route: &Route, request: Request) -> Outcome {
        let endpoint = match &route.endpoint {
            Ok(endpoint) => Arc::clone(endpoint),
            Err(reason) => return Outcome::Unavailable(Unavailable::Closed(reason.clone())),
        };
        let (parts, body) = request.into_parts();
        let most = endpoint.webhook.max_body;
        let taken = match self.limits.read(&parts.headers, body, most).await {
            Ok(taken) => taken,
            Err(outcome) => return outcome,
        };
        let arrived = self.arrived(&parts, &taken);
        match self.judged(&endpoint, arrived).await {
            Ok(Ok(Verdict::Ping | Verdict::Nothing)) => Outcome::Nothing,
            Ok(Ok(Verdict::Intake(intake))) => self.taken(&endpoint, *intake).await,
            Ok(Err(refused)) => Outcome::Refused(refused),
            Err(error) => Outcome::Unavailable(Unavailable::Journal(error)),
        }
    }

    fn arrived(&self, parts: &Parts, taken: &Taken) -> Arrived {
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let headers = parts.headers.iter();
        Arrived {
            method: parts.method.as_str().to_owned(),
            url: format!("{}{path}", self.public_url),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: taken.bytes.clone(),
        }
    }

    async fn judged(
        &self,
        endpoint: &Arc<Endpoint>,
        arrived: Arrived,
    ) -> Result<Result<Verdict, Refused>, Error> {
        let now = self.clock.now();
        if arrived.body.len() < LARGE {
            return Ok(endpoint.judge(&arrived, now));
        }
        let endpoint = Arc::clone(endpoint);
        tokio::task::spawn_blocking(move || endpoint.judge(&arrived, now))
            .await
            .map_err(|error| Error::Worker(error.to_string()))
    }

    /// Journals what a call brings. When that takes too long the sender is told to come
    /// again: if it was written after all, the next call is a duplicate.
    async fn taken(&self, endpoint: &Endpoint, mut intake: Intake) -> Outcome {
        intake.traceparent = telemetry::traceparent();
        let has_faults = !intake.quarantine.is_empty();
        let journalled = self.journalled(endpoint, intake);
        match tokio::time::timeout(self.answer_within, journalled).await {
            Err(_) => Outcome::Unavailable(Unavailable::Late),
            Ok(Err(error)) => Outcome::Unavailable(Unavailable::Journal(error)),
            Ok(Ok(journal::Outcome::Duplicate { .. })) => Outcome::Duplicate,
            Ok(Ok(_)) if has_faults => Outcome::Quarantined,
            Ok(Ok(_)) => Outcome::Accepted,
        }
    }

    async fn journalled(
        &self,
        endpoint: &Endpoint,
        intake: Intake,
    ) -> Result<journal::Outcome, Error> {
        if !intake.quarantine.is_empty() {
            let name = endpoint.connector.name();
            let pool = self.database.pool();
            quarantine::keep_mapping(pool, &endpoint.digest, name, &endpoint.yaml).await?;
        }
        self.queue.offer(intake).await
    }
}

/// Says what an operator should know, and nothing of what a call holds.
fn tell(name: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Accepted | Outcome::Duplicate | Outcome::Nothing => {}
        Outcome::Quarantined => info!(
            webhook.name = name,
            error.code = "OW-INGEST-WEBHOOK-QUARANTINED",
            "webhook call quarantined"
        ),
        Outcome::Refused(refused) if refused.is_the_receivers_fault() => warn!(
            webhook.name = name,
            error.code = "OW-INGEST-WEBHOOK-CLOSED",
            error = %refused,
            "webhook cannot verify its calls"
        ),
        Outcome::Refused(refused) => debug!(
            webhook.name = name,
            error.code = "OW-INGEST-WEBHOOK-REFUSED",
            error = %refused,
            "webhook call refused"
        ),
        Outcome::Unread(unread) => {
            debug!(webhook.name = name, error = ?unread, "webhook call not read");
        }
        Outcome::Unavailable(unavailable) => tell_unavailable(name, unavailable),
    }
}

fn tell_unavailable(name: &str, unavailable: &Unavailable) {
    let (code, reason) = match unavailable {
        Unavailable::Room => ("OW-INGEST-QUEUE-FULL", "too many bodies at once".to_owned()),
        Unavailable::Closed(reason) => ("OW-INGEST-WEBHOOK-CLOSED", reason.clone()),
        Unavailable::Late => (
            "OW-INGEST-WEBHOOK-LATE",
            "the journal did not answer in time".to_owned(),
        ),
        Unavailable::Journal(error) => (error.code(), chain(error)),
    };
    warn!(webhook.name = name, error.code = code, error = %reason, "webhook call not taken, its sender is to come again");
}
