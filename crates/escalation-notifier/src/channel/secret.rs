//! Secrets, looked up where the directory says they are kept.

use std::io::{self, ErrorKind};

use secrecy::SecretString;
use tokio::{
    fs::{self, File},
    io::AsyncReadExt,
};

use crate::domain::directory::SecretReference;

/// Longest secret in bytes.
const LONGEST: u64 = 64 << 10;

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
        SecretReference::File(path) => text_of(path).await.map_err(|error| NotThere::NoFile {
            path: path.clone(),
            kind: error.kind(),
        })?,
    };
    Ok(SecretString::from(text.trim()))
}

/// Text of a file: not of a device, which may never end, nor of anything as large as no secret is.
async fn text_of(path: &str) -> io::Result<String> {
    if !fs::metadata(path).await?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    let mut file = File::open(path).await?.take(LONGEST + 1);
    file.read_to_string(&mut text).await?;
    if text.len() as u64 > LONGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_never_ends_is_no_secret() {
        for path in ["/dev/zero", "/proc/self/fd"] {
            let read = read(&SecretReference::File(path.to_owned())).await;
            assert!(matches!(read, Err(NotThere::NoFile { .. })), "{path}");
        }
        let large = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(large.path(), "x".repeat(70_000)).unwrap();
        let path = large.path().display().to_string();
        let read = read(&SecretReference::File(path)).await;
        assert!(matches!(read, Err(NotThere::NoFile { .. })));
    }
}
