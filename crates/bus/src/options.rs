//! How to reach the broker, and what to ask of it.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::{ConnectOptions, ServerAddr};
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// How the service proves to the broker who it is.
#[derive(Clone, Debug, Default)]
pub enum Credentials {
    /// Nothing is asked for, or the URL holds user and password.
    #[default]
    None,
    /// A shared token.
    Token(SecretString),
    /// User and password.
    Password {
        /// Login.
        user: String,
        /// Its password.
        password: SecretString,
    },
    /// A `.creds` file with a JWT and its NKey seed.
    File(PathBuf),
}

/// Where the broker is and how to deal with it.
#[derive(Clone, Debug)]
pub struct Options {
    /// One URL, or several of one cluster separated by commas.
    pub url: String,
    /// Name of the connection in the broker's monitoring: the service's name.
    pub name: String,
    /// How to log in.
    pub credentials: Credentials,
    /// Copies of each stream; 3 on a cluster, 1 on a single server.
    pub replicas: usize,
    /// Most bytes that the facts stream may hold; older facts give way.
    pub facts_bytes: i64,
    /// Most bytes that each other stream may hold.
    pub events_bytes: i64,
    /// How long an acknowledgement is waited for before its fate counts as unknown.
    pub ack_timeout: Duration,
    /// How long the start waits for the first connection before it goes on without.
    pub first_wait: Duration,
}

impl Options {
    /// Gives the defaults for a broker at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            name: name.into(),
            credentials: Credentials::None,
            replicas: 1,
            facts_bytes: 2 << 30,
            events_bytes: 512 << 20,
            ack_timeout: Duration::from_secs(5),
            first_wait: Duration::from_secs(3),
        }
    }

    /// The address as it may be shown: without user and password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        self.url
            .split(',')
            .map(|one| without_login(one.trim()))
            .collect::<Vec<_>>()
            .join(",")
    }

    pub(crate) fn addresses(&self) -> Result<Vec<ServerAddr>, Error> {
        let parse = |one: &str| {
            one.parse().map_err(|error: std::io::Error| Error::Address {
                url: without_login(one),
                reason: error.to_string(),
            })
        };
        self.url.split(',').map(|one| parse(one.trim())).collect()
    }

    pub(crate) async fn connect_options(&self) -> Result<ConnectOptions, Error> {
        let options = ConnectOptions::new()
            .name(&self.name)
            .retry_on_initial_connect()
            .connection_timeout(Duration::from_secs(5))
            .ping_interval(Duration::from_secs(5))
            .subscription_capacity(64 * 1024)
            .reconnect_delay_callback(|attempt| Duration::from_millis(100 << attempt.min(5)));
        Ok(match &self.credentials {
            Credentials::None => options,
            Credentials::Token(token) => options.token(token.expose_secret().to_owned()),
            Credentials::Password { user, password } => {
                options.user_and_password(user.clone(), password.expose_secret().to_owned())
            }
            Credentials::File(path) => {
                options
                    .credentials_file(path)
                    .await
                    .map_err(|source| Error::Credentials {
                        path: path.display().to_string(),
                        source,
                    })?
            }
        })
    }
}

fn without_login(one: &str) -> String {
    let Ok(mut url) = url::Url::parse(one) else {
        return one.rsplit('@').next().unwrap_or(one).to_owned();
    };
    let cleaned = url.set_username("").and_then(|()| url.set_password(None));
    if cleaned.is_ok() {
        url.to_string()
    } else {
        one.rsplit('@').next().unwrap_or(one).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_address_is_never_shown() {
        let options = Options::new("nats://me:hush@one:4222, nats://me:hush@two:4222", "test");
        assert_eq!(options.shown_url(), "nats://one:4222,nats://two:4222");
    }

    #[test]
    fn an_address_that_is_none_is_named_in_the_error() {
        let error = Options::new("nats://one:port", "test")
            .addresses()
            .unwrap_err();
        assert!(error.to_string().contains("nats://one:port"), "{error}");
    }
}
