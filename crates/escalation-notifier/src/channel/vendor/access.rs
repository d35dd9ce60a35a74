//! What a robot is called with, and what is therefore not told of it.

use outbound::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    channel::{caller::Error, secret},
    domain::endpoint::{Own, Robot},
};

/// What is shorter is no secret, and stands in other words by chance; in bytes.
const SHORTEST_SECRET: usize = 6;

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
        let url = self.url.as_ref();
        let path = url.map(Url::path);
        let query = url.into_iter().flat_map(Url::query_pairs);
        let query: Vec<_> = query.map(|(_, value)| value).collect();
        let secrets = [&self.secret, &self.token].into_iter().flatten();
        let hidden = secrets
            .map(ExposeSecret::expose_secret)
            .chain(query.iter().map(AsRef::as_ref))
            .chain(path)
            .filter(|it| it.len() >= SHORTEST_SECRET)
            .chain(to);
        hidden.fold(said.to_owned(), |said, hidden| said.replace(hidden, "***"))
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
