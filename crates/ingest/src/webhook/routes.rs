//! Which webhooks there are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value as Json;

use super::endpoint::Endpoint;
use super::signing;
use super::tally::Tally;
use crate::connector::{Connector, Feed, Origin, Scope, Webhook};
use crate::signer::{Answers, WebhookSigner};

/// A connector in force here.
#[derive(Clone, Debug)]
pub(crate) struct InForce {
    pub(crate) connector: Arc<Connector>,
    pub(crate) yaml: Arc<str>,
    /// SHA-256 of the text.
    pub(crate) digest: [u8; 32],
    /// What the installation fills in, by name.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) is_paused: bool,
}

/// What an installation gives to its webhooks.
pub(super) struct Installation<'i> {
    /// Finds the secret of a connector by its name.
    pub(super) secret: &'i dyn Fn(&str, &str) -> Result<SecretString, String>,
    /// Whether it is known under which URL vendors call.
    pub(super) has_public_url: bool,
    /// How long deliveries are remembered whose vendor does not say how old they may be.
    pub(super) remember: TimeDelta,
}

/// All webhooks, by `<connector>/<path>`.
#[derive(Default)]
pub(super) struct Routes {
    routes: HashMap<Arc<str>, Arc<Route>>,
}

/// One webhook.
pub(super) struct Route {
    /// Else why its calls cannot be taken.
    pub(super) endpoint: Result<Arc<Endpoint>, String>,
    pub(super) answers: Answers,
    pub(super) tally: Arc<Tally>,
}

impl Routes {
    /// Makes the routes of all connectors in force; those that were there go on counting.
    pub(super) fn of(
        connectors: &[InForce],
        installation: &Installation<'_>,
        before: &Self,
    ) -> Self {
        let mut routes = HashMap::new();
        for in_force in connectors {
            for feed in in_force.connector.feeds() {
                let Origin::Webhook(webhook) = &feed.origin else {
                    continue;
                };
                let name = format!("{}/{}", in_force.connector.name(), webhook.path);
                let counted = before.routes.get(name.as_str());
                let tally = counted.map_or_else(Arc::default, |route| Arc::clone(&route.tally));
                let route = route(in_force, (feed, webhook), installation, tally);
                routes.insert(name.into(), Arc::new(route));
            }
        }
        Self { routes }
    }

    /// Finds a webhook.
    pub(super) fn find(&self, name: &str) -> Option<(Arc<str>, Arc<Route>)> {
        let (name, route) = self.routes.get_key_value(name)?;
        Some((Arc::clone(name), Arc::clone(route)))
    }

    /// Returns what keeps webhooks from taking calls.
    pub(super) fn closed(&self) -> BTreeMap<&str, &str> {
        let closed = self.routes.iter().filter_map(|(name, route)| {
            let reason = route.endpoint.as_ref().err()?;
            Some((&**name, reason.as_str()))
        });
        closed.collect()
    }

    /// Tells what happened since it was last told.
    pub(super) fn tell(&self) {
        for (name, route) in &self.routes {
            route.tally.tell(name);
        }
    }
}

fn route(
    in_force: &InForce,
    (feed, webhook): (&Feed, &Webhook),
    installation: &Installation<'_>,
    tally: Arc<Tally>,
) -> Route {
    let endpoint = endpoint(in_force, (feed, webhook), installation);
    let answers = match &endpoint {
        Ok(endpoint) => endpoint.signer.answers(),
        Err(_) => Answers::named(&webhook.sign.by).unwrap_or(WebhookSigner::Shopify.answers()),
    };
    Route {
        endpoint: endpoint.map(Arc::new),
        answers,
        tally,
    }
}

fn endpoint(
    in_force: &InForce,
    (feed, webhook): (&Feed, &Webhook),
    installation: &Installation<'_>,
) -> Result<Endpoint, String> {
    let connector = &in_force.connector;
    if in_force.is_paused {
        return Err("the connector is paused".to_owned());
    }
    let parameters = connector.filled(&in_force.parameters)?;
    let secrets = secrets(connector, webhook, installation)?;
    let named = named_secrets(connector, webhook, installation)?;
    let scope = Scope::default()
        .json("parameter", &parameters)
        .json("secret", &named);
    let signer = signing::signer(connector, &webhook.sign, &scope)?;
    if signer == WebhookSigner::HubSpotV3 && !installation.has_public_url {
        return Err("ingest.webhooks.public_url is not set, and its vendor signs it".to_owned());
    }
    let remember = signer
        .replay_window()
        .map_or(installation.remember, |window| window * 2);
    Ok(Endpoint {
        connector: Arc::clone(connector),
        yaml: Arc::clone(&in_force.yaml),
        digest: in_force.digest,
        dataset: feed.dataset.clone(),
        webhook: webhook.clone(),
        signer,
        secrets,
        parameters,
        remember,
    })
}

/// Each line of the secret is one: the new one first, and the old one as long as the vendor
/// still signs with it.
fn secrets(
    connector: &Connector,
    webhook: &Webhook,
    installation: &Installation<'_>,
) -> Result<Vec<SecretString>, String> {
    let Some(name) = &webhook.sign.secret else {
        return Ok(Vec::new());
    };
    let text = (installation.secret)(connector.name(), name.as_str())?;
    let lines = text.expose_secret().lines().map(str::trim_end);
    let secrets: Vec<SecretString> = lines.map(SecretString::from).collect();
    if secrets.is_empty() {
        return Ok(vec![SecretString::from("")]);
    }
    Ok(secrets)
}

/// Secrets that templates of the signer's options may name.
fn named_secrets(
    connector: &Connector,
    webhook: &Webhook,
    installation: &Installation<'_>,
) -> Result<Json, String> {
    let mut named = serde_json::Map::new();
    if webhook.sign.options.is_empty() {
        return Ok(Json::Object(named));
    }
    for name in connector.secrets() {
        let text = (installation.secret)(connector.name(), name.as_str())?;
        let text = text.expose_secret().to_owned();
        named.insert(name.as_str().to_owned(), Json::String(text));
    }
    Ok(Json::Object(named))
}
