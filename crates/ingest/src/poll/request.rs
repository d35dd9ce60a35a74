//! Requests as plain data, everything filled in.

use std::borrow::Cow;
use std::fmt;

use order::Span;
use serde_json::Value as Json;
use url::Url;

use super::page::Place;
use super::window::Window;
use super::{Failure, FailureKind, Polling};
use crate::connector::{Auth, Body, Method, Position, Scope, Seen, Template};

/// What an installation fills in: parameters and secrets, by name. Never printed.
#[derive(Clone)]
pub struct Installation {
    /// Values of the parameters.
    pub parameters: Json,
    /// Values of the secrets.
    pub secrets: Json,
}

/// A request, whole but for what only its sender knows: access token and signature.
#[derive(Clone)]
pub struct Request {
    /// How it is made.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Its headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// What it sends.
    pub payload: Option<Payload>,
    /// How it proves who sends it.
    pub credentials: Option<Credentials>,
    /// Longest that the answer may take.
    pub timeout: Span,
}

/// What a request sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A form.
    Form(Vec<(String, String)>),
    /// JSON.
    Json(Json),
}

/// How a request proves who sends it. Never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// User and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that is given for these.
    OAuth2 {
        /// Where tokens are given.
        token_url: String,
        /// The client.
        client_id: String,
        /// The client's secret.
        client_secret: String,
        /// What the token is for.
        scope: Option<String>,
    },
}

impl Installation {
    /// Takes secrets out of a text, should any be in it.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        let secrets = self.secrets.as_object().into_iter().flatten();
        secrets.fold(text.to_owned(), |text, (name, secret)| {
            match secret.as_str().filter(|secret| secret.len() >= 4) {
                Some(secret) => text.replace(secret, &format!("[{name}]")),
                None => text,
            }
        })
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Installation")
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("to", &self.shown())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Basic { .. } => "Basic",
            Self::OAuth2 { .. } => "OAuth2",
        })
    }
}

impl Request {
    /// Returns where it goes, as far as it may be told: secrets stand in queries.
    #[must_use]
    pub fn shown(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        format!("{host}{}", self.url.path())
    }
}

impl Polling<'_> {
    /// Returns what templates see at a place of a window.
    pub(super) fn scope(&self, window: &Window, place: &Place) -> Scope<'_> {
        let number = |number: Option<i64>| number.map_or(Seen::Absent, Seen::Number);
        let from = match window.from {
            Some(Position::Instant(instant)) => Seen::Instant(instant),
            Some(Position::Number(from)) => Seen::Number(from),
            None => Seen::Absent,
        };
        let token = place.token.clone();
        Scope::default()
            .json("parameter", &self.installation.parameters)
            .json("secret", &self.installation.secrets)
            .with("now", Seen::Instant(window.began))
            .with("from", from)
            .with("to", window.to.map_or(Seen::Absent, Seen::Instant))
            .with("page", number(place.page))
            .with("offset", number(place.offset))
            .with("size", number(place.size))
            .with(
                "token",
                token.map_or(Seen::Absent, |token| Seen::Text(Cow::Owned(token))),
            )
    }

    /// Writes the request for a page.
    pub(super) fn request(&self, window: &Window, place: &Place) -> Result<Request, Failure> {
        let scope = self.scope(window, place);
        let pairs = |templates: &[(String, Template)]| self.pairs(templates, &scope);
        let mut headers = pairs(&self.http.headers)?;
        for (name, value) in pairs(&self.poll.headers)? {
            headers.retain(|(known, _)| *known != name);
            headers.push((name, value));
        }
        let url = match &place.link {
            Some(link) => link.clone(),
            None => {
                let mut url = self.url(&scope)?;
                let query = pairs(&self.poll.query)?;
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(query);
                }
                url
            }
        };
        let payload = match &self.poll.body {
            None => None,
            Some(Body::Form(form)) => Some(Payload::Form(pairs(form)?)),
            Some(Body::Json(leaf)) => {
                let json = self.connector.rendered_leaf(leaf, &scope);
                Some(Payload::Json(json.map_err(|error| self.unwritten(&error))?))
            }
        };
        Ok(Request {
            method: self.poll.method,
            url,
            headers,
            payload,
            credentials: self.credentials(&scope)?,
            timeout: self.poll.timeout.unwrap_or(self.http.timeout),
        })
    }

    fn url(&self, scope: &Scope<'_>) -> Result<Url, Failure> {
        let target = self.filled(&self.poll.target, scope)?;
        let whole = if target.starts_with("https://") || target.starts_with("http://") {
            target
        } else {
            let base = self.poll.url.as_ref().unwrap_or(&self.http.url);
            let base = self.filled(base, scope)?;
            format!("{}{target}", base.trim_end_matches('/'))
        };
        Url::parse(&whole).map_err(|error| {
            let message = format!("the URL of the request is not one: {error}");
            Failure::new(FailureKind::Request, message)
        })
    }

    fn credentials(&self, scope: &Scope<'_>) -> Result<Option<Credentials>, Failure> {
        Ok(match &self.http.auth {
            None => None,
            Some(Auth::Basic { user, password }) => Some(Credentials::Basic {
                user: self.filled(user, scope)?,
                password: self.filled(password, scope)?,
            }),
            Some(Auth::OAuth2 {
                token_url,
                client_id,
                client_secret,
                scope: wanted,
            }) => Some(Credentials::OAuth2 {
                token_url: self.filled(token_url, scope)?,
                client_id: self.filled(client_id, scope)?,
                client_secret: self.filled(client_secret, scope)?,
                scope: wanted
                    .as_ref()
                    .map(|wanted| self.filled(wanted, scope))
                    .transpose()?,
            }),
        })
    }

    /// Fills in names and texts; what is absent is left out.
    fn pairs(
        &self,
        templates: &[(String, Template)],
        scope: &Scope<'_>,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut pairs = Vec::with_capacity(templates.len());
        for (name, template) in templates {
            let text = self.connector.rendered(template, scope);
            if let Some(text) = text.map_err(|error| self.unwritten(&error))? {
                pairs.push((name.clone(), text));
            }
        }
        Ok(pairs)
    }

    fn filled(&self, template: &Template, scope: &Scope<'_>) -> Result<String, Failure> {
        let text = self.connector.rendered(template, scope);
        let text = text.map_err(|error| self.unwritten(&error))?;
        text.ok_or_else(|| self.unwritten("an expression gives nothing where a text is needed"))
    }

    fn unwritten(&self, error: &str) -> Failure {
        let message = self.installation.redacted(error);
        Failure::new(
            FailureKind::Request,
            format!("the request cannot be written: {message}"),
        )
    }
}
