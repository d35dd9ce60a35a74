//! Calls vendors where the operator lets us: their URLs are secrets.

use std::time::Duration;

use outbound::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use outbound::{
    Answer, Client, Destinations, Limits, Method, Refusal, Request, Setup, Unbuilt, Url, breaker,
};

use super::{secret, token::Tokens};

/// Who calls.
const USER_AGENT: &str = concat!("orderwatch/", env!("CARGO_PKG_VERSION"));
/// Most bytes of what a vendor replies.
const MAX_REPLY: u64 = 1 << 20;

/// Calls vendors.
#[derive(Debug, Clone)]
pub struct Caller {
    client: Client,
    limits: Limits,
    /// Access tokens that were granted.
    pub(super) tokens: Tokens,
}

/// One request to a vendor.
#[derive(Clone)]
pub struct Call {
    /// How it is asked.
    pub method: Method,
    /// Where to; may hold a key.
    pub url: Url,
    /// Headers, the type of the body included.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a vendor does not answer. Says nothing of its URL but the host.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error(transparent)]
    NoSecret(#[from] secret::NotThere),
    #[error("the webhook in {0} is not a URL")]
    NotAUrl(String),
    #[error("the secret in {reference} cannot be used: {why}")]
    UnusableSecret { reference: String, why: String },
    #[error("the webhook may not be called: {refusal}{}", hint(.refusal))]
    Refused { refusal: Refusal },
    #[error(transparent)]
    Unanswered(outbound::Error),
}

impl Error {
    /// Whether the same message may arrive later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unanswered(error) if error.kind().is_retryable())
    }

    /// Whether nobody knows if the message arrived.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.is_retryable()
            && matches!(self, Self::Unanswered(error) if error.kind().may_have_acted())
    }

    /// How long the vendor is left alone because it failed too often.
    #[must_use]
    pub fn left_alone(&self) -> Option<Duration> {
        match self {
            Self::Unanswered(outbound::Error::LeftAlone { wait, .. }) => Some(*wait),
            _ => None,
        }
    }
}

impl Call {
    /// JSON to a URL.
    #[must_use]
    pub fn json(url: Url, body: &serde_json::Value) -> Self {
        let json = HeaderValue::from_static("application/json");
        Self {
            method: Method::POST,
            url,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
            body: body.to_string().into_bytes(),
        }
    }
}

impl Caller {
    /// Calls vendors at these destinations; each attempt ends after `timeout`.
    ///
    /// # Errors
    ///
    /// The client cannot be built.
    pub fn new(destinations: Destinations, timeout: Duration) -> Result<Self, Unbuilt> {
        let mut setup = Setup::new(destinations, USER_AGENT);
        setup.breaker = Some(breaker::Settings {
            // Of many that are under way at once, those without an answer end last and together:
            // failures in a row tell nothing of a vendor, their share does.
            in_a_row: u32::MAX,
            ..breaker::Settings::default()
        });
        Ok(Self {
            tokens: Tokens::default(),
            client: Client::new(setup)?,
            limits: Limits {
                timeout,
                max_body: MAX_REPLY,
            },
        })
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// It leads where nothing may be sent, or is not answered.
    pub async fn call(&self, call: Call) -> Result<Answer, Error> {
        let mut request = Request::new(call.method, call.url);
        *request.headers_mut() = call.headers;
        *request.body_mut() = Some(call.body.into());
        let answered = self.client.request(request, self.limits).await;
        answered.map_err(|error| match error {
            outbound::Error::Refused(refusal) => Error::Refused { refusal },
            error => Error::Unanswered(error),
        })
    }
}

fn hint(refusal: &Refusal) -> String {
    let setting = refusal.setting();
    setting.map_or_else(String::new, |key| format!(" (see outbound.{key})"))
}
