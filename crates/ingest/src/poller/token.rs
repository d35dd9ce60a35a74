//! Access tokens (OAuth 2, client credentials), kept until shortly before they expire.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use order::{Span, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::client::Client;
use crate::connector::Method;
use crate::poll::{Broken, Credentials, Payload, Request};

/// How long before its end a token is renewed.
const EARLY: Span = Span::from_seconds(60);
/// How long a token is taken to last of which nothing is said.
const UNSAID: i64 = 300;
/// Most bytes of an answer with a token.
const MAX_ANSWER: u64 = 64 << 10;

/// The tokens of all connectors.
#[derive(Default)]
pub(super) struct Tokens {
    kept: Mutex<HashMap<Credentials, Token>>,
}

#[derive(Clone)]
struct Token {
    access: SecretString,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    expires_in: Option<f64>,
}

impl Tokens {
    /// Returns a token that is valid for a while.
    pub(super) async fn bearer(
        &self,
        client: &Client,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<SecretString, Broken> {
        if let Some(token) = self.kept().get(credentials)
            && now < token.until
        {
            return Ok(token.access.clone());
        }
        let token = fetch(client, credentials, now).await?;
        let access = token.access.clone();
        self.kept().insert(credentials.clone(), token);
        Ok(access)
    }

    /// Gives a token up that the vendor does not accept any more.
    pub(super) fn forget(&self, credentials: &Credentials) {
        self.kept().remove(credentials);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Credentials, Token>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens")
    }
}

async fn fetch(
    client: &Client,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Token, Broken> {
    let request = request(credentials)?;
    let answered = client.send(&request, None, MAX_ANSWER).await?;
    match answered.status {
        200..300 => {}
        500..600 | 408 | 429 => {
            let message = format!("the token endpoint answers {}", answered.status);
            return Err(Broken::Connection(message));
        }
        status => {
            return Err(Broken::Token(format!(
                "the token endpoint answers {status}"
            )));
        }
    }
    let answer: Answer = serde_json::from_slice(&answered.body).map_err(|error| {
        let message = format!("the token endpoint answers without access_token: {error}");
        Broken::Token(message)
    })?;
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a token fit")]
    let seconds = answer.expires_in.map_or(UNSAID, |seconds| seconds as i64);
    let whole = Span::from_seconds(seconds.clamp(0, 86_400 * 366));
    let early = EARLY.min(Span::from_micros(whole.micros() / 10));
    Ok(Token {
        access: answer.access_token,
        until: now + (whole - early),
    })
}

fn request(credentials: &Credentials) -> Result<Request, Broken> {
    let Credentials::OAuth2 {
        token_url,
        client_id,
        client_secret,
        scope,
    } = credentials
    else {
        return Err(Broken::Token("these credentials need none".to_owned()));
    };
    let url = url::Url::parse(token_url)
        .map_err(|error| Broken::Token(format!("token_url is not a URL: {error}")))?;
    let mut form = vec![
        ("grant_type".to_owned(), "client_credentials".to_owned()),
        ("client_id".to_owned(), client_id.clone()),
        ("client_secret".to_owned(), client_secret.clone()),
    ];
    form.extend(
        scope
            .iter()
            .map(|scope| ("scope".to_owned(), scope.clone())),
    );
    Ok(Request {
        method: Method::Post,
        url,
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        payload: Some(Payload::Form(form)),
        credentials: None,
        timeout: Span::from_seconds(30),
    })
}
