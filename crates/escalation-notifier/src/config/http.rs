//! The section `[escalation_notifier.http]`.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use service::config::Faults;

use super::secret;

/// Fewest characters of a token: whoever has it sees who is on call.
const TOKEN_CHARACTERS: usize = 20;

/// `[escalation_notifier.http]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawHttp {
    /// Where calendars are served, such as `0.0.0.0:7414`. Default none: they are not.
    pub listen: Option<SocketAddr>,
    /// Where the token is kept that the address of a calendar must end with, as `?token=`:
    /// `env:NAME` or `file:PATH`, of at least 20 characters. Default none: no calendar is served.
    pub calendar_token: Option<String>,
}

/// What is served beside gRPC.
#[derive(Clone, Debug, Default)]
pub struct Http {
    /// Where, if anywhere.
    pub listen: Option<SocketAddr>,
    /// What the address of a calendar must say.
    pub calendar_token: Option<SecretString>,
}

impl Http {
    pub(super) fn validate(raw: RawHttp, faults: &mut Faults) -> Self {
        const TOKEN: &str = "escalation_notifier.http.calendar_token";
        let token = raw
            .calendar_token
            .and_then(|reference| secret::resolve(TOKEN, &reference, faults))
            .filter(|token| {
                let long = token.expose_secret().chars().count() >= TOKEN_CHARACTERS;
                if !long {
                    faults.add(TOKEN, "expected a token of at least 20 characters");
                }
                long
            });
        Self {
            listen: raw.listen,
            calendar_token: token,
        }
    }
}
