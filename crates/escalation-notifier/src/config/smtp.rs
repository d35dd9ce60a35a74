//! Settings of the relay for letters.

use std::path::{Path, PathBuf};

use lettre::{message::Mailbox, transport::smtp::client::Certificate};
use secrecy::SecretString;
use serde::Deserialize;
use service::config::{Faults, Interval};

use super::secret;
use crate::channel::email::{Relay, Security, dkim::Signer};

/// `[escalation_notifier.smtp]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawSmtp {
    /// Host name of the relay. Default none: nothing is sent by e-mail.
    pub host: Option<String>,
    /// Port. Default 587, 465 or 25, as `security` says.
    pub port: Option<u16>,
    /// `starttls`, `tls` or `plain`. Default starttls.
    pub security: String,
    /// User to log in as. Default none.
    pub user: Option<String>,
    /// The user's password. A secret.
    pub password: Option<SecretString>,
    /// Sender, such as `Orderwatch <orderwatch@example.com>`.
    pub from: Option<String>,
    /// A file of certificates (PEM) of authorities that vouch for the relay, beside the public
    /// ones. Default none.
    pub authorities: Option<PathBuf>,
    /// Longest wait for a reply, the one after the final dot included.
    /// Default 10m, as RFC 5321 asks.
    pub timeout: Interval,
    /// Connections at once. Default 4.
    pub connections: u32,
    /// Who vouches for letters; without a selector nobody does.
    pub dkim: RawDkim,
}

/// `[escalation_notifier.smtp.dkim]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawDkim {
    /// Below which name of the domain its public key is found. Default none: letters are not
    /// signed.
    pub selector: Option<String>,
    /// The domain. Default that of `smtp.from`.
    pub domain: Option<String>,
    /// Where the private key is kept, in PEM, of RSA with at least 2048 bits or of Ed25519:
    /// `env:NAME` or `file:PATH`.
    pub key: Option<String>,
}

pub(super) fn relay(raw: RawSmtp, faults: &mut Faults) -> Option<Relay> {
    let host = raw.host?;
    let key = |name: &str| format!("escalation_notifier.smtp.{name}");
    let (security, usual_port) = match raw.security.as_str() {
        "starttls" => (Security::StartTls, 587),
        "tls" => (Security::Tls, 465),
        "plain" => (Security::Plain, 25),
        other => {
            let expected = format!("expected starttls, tls or plain, found {other:?}");
            faults.add(key("security"), expected);
            return None;
        }
    };
    let login = match (raw.user, raw.password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => {
            faults.add(
                key("password"),
                "expected the password of smtp.user, but it is missing",
            );
            None
        }
        (None, Some(_)) => {
            faults.add(
                key("user"),
                "expected the user of smtp.password, but it is missing",
            );
            None
        }
    };
    if login.is_some() && security == Security::Plain {
        faults.add(
            key("security"),
            "expected starttls or tls: a password is never sent in the clear",
        );
    }
    let authorities = raw
        .authorities
        .and_then(|path| faults.check(&key("authorities"), authorities(&path)));
    let from: Mailbox = match raw.from.as_deref().unwrap_or_default().parse() {
        Ok(from) => from,
        Err(_) => {
            let expected = "expected a sender such as Orderwatch <orderwatch@example.com>";
            faults.add(key("from"), expected);
            return None;
        }
    };
    let signer = signer(&raw.dkim, from.email.domain(), faults);
    Some(Relay {
        host,
        port: raw.port.unwrap_or(usual_port),
        security,
        login,
        from,
        authorities,
        timeout: raw.timeout.duration(),
        connections: raw.connections.clamp(1, 64),
        signer,
    })
}

fn signer(raw: &RawDkim, sender: &str, faults: &mut Faults) -> Option<Signer> {
    const KEY: &str = "escalation_notifier.smtp.dkim.key";
    let Some(selector) = raw.selector.as_deref() else {
        if raw.key.is_some() || raw.domain.is_some() {
            faults.add(
                "escalation_notifier.smtp.dkim.selector",
                "expected the selector of smtp.dkim, but it is missing",
            );
        }
        return None;
    };
    let mut name = |key: &str, text: &str| {
        let is_name = !text.is_empty()
            && text
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it));
        if !is_name {
            let key = format!("escalation_notifier.smtp.dkim.{key}");
            faults.add(key, format!("expected a name of DNS, found {text:?}"));
        }
        is_name
    };
    let domain = raw.domain.as_deref().unwrap_or(sender);
    if !(name("selector", selector) & name("domain", domain)) {
        return None;
    }
    let Some(reference) = raw.key.as_deref() else {
        faults.add(KEY, "expected env:NAME or file:PATH, but it is missing");
        return None;
    };
    let key = secret::resolve(KEY, reference, faults)?;
    faults.check(KEY, Signer::new(domain, selector, &key))
}

/// Reads certificates of authorities.
fn authorities(path: &Path) -> Result<Certificate, String> {
    let expected = |why: &str| format!("expected certificates in {}, but {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| expected(&error.to_string()))?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(expected("it holds none in PEM"));
    }
    Certificate::from_pem(text.as_bytes()).map_err(|_| expected("one of them is broken"))
}

impl Default for RawSmtp {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            security: "starttls".to_owned(),
            user: None,
            password: None,
            from: None,
            authorities: None,
            timeout: Interval::seconds(600),
            connections: 4,
            dkim: RawDkim::default(),
        }
    }
}
