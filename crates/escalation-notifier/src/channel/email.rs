//! E-mail over SMTP.

pub mod dkim;

use std::time::Duration;

use chrono::Utc;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{markup::Markup, vendor::Limits, words::kept};
use crate::{domain::retry::Answer, message::Letter};

/// What a person gets by letter: ours, so that nobody drowns in them.
pub(crate) const LIMITS: Limits = Limits {
    windows: const { &[(20, Duration::from_secs(60))] },
    block: Duration::from_secs(60),
    bytes: 32_768,
    markup: Markup::Plain,
    digests: true,
};

/// Replies for good that say nothing of the letter: it wants a login, or another one (RFC 4954, 6).
const ABOUT_THE_LOGIN: [u16; 4] = [530, 534, 535, 538];

/// How the connection to the relay is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// Plain at first, then TLS; never without.
    StartTls,
    /// Not at all.
    Plain,
}

/// A relay, as configured.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: Security,
    /// Login, when the relay asks for one.
    pub login: Option<(String, SecretString)>,
    /// Sender of every letter.
    pub from: Mailbox,
    /// Authorities that vouch for it, beside the public ones.
    pub authorities: Option<Certificate>,
    /// Longest wait for any one reply. After the final dot a relay may take ten
    /// minutes, and who hangs up earlier sends twice (RFC 5321, 4.5.3.2.6).
    pub timeout: Duration,
    /// Connections at once.
    pub connections: u32,
    /// Who vouches for letters, when somebody does.
    pub signer: Option<dkim::Signer>,
}

/// Sends letters through one relay.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    signer: Option<dkim::Signer>,
}

impl Mailer {
    /// A mailer that connects when it has something to send.
    ///
    /// # Errors
    ///
    /// The relay's name cannot be used for TLS.
    pub fn new(relay: &Relay) -> Result<Self, lettre::transport::smtp::Error> {
        let tls = match relay.security {
            Security::Tls => Tls::Wrapper(trust(relay)?),
            Security::StartTls => Tls::Required(trust(relay)?),
            Security::Plain => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&relay.host)
            .port(relay.port)
            .tls(tls)
            .timeout(Some(relay.timeout))
            .pool_config(PoolConfig::new().max_size(relay.connections));
        if let Some((user, password)) = &relay.login {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            from: relay.from.clone(),
            signer: relay.signer.clone(),
        })
    }

    /// Sends a letter. Its Message-ID is made of what it is known by, so that a
    /// letter that is sent again can be recognised as the same.
    pub async fn send(&self, id: Uuid, to: &str, letter: Letter) -> Answer {
        let Ok(address) = to.parse::<Address>() else {
            return Answer::Refused {
                detail: "the address is not one".to_owned(),
            };
        };
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text);
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                return Answer::Refused {
                    detail: error.to_string(),
                };
            }
        };
        let mut letter = message.formatted();
        if let Some(signer) = &self.signer {
            match signer.signed(&letter, Utc::now()) {
                Ok(signed) => letter = signed,
                Err(error) => {
                    return Answer::Refused {
                        detail: error.to_string(),
                    };
                }
            }
        }
        match self.transport.send_raw(message.envelope(), &letter).await {
            Ok(reply) => {
                let words: Vec<&str> = reply.message().collect();
                Answer::Accepted {
                    detail: kept(&format!("{} {}", reply.code(), words.join(" "))),
                }
            }
            Err(error) => judge(&error),
        }
    }
}

/// Whose word is taken that the relay is the one named.
fn trust(relay: &Relay) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let builder = TlsParameters::builder(relay.host.clone());
    match &relay.authorities {
        Some(authorities) => builder.add_root_certificate(authorities.clone()).build(),
        None => builder.build(),
    }
}

fn judge(error: &lettre::transport::smtp::Error) -> Answer {
    let mut detail = error.to_string();
    if let Some(cause) = std::error::Error::source(error)
        && !detail.contains(&cause.to_string())
    {
        detail = format!("{detail}: {cause}");
    }
    let detail = kept(&detail);
    let about_us = error
        .status()
        .is_some_and(|code| ABOUT_THE_LOGIN.contains(&code.into()));
    let retry_after = None;
    if error.is_permanent() && !about_us {
        Answer::Refused { detail }
    } else if error.status().is_some() || has_no_connection(error) {
        Answer::Unavailable {
            retry_after,
            detail,
        }
    } else {
        Answer::Unknown {
            retry_after,
            detail,
        }
    }
}

/// Whether there was no connection to send anything through: what lettre says so only in words.
fn has_no_connection(error: &lettre::transport::smtp::Error) -> bool {
    error.is_tls() || error.is_client() || error.to_string().starts_with("Connection error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_letter_that_found_no_relay_did_not_arrive() {
        for host in ["127.0.0.1", "no-such-relay.invalid"] {
            let relay = Relay {
                host: host.to_owned(),
                port: 1,
                security: Security::Plain,
                login: None,
                from: "Orderwatch <orderwatch@example.com>".parse().unwrap(),
                authorities: None,
                timeout: Duration::from_secs(5),
                connections: 1,
                signer: None,
            };
            let letter = Letter {
                subject: "a subject".to_owned(),
                text: "a text\n".to_owned(),
            };
            let mailer = Mailer::new(&relay).unwrap();
            let answer = mailer.send(Uuid::nil(), "li.na@example.com", letter).await;
            assert_eq!(answer.outcome(), "unavailable", "{answer:?}");
        }
    }
}
