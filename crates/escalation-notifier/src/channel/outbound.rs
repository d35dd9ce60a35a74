//! Outbound HTTP. Only hosts that the operator has named are spoken to, and
//! redirects are not followed.

use std::{collections::BTreeSet, time::Duration};

use reqwest::{Client, redirect};
use url::Url;

use crate::domain::directory::SecretReference;

/// A client that speaks to named hosts only.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    allowed_hosts: BTreeSet<String>,
    plain_http: bool,
}

/// Why a webhook cannot be called. Says nothing of the URL itself.
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
    #[error("the webhook in {reference} must use https")]
    NotSecure { reference: String },
    #[error("the webhook's host {0} is not in outbound.allowed_hosts")]
    HostNotAllowed(String),
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

impl Outbound {
    /// A client for these hosts; each attempt ends after `timeout`.
    ///
    /// # Errors
    ///
    /// The client cannot be built.
    pub fn new(
        allowed_hosts: impl IntoIterator<Item = String>,
        plain_http: bool,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(timeout)
            .build()
            .map_err(Error::Client)?;
        let allowed_hosts = allowed_hosts
            .into_iter()
            .map(|host| host.to_lowercase())
            .collect();
        Ok(Self {
            client,
            allowed_hosts,
            plain_http,
        })
    }

    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Looks a webhook's URL up and checks that it may be called.
    ///
    /// # Errors
    ///
    /// It is not there, is no URL, or leads where nothing may be sent.
    pub async fn webhook(&self, reference: &SecretReference) -> Result<Url, Error> {
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
        let url = Url::parse(text.trim()).map_err(|_| Error::NotAUrl(reference.to_string()))?;
        let secure = url.scheme() == "https" || (self.plain_http && url.scheme() == "http");
        if !secure {
            return Err(Error::NotSecure {
                reference: reference.to_string(),
            });
        }
        let host = url.host_str().unwrap_or_default().to_lowercase();
        if !self.allowed_hosts.contains(&host) {
            return Err(Error::HostNotAllowed(host));
        }
        Ok(url)
    }
}

/// TLS by ring with the web's roots, whatever else the process has chosen.
fn tls() -> Result<rustls::ClientConfig, Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
