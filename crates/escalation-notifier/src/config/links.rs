//! The section `[escalation_notifier.acknowledge]`.

use outbound::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use service::config::{Faults, Interval};

use crate::acknowledge::link::Links;

/// Fewest bytes of a key that signs.
const KEY_BYTES: usize = 32;

/// `[escalation_notifier.acknowledge]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawAcknowledge {
    /// Where people's phones reach the pages, such as `https://orderwatch.example.com/notices`.
    /// Default none: notices have no link.
    pub url: Option<String>,
    /// What links are signed with, at least 32 bytes. A secret.
    pub key: Option<SecretString>,
    /// How long a link is good for. Default 3d.
    pub lifetime: Interval,
}

impl Default for RawAcknowledge {
    fn default() -> Self {
        Self {
            url: None,
            key: None,
            lifetime: Interval::seconds(3 * 24 * 3_600),
        }
    }
}

/// Links in notices, when there are any.
pub(super) fn links(raw: RawAcknowledge, faults: &mut Faults) -> Option<Links> {
    let key = |name: &str| format!("escalation_notifier.acknowledge.{name}");
    let url = match Url::parse(raw.url.as_deref()?) {
        Ok(url) if ["https", "http"].contains(&url.scheme()) => Some(url),
        _ => {
            let expected = "expected an address such as https://orderwatch.example.com/notices";
            faults.add(key("url"), expected);
            None
        }
    };
    let signing = raw.key.filter(|key| key.expose_secret().len() >= KEY_BYTES);
    if signing.is_none() {
        faults.add(
            key("key"),
            "expected at least 32 bytes to sign links with, such as `openssl rand -base64 32` makes",
        );
    }
    Some(Links::new(signing?, url?, raw.lifetime.duration()))
}
