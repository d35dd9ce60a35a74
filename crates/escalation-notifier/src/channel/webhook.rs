//! Webhooks: their URLs are secrets, and lead where the operator lets them.

use std::time::Duration;

use outbound::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use outbound::{Answer, Client, Destinations, Limits, Refusal, Setup, Unbuilt, Url};
use serde_json::Value;

use crate::domain::directory::SecretReference;

/// Who calls.
const USER_AGENT: &str = concat!("orderwatch/", env!("CARGO_PKG_VERSION"));
/// Most bytes of what a vendor replies.
const MAX_REPLY: u64 = 1 << 20;

/// Calls webhooks.
#[derive(Debug, Clone)]
pub struct Webhooks {
    client: Client,
    limits: Limits,
}

/// Why a webhook does not answer. Says nothing of its URL but the host.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("the environment variable {0} of the webhook is not set")]
    NoVariable(String),
    #[error("the file {path} of the webhook cannot be read: {kind}")]
    NoFile {
        path: String,
        kind: std::io::ErrorKind,
    },
    #[error("the webhook in {0} is not a URL")]
    NotAUrl(String),
    #[error("the webhook in {reference} may not be called: {refusal}{}", hint(.refusal))]
    Refused { reference: String, refusal: Refusal },
    #[error(transparent)]
    Unanswered(outbound::Error),
}

impl Error {
    /// Whether the same message may arrive later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unanswered(error) if error.kind().is_retryable())
    }
}

impl Webhooks {
    /// Calls webhooks at these destinations; each attempt ends after `timeout`.
    ///
    /// # Errors
    ///
    /// The client cannot be built.
    pub fn new(destinations: Destinations, timeout: Duration) -> Result<Self, Unbuilt> {
        Ok(Self {
            client: Client::new(Setup::new(destinations, USER_AGENT))?,
            limits: Limits {
                timeout,
                max_body: MAX_REPLY,
            },
        })
    }

    /// Looks a webhook's URL up and posts to it.
    ///
    /// # Errors
    ///
    /// It is not there, is no URL, leads where nothing may be sent, or does not answer.
    pub async fn post(&self, webhook: &SecretReference, body: &Value) -> Result<Answer, Error> {
        let url = url(webhook).await?;
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
        let body = body.to_string().into_bytes();
        let answered = self.client.post(url, headers, body, self.limits).await;
        answered.map_err(|error| match error {
            outbound::Error::Refused(refusal) => Error::Refused {
                reference: webhook.to_string(),
                refusal,
            },
            error => Error::Unanswered(error),
        })
    }
}

async fn url(reference: &SecretReference) -> Result<Url, Error> {
    let text = match reference {
        SecretReference::Environment(name) => {
            std::env::var(name).map_err(|_| Error::NoVariable(name.clone()))?
        }
        SecretReference::File(path) => {
            tokio::fs::read_to_string(path)
                .await
                .map_err(|error| Error::NoFile {
                    path: path.clone(),
                    kind: error.kind(),
                })?
        }
    };
    Url::parse(text.trim()).map_err(|_| Error::NotAUrl(reference.to_string()))
}

fn hint(refusal: &Refusal) -> String {
    let setting = refusal.setting();
    setting.map_or_else(String::new, |key| format!(" (see outbound.{key})"))
}
