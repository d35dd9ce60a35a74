//! The HTTP client: sends what is written, and reads no more than it may.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use outbound::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use outbound::{Answer, Destinations, Limits, Setup};
use secrecy::{ExposeSecret, SecretString};
use service::error::chain;
use url::form_urlencoded;

use crate::Error;
use crate::connector::Method;
use crate::poll::{Answered, Broken, Credentials, Payload, Request};
use crate::signer::{Outgoing, PullSigner};

/// Who asks.
const USER_AGENT: &str = concat!("orderwatch/", env!("CARGO_PKG_VERSION"));

/// A client; cheap to clone. It goes only where the operator lets it, and follows no redirects:
/// whoever is elsewhere must not be shown the credentials.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: outbound::Client,
}

/// How a request is signed.
pub(super) struct Signing<'s> {
    pub(super) signer: &'s PullSigner,
    pub(super) secret: &'s SecretString,
    pub(super) now: DateTime<Utc>,
}

/// What proves who sends a request, beyond what is written in it.
#[derive(Default)]
pub(super) struct Proof<'s> {
    pub(super) bearer: Option<SecretString>,
    pub(super) signing: Option<Signing<'s>>,
}

impl Client {
    pub(super) fn new(destinations: &Destinations) -> Result<Self, Error> {
        let setup = Setup::new(destinations.clone(), USER_AGENT);
        let http = outbound::Client::new(setup)?;
        Ok(Self { http })
    }

    /// Sends a request and reads the answer, at most so many bytes of it.
    pub(super) async fn send(
        &self,
        request: &Request,
        proof: Option<Proof<'_>>,
        max_body: u64,
    ) -> Result<Answered, Broken> {
        let proof = proof.unwrap_or_default();
        let timeout = u64::try_from(request.timeout.micros()).unwrap_or(u64::MAX);
        let limits = Limits {
            timeout: Duration::from_micros(timeout),
            max_body,
        };
        let answered = self.http.request(built(request, &proof)?, limits).await;
        answered.map(told).map_err(|error| broken(&error, request))
    }
}

fn built(request: &Request, proof: &Proof<'_>) -> Result<outbound::Request, Broken> {
    let outgoing = signed(outgoing(request)?, proof.signing.as_ref())?;
    let mut url = request.url.clone();
    url.set_query(None);
    if !outgoing.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&outgoing.query);
    }
    let method = match request.method {
        Method::Get => outbound::Method::GET,
        Method::Post => outbound::Method::POST,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &outgoing.headers {
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
        headers.insert(known, secret(name, value)?);
    }
    if let Some(authorization) = authorization(request, proof) {
        let value = secret(AUTHORIZATION.as_str(), &authorization)?;
        headers.insert(AUTHORIZATION, value);
    }
    let mut built = outbound::Request::new(method, url);
    *built.headers_mut() = headers;
    *built.body_mut() = match &request.payload {
        None => None,
        Some(Payload::Json(_)) => Some(outgoing.body.into()),
        Some(Payload::Form(_)) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            Some(form.extend_pairs(&outgoing.form).finish().into())
        }
    };
    Ok(built)
}

fn authorization(request: &Request, proof: &Proof<'_>) -> Option<String> {
    let basic = match &request.credentials {
        Some(Credentials::Basic { user, password }) => Some(format!(
            "Basic {}",
            STANDARD.encode(format!("{user}:{password}"))
        )),
        _ => None,
    };
    let bearer = proof.bearer.as_ref();
    let bearer = bearer.map(|token| format!("Bearer {}", token.expose_secret()));
    bearer.or(basic)
}

/// A value of a header that is not printed.
fn secret(name: &str, value: &str) -> Result<HeaderValue, Broken> {
    let mut value = HeaderValue::from_str(value).map_err(|_| unsendable(name))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unsendable(header: &str) -> Broken {
    Broken::Unsendable(format!("the value of header {header} is not one"))
}

/// Writes a request as signers see it.
fn outgoing(request: &Request) -> Result<Outgoing, Broken> {
    let mut headers = request.headers.clone();
    let mut typed = |kind: &str| {
        if headers.iter().all(|(name, _)| name != "content-type") {
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
    };
    let (form, body) = match &request.payload {
        None => (Vec::new(), Vec::new()),
        Some(Payload::Form(form)) => {
            typed("application/x-www-form-urlencoded");
            (form.clone(), Vec::new())
        }
        Some(Payload::Json(json)) => {
            typed("application/json");
            let body = serde_json::to_vec(json);
            (
                Vec::new(),
                body.map_err(|error| Broken::Unsendable(error.to_string()))?,
            )
        }
    };
    let mut plain = request.url.clone();
    plain.set_query(None);
    Ok(Outgoing {
        method: match request.method {
            Method::Get => "GET".to_owned(),
            Method::Post => "POST".to_owned(),
        },
        url: plain.into(),
        query: request.url.query_pairs().into_owned().collect(),
        form,
        headers,
        body,
    })
}

fn signed(mut outgoing: Outgoing, signing: Option<&Signing<'_>>) -> Result<Outgoing, Broken> {
    if let Some(signing) = signing {
        let additions = signing
            .signer
            .sign(&outgoing, signing.secret, signing.now)
            .map_err(|error| Broken::Unsendable(error.to_string()))?;
        additions.apply(&mut outgoing);
    }
    Ok(outgoing)
}

fn told(answer: Answer) -> Answered {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    };
    Answered {
        status: answer.status.as_u16(),
        headers: answer.headers.iter().map(header).collect(),
        body: answer.body,
    }
}

/// Says what happened without the URL, whose query may hold secrets.
fn broken(error: &outbound::Error, request: &Request) -> Broken {
    let message = format!("{}: {}", request.shown(), chain(error));
    match error {
        outbound::Error::Refused(refusal) => Broken::Unsendable(match refusal.setting() {
            Some(setting) => format!("{message} (see ingest.outbound.{setting})"),
            None => message,
        }),
        outbound::Error::Timeout { .. } => Broken::Timeout(request.timeout),
        outbound::Error::TooLarge { most, .. } => Broken::TooLarge(*most),
        outbound::Error::Unsendable { .. } => Broken::Unsendable(message),
        outbound::Error::Cut { .. } => Broken::Cut(message),
        outbound::Error::Unresolved { .. }
        | outbound::Error::Connect { .. }
        | outbound::Error::Tls { .. }
        | outbound::Error::LeftAlone { .. } => Broken::Connection(message),
    }
}
