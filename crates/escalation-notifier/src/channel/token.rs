//! Access tokens, which vendors grant for a while and want to be asked for seldom.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(300);

/// The longest that a token is used, whatever the vendor says it is good for.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// A token as it was granted.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub text: SecretString,
    /// How long it is good for.
    pub lifetime: Duration,
}

/// Tokens of applications, by where their secrets are kept.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Mutex<HashMap<String, (SecretString, Instant)>>>);

impl Tokens {
    /// A token that is good for a while yet.
    pub(crate) fn get(&self, application: &str) -> Option<SecretString> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, end) = held.get(application)?;
        (Instant::now() < *end).then(|| text.clone())
    }

    /// Keeps a token.
    pub(crate) fn keep(&self, application: &str, token: &Token) {
        let lifetime = token.lifetime.min(LONGEST);
        let end = Instant::now() + lifetime.saturating_sub(MARGIN);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(application.to_owned(), (token.text.clone(), end));
    }

    /// Forgets a token that is not good any more.
    pub(crate) fn forget(&self, application: &str) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(application);
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_however_long_a_vendor_says_that_it_is_good_for() {
        let tokens = Tokens::default();
        let token = Token {
            text: SecretString::from("granted"),
            lifetime: Duration::from_secs(u64::MAX),
        };
        tokens.keep("application", &token);
        assert!(tokens.get("application").is_some());
    }
}
