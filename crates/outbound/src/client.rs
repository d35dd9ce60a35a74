//! The client: sends what may be sent, and reads no more than it may.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::HeaderMap;
use reqwest::{Method, Request, StatusCode, redirect};
use url::Url;

use crate::breaker::Settings;
use crate::breakers::{Admission, Breakers};
use crate::destinations::{Destinations, Refusal};
use crate::error::{Error, Kind};
use crate::resolver::{Checked, System};

/// How a client is made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where requests may go.
    pub destinations: Destinations,
    /// Who asks.
    pub user_agent: String,
    /// Longest that a connection may take, its name and TLS included. Default 10s.
    pub connect_timeout: Duration,
    /// When a destination that fails is left alone. Default never.
    pub breaker: Option<Settings>,
}

/// A client; cheap to clone. Redirects are answers, and no proxy of the environment is used.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    destinations: Arc<Destinations>,
    breakers: Option<Breakers>,
}

/// How much of an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest that the whole answer may take.
    pub timeout: Duration,
    /// Most bytes of its body, decompressed.
    pub max_body: u64,
}

/// What a server answered, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status; also that of a redirect.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum Unbuilt {
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[from] reqwest::Error),
}

impl Setup {
    /// A client for these destinations, all else as by default.
    #[must_use]
    pub fn new(destinations: Destinations, user_agent: &str) -> Self {
        Self {
            destinations,
            user_agent: user_agent.to_owned(),
            connect_timeout: Duration::from_secs(10),
            breaker: None,
        }
    }
}

impl Client {
    /// A client that resolves names as the machine does.
    ///
    /// # Errors
    ///
    /// The client cannot be built.
    pub fn new(setup: Setup) -> Result<Self, Unbuilt> {
        Self::resolving(setup, Arc::new(System))
    }

    /// A client that resolves names by `names`, and checks what it says.
    ///
    /// # Errors
    ///
    /// The client cannot be built.
    pub fn resolving(setup: Setup, names: Arc<dyn Resolve>) -> Result<Self, Unbuilt> {
        let destinations = Arc::new(setup.destinations);
        let resolver = Checked {
            destinations: Arc::clone(&destinations),
            names,
        };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(resolver)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(setup.user_agent)
            .connect_timeout(setup.connect_timeout)
            .build()?;
        Ok(Self {
            http,
            destinations,
            breakers: setup.breaker.map(Breakers::new),
        })
    }

    /// Checks all of a URL that can be seen without asking for the addresses of a name.
    ///
    /// # Errors
    ///
    /// A request may not go there.
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        self.destinations.check(url)
    }

    /// Posts a body.
    ///
    /// # Errors
    ///
    /// There is no answer, or not all of it.
    pub async fn post(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        limits: Limits,
    ) -> Result<Answer, Error> {
        let mut request = Request::new(Method::POST, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body.into());
        self.request(request, limits).await
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    ///
    /// There is no answer, or not all of it.
    pub async fn request(&self, request: Request, limits: Limits) -> Result<Answer, Error> {
        self.check(request.url())?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let admission = self.admission(request.url(), &host)?;
        let answered = self.sent(request, &host, limits).await;
        match (admission, &answered) {
            (None, _) => {}
            (Some(admission), Ok(answer)) if answer.status.is_server_error() => admission.failed(),
            (Some(admission), Ok(_)) => admission.succeeded(),
            (Some(admission), Err(error)) => match error.kind() {
                Kind::Refused | Kind::LeftAlone | Kind::Unsendable => drop(admission),
                Kind::TooLarge => admission.succeeded(),
                Kind::Unresolved | Kind::Connect | Kind::Tls | Kind::Timeout | Kind::Cut => {
                    admission.failed();
                }
            },
        }
        answered
    }

    fn admission(&self, url: &Url, host: &str) -> Result<Option<Admission>, Error> {
        let Some(breakers) = &self.breakers else {
            return Ok(None);
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let admitted = breakers.admit(&format!("{host}:{port}"));
        let left_alone = |wait| Error::LeftAlone {
            host: host.to_owned(),
            wait,
        };
        admitted.map(Some).map_err(left_alone)
    }

    async fn sent(
        &self,
        mut request: Request,
        host: &str,
        limits: Limits,
    ) -> Result<Answer, Error> {
        let Limits { timeout, max_body } = limits;
        let failed = |error| Error::of(error, host, timeout);
        // Built anew, so that a user and a password in the URL become a header.
        let method = request.method().clone();
        let mut built = self.http.request(method, request.url().clone());
        built = built.headers(std::mem::take(request.headers_mut()));
        if let Some(body) = request.body_mut().take() {
            built = built.body(body);
        }
        let mut response = built.timeout(timeout).send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if (body.len() + chunk.len()) as u64 > max_body {
                return Err(Error::TooLarge {
                    host: host.to_owned(),
                    most: max_body,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Client");
        shown
            .field("destinations", &self.destinations)
            .finish_non_exhaustive()
    }
}

/// TLS by ring with the web's roots, whatever else the process has chosen.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
