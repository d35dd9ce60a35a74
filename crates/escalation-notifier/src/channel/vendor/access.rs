//! What a robot is called with, and what is therefore not told of it.

use outbound::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    channel::{caller::Error, secret},
    domain::endpoint::{Own, Robot},
};

/// What is shorter is no secret, and stands in other words by chance; in bytes.
const SHORTEST_SECRET: usize = 6;
/// What is shorter between two slashes is a word; in bytes.
const SHORTEST_IN_A_PATH: usize = 16;

/// A robot's secrets, looked up.
#[derive(Debug)]
pub struct Access {
    pub(super) url: Option<Url>,
    pub(super) secret: Option<SecretString>,
    pub(super) own: Own,
    pub(super) token: Option<SecretString>,
}

impl Access {
    pub(super) async fn of(robot: &Robot) -> Result<Self, Error> {
        let url = match &robot.webhook {
            Some(reference) => {
                let text = secret::read(reference).await?;
                let url = Url::parse(text.expose_secret());
                Some(url.map_err(|_| Error::NotAUrl(reference.to_string()))?)
            }
            None => None,
        };
        let secret = match &robot.secret {
            Some(reference) => Some(secret::read(reference).await?),
            None => None,
        };
        Ok(Self {
            url,
            secret,
            own: robot.own.clone(),
            token: None,
        })
    }

    /// What a vendor says, without the secrets and the address that it may repeat.
    pub(super) fn concealed(&self, said: &str, to: Option<&str>) -> String {
        let secrets = self.secrets();
        let hidden = secrets.iter().map(String::as_str).chain(to);
        hidden.fold(said.to_owned(), |said, hidden| said.replace(hidden, "***"))
    }

    /// A vendor's answer without the secrets that it may repeat: what is kept of it leaves out
    /// numbers and its end, and what is left of a secret then is not known for one any more.
    pub(super) fn conceal(&self, mut answer: outbound::Answer) -> outbound::Answer {
        if let Ok(body) = std::str::from_utf8(&answer.body) {
            answer.body = self.concealed(body, None).into_bytes();
        }
        answer
    }

    /// Whatever of it is secret, the longest first.
    fn secrets(&self) -> Vec<String> {
        let url = self.url.as_ref();
        let path = url.map(Url::path).unwrap_or_default();
        let parts = path.split('/').filter(|it| it.len() >= SHORTEST_IN_A_PATH);
        let query = url.and_then(Url::query).unwrap_or_default();
        let pairs = url.into_iter().flat_map(Url::query_pairs);
        let kept = [&self.secret, &self.token].into_iter().flatten();
        let mut secrets: Vec<String> = kept
            .map(ExposeSecret::expose_secret)
            .chain(url.and_then(Url::password))
            .chain([path])
            .chain(parts)
            .chain(
                query
                    .split('&')
                    .filter_map(|it| Some(it.split_once('=')?.1)),
            )
            .map(str::to_owned)
            .chain(pairs.map(|(_, value)| value.into_owned()))
            .filter(|it| it.len() >= SHORTEST_SECRET)
            .collect();
        secrets.sort_by_key(|it| std::cmp::Reverse(it.len()));
        secrets
    }

    pub(super) fn url(&self) -> Result<Url, String> {
        self.url.clone().ok_or_else(|| "there is no URL".to_owned())
    }

    pub(super) fn token(&self) -> Result<&str, String> {
        self.token
            .as_ref()
            .map(ExposeSecret::expose_secret)
            .ok_or_else(|| "there is no access token".to_owned())
    }

    pub(super) fn secret(&self) -> Result<&str, String> {
        self.secret
            .as_ref()
            .map(ExposeSecret::expose_secret)
            .ok_or_else(|| "there is no secret".to_owned())
    }
}
