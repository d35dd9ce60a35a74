//! Secrets that the settings name by where they are kept.

use secrecy::SecretString;
use service::config::Faults;

use crate::domain::directory::SecretReference;

/// Reads the secret that a setting names, noting under its key when it is not there.
pub(super) fn resolve(key: &str, reference: &str, faults: &mut Faults) -> Option<SecretString> {
    // What stands there may be the secret: it is not repeated.
    let reference: SecretReference = faults.check(key, reference.parse())?;
    let read = match &reference {
        SecretReference::Environment(name) => std::env::var(name).map_err(|_| "it is not set"),
        SecretReference::File(path) => {
            std::fs::read_to_string(path).map_err(|_| "it cannot be read")
        }
    };
    match read {
        Ok(text) => Some(SecretString::from(text.trim())),
        Err(why) => {
            faults.add(key, format!("expected a secret at {reference}, but {why}"));
            None
        }
    }
}
