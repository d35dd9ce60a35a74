//! Secrets, looked up where the directory says they are kept.

use secrecy::SecretString;

use crate::domain::directory::SecretReference;

/// A secret is not where it should be. Says where that is, never the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    #[error("the file {path} cannot be read: {kind}")]
    NoFile {
        path: String,
        kind: std::io::ErrorKind,
    },
}

/// Reads a secret, without the blanks around it.
pub(crate) async fn read(reference: &SecretReference) -> Result<SecretString, NotThere> {
    let text = match reference {
        SecretReference::Environment(name) => {
            std::env::var(name).map_err(|_| NotThere::NoVariable(name.clone()))?
        }
        SecretReference::File(path) => {
            tokio::fs::read_to_string(path)
                .await
                .map_err(|error| NotThere::NoFile {
                    path: path.clone(),
                    kind: error.kind(),
                })?
        }
    };
    Ok(SecretString::from(text.trim()))
}
