//! Where webhooks lead, by name. Procedures know the names only.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use outbound::{
    Url,
    signature::{self, Signer},
};
use secrecy::SecretString;

/// Endpoints by name.
pub type Endpoints = BTreeMap<String, Endpoint>;

/// Where one webhook leads, and by what secrets its calls are signed.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its address.
    pub url: Url,
    /// Where its secrets are: one, or two while the receiver changes from one to the other.
    pub secrets: Vec<Secret>,
}

/// Where a secret is. Never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// A variable of the environment.
    Environment(String),
    /// A file; blanks around its content do not count.
    File(PathBuf),
}

/// Why a call cannot be signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsigned {
    #[error("its secret is missing: {0} is not set")]
    NoVariable(String),
    #[error("its secret is missing: {path} cannot be read: {kind}")]
    NoFile {
        path: String,
        kind: std::io::ErrorKind,
    },
    #[error(transparent)]
    Signature(#[from] signature::Error),
}

impl Endpoint {
    /// Signs by its secrets as they are now: they may be rotated at any time.
    pub(super) async fn signer(&self) -> Result<Signer, Unsigned> {
        let mut secrets = Vec::new();
        for secret in &self.secrets {
            secrets.push(secret.read().await?);
        }
        Ok(Signer::new(&secrets)?)
    }
}

impl Secret {
    async fn read(&self) -> Result<SecretString, Unsigned> {
        let text = match self {
            Self::Environment(name) => {
                std::env::var(name).map_err(|_| Unsigned::NoVariable(name.clone()))?
            }
            Self::File(path) => tokio::fs::read_to_string(path).await.map_err(|error| {
                let path = path.display().to_string();
                let kind = error.kind();
                Unsigned::NoFile { path, kind }
            })?,
        };
        Ok(SecretString::from(text.trim().to_owned()))
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}
