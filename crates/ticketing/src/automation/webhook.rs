//! Webhooks: signed as Standard Webhooks says, by a client that cannot be turned against the
//! inside.

use std::time::{Duration, SystemTime};

use outbound::{
    Client, Destinations, Error as Unanswered, Kind, Limits, Setup, StatusCode, breaker,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use uuid::Uuid;

use super::{Attempt, Endpoints, answer};
use crate::{desk::Desk, domain::automation::Webhook, error::Error};

/// Who calls.
const USER_AGENT: &str = concat!("orderwatch/", env!("CARGO_PKG_VERSION"));
/// Most bytes of an answer.
const MAX_ANSWER: u64 = 64 << 10;
/// The longest that we let ourselves be asked to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Calls webhooks; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Webhooks {
    endpoints: std::sync::Arc<Endpoints>,
    client: Client,
}

impl Webhooks {
    /// Calls these endpoints, as far as they lead where they may.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub(super) fn new(endpoints: Endpoints, destinations: Destinations) -> Result<Self, Error> {
        let setup = Setup {
            breaker: Some(breaker::Settings::default()),
            ..Setup::new(destinations, USER_AGENT)
        };
        Ok(Self {
            endpoints: std::sync::Arc::new(endpoints),
            client: Client::new(setup)?,
        })
    }

    pub(super) async fn call(
        &self,
        webhook: &Webhook,
        id: Uuid,
        body: Vec<u8>,
        desk: &Desk,
    ) -> Attempt {
        let name = &webhook.endpoint;
        let Some(endpoint) = self.endpoints.get(name) else {
            let what = format!("endpoint {name} is not in [ticketing.automation.endpoints]");
            return Attempt::Failed(what);
        };
        let signed = match endpoint.signer().await {
            Ok(signer) => signer.sign(&id.to_string(), wall_seconds(), &body),
            Err(error) => return Attempt::Failed(error.to_string()),
        };
        let mut headers = match signed {
            Ok(headers) => headers,
            Err(error) => return Attempt::Failed(error.to_string()),
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let limits = Limits {
            timeout: webhook.timeout.delta().to_std().unwrap_or_default(),
            max_body: MAX_ANSWER,
        };
        let url = endpoint.url.clone();
        match self.client.post(url, headers, body, limits).await {
            Ok(answer) => judge(answer.status, &answer.headers, &answer.body, desk),
            Err(error) => unanswered(&error, desk),
        }
    }
}

/// What an answer means.
fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], desk: &Desk) -> Attempt {
    let said = format!("it answered {}", status.as_u16());
    if status.is_success() {
        return answer::read(body).map_or_else(Attempt::Failed, Attempt::Answered);
    }
    let is_temporary = status.is_server_error()
        || [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_EARLY,
            StatusCode::TOO_MANY_REQUESTS,
        ]
        .contains(&status);
    if is_temporary {
        return Attempt::Again {
            why: said,
            wait: retry_after(headers).map(|wait| desk.shown(wait)),
            tried: true,
        };
    }
    Attempt::Failed(if status.is_redirection() {
        format!("{said}, and redirects are not followed")
    } else {
        said
    })
}

fn unanswered(error: &Unanswered, desk: &Desk) -> Attempt {
    let wait = match error {
        Unanswered::LeftAlone { wait, .. } => Some(desk.shown(*wait)),
        _ => None,
    };
    let hint = match error {
        Unanswered::Refused(refusal) => refusal.setting(),
        _ => None,
    };
    let why = match hint {
        Some(key) => format!("{error} (see ticketing.automation.outbound.{key})"),
        None => error.to_string(),
    };
    if !error.kind().is_retryable() {
        return Attempt::Failed(why);
    }
    Attempt::Again {
        why,
        wait,
        tried: error.kind() != Kind::LeftAlone,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    Some(Duration::from_secs(seconds.ok()?).min(LONGEST_WAIT))
}

/// Receivers hold the timestamp against their own clocks, so it is the wall's, whatever ours shows.
fn wall_seconds() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX))
}
