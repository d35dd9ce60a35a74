//! What a caller must know to be believed.

use std::fmt;

/// Secrets of the vendors. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Signs requests to the ERP.
    pub(super) app_secret: String,
    /// Access token of ERP, CRM, customs and the carrier's list.
    pub(super) token: String,
    /// Key of the carrier's query.
    pub(super) key: String,
    /// Salt of the carrier's pushes.
    pub(super) salt: String,
}

impl Credentials {
    /// Makes all of them from one secret, which is each of them.
    #[must_use]
    pub fn all(secret: &str) -> Self {
        Self {
            app_secret: secret.to_owned(),
            token: secret.to_owned(),
            key: secret.to_owned(),
            salt: secret.to_owned(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .finish_non_exhaustive()
    }
}
