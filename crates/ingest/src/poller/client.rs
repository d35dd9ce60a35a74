//! The HTTP client: sends what is written, and reads no more than it may.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use service::error::chain;
use url::form_urlencoded;

use crate::Error;
use crate::connector::Method;
use crate::poll::{Answered, Broken, Credentials, Payload, Request};
use crate::signer::{Outgoing, PullSigner};

/// Who asks.
const USER_AGENT: &str = concat!("orderwatch/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(10);

/// A client; cheap to clone. Redirects are not followed: whoever is elsewhere must not be
/// shown the credentials.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
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
    pub(super) fn new() -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls().map_err(Error::Tls)?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .gzip(true)
            .build()
            .map_err(Error::Client)?;
        Ok(Self { http: client })
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
        let timeout = Duration::from_micros(timeout);
        let built = self.built(request, &proof)?.timeout(timeout);
        let broken = |error: reqwest::Error| broken(error, request);
        let mut response = built.send().await.map_err(broken)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            let size = body.len() as u64 + chunk.len() as u64;
            if size > max_body {
                return Err(Broken::TooLarge(max_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answered {
            status: response.status().as_u16(),
            headers: told(response.headers()),
            body,
        })
    }

    fn built(
        &self,
        request: &Request,
        proof: &Proof<'_>,
    ) -> Result<reqwest::RequestBuilder, Broken> {
        let outgoing = signed(outgoing(request)?, proof.signing.as_ref())?;
        let mut url = request.url.clone();
        url.set_query(None);
        if !outgoing.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&outgoing.query);
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &outgoing.headers {
            let unsendable =
                || Broken::Unsendable(format!("the value of header {name} is not one"));
            let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
            value.set_sensitive(true);
            headers.insert(known, value);
        }
        let mut built = self.http.request(method, url).headers(headers);
        built = match &request.credentials {
            Some(Credentials::Basic { user, password }) => built.basic_auth(user, Some(password)),
            _ => built,
        };
        if let Some(bearer) = &proof.bearer {
            built = built.bearer_auth(bearer.expose_secret());
        }
        Ok(match &request.payload {
            None => built,
            Some(Payload::Json(_)) => built.body(outgoing.body),
            Some(Payload::Form(_)) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                built.body(form.extend_pairs(&outgoing.form).finish())
            }
        })
    }
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

fn told(headers: &HeaderMap) -> Vec<(String, String)> {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(header).collect()
}

/// Says what happened without the URL, whose query may hold secrets.
fn broken(error: reqwest::Error, request: &Request) -> Broken {
    let error = error.without_url();
    if error.is_timeout() {
        return Broken::Timeout(request.timeout);
    }
    let message = format!("{}: {}", request.shown(), chain(&error));
    if error.is_connect() {
        Broken::Connection(message)
    } else if error.is_builder() {
        Broken::Unsendable(message)
    } else {
        Broken::Cut(message)
    }
}

/// TLS by ring with the web's roots, whatever else the process has chosen.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
