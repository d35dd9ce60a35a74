//! Where the secrets of connectors are: in the environment or in files, never in documents.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use service::config::Faults;

/// `[ingest.secrets]` as it is written: `"shopify.token" = {env = "SHOPIFY_TOKEN"}` or
/// `{file = "/run/secrets/shopify"}`, by connector and name.
pub type RawSecrets = BTreeMap<String, RawSecret>;

/// Where one secret is, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawSecret {
    /// Variable of the environment that holds it.
    pub env: Option<String>,
    /// File that holds it; blanks at its end do not count.
    pub file: Option<PathBuf>,
}

/// Where secrets are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    places: BTreeMap<String, Place>,
}

#[derive(Clone, Debug)]
enum Place {
    Environment(String),
    File(PathBuf),
}

/// Why there is no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoSecret {
    #[error("secret `{0}` is not among [ingest.secrets]")]
    Unknown(String),
    #[error("secret `{name}` is missing: the variable {variable} is not set")]
    Variable { name: String, variable: String },
    #[error("secret `{name}` is missing: {path} cannot be read: {kind}")]
    File {
        name: String,
        path: String,
        kind: std::io::ErrorKind,
    },
    #[error("secret `{0}` is empty")]
    Empty(String),
}

impl Secrets {
    /// Validates the section; faults are reported by key.
    pub(super) fn validate(raw: RawSecrets, faults: &mut Faults) -> Self {
        let mut places = BTreeMap::new();
        for (name, secret) in raw {
            let key = format!("ingest.secrets.{name}");
            if !name.contains('.') {
                faults.add(&key, "expected CONNECTOR.NAME, such as shopify.token");
            }
            let place = match (secret.env, secret.file) {
                (Some(variable), None) => Place::Environment(variable),
                (None, Some(path)) => Place::File(path),
                _ => {
                    faults.add(key, "expected either env or file");
                    continue;
                }
            };
            places.insert(name, place);
        }
        Self { places }
    }

    /// Looks a secret up, as it is now: it may be rotated at any time.
    pub(crate) fn get(&self, connector: &str, name: &str) -> Result<SecretString, NoSecret> {
        let name = format!("{connector}.{name}");
        let text = match self.places.get(&name) {
            None => return Err(NoSecret::Unknown(name)),
            Some(Place::Environment(variable)) => {
                let missing = |_| NoSecret::Variable {
                    name: name.clone(),
                    variable: variable.clone(),
                };
                std::env::var(variable).map_err(missing)?
            }
            Some(Place::File(path)) => {
                let unreadable = |error: std::io::Error| NoSecret::File {
                    name: name.clone(),
                    path: path.display().to_string(),
                    kind: error.kind(),
                };
                std::fs::read_to_string(path).map_err(unreadable)?
            }
        };
        match text.trim_end() {
            "" => Err(NoSecret::Empty(name)),
            text => Ok(SecretString::from(text.to_owned())),
        }
    }
}
