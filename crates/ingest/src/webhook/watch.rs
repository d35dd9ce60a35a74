//! Keeping the routes as the connectors in force have them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use order::Catalogue;
use secrecy::SecretString;
use service::lifecycle::Shutdown;
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use super::Webhooks;
use super::routes::{InForce, Installation, Routes};
use crate::Error;
use crate::config::{self, NoSecret, Secrets};
use crate::connector::Connector;
use crate::store::connector::{self, Stored};

/// How often it is told what happened.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Looks after the routes.
pub(super) struct Watch {
    webhooks: Arc<Webhooks>,
    secrets: Secrets,
    has_public_url: bool,
    remember: TimeDelta,
    every: Duration,
    catalogue: Arc<Catalogue>,
    /// Connectors that are read already, by the digest of their texts.
    read: HashMap<[u8; 32], Arc<Connector>>,
    /// What was said last of webhooks that cannot take calls.
    told: String,
}

impl Watch {
    pub(super) fn new(
        webhooks: Arc<Webhooks>,
        config: &config::Webhooks,
        secrets: Secrets,
    ) -> Self {
        Self {
            webhooks,
            secrets,
            has_public_url: config.public_url.is_some(),
            remember: config.remember_deliveries,
            every: config.refresh,
            catalogue: Arc::new(Catalogue::standard()),
            read: HashMap::new(),
            told: String::new(),
        }
    }

    /// Looks again and again, until the service stops.
    pub(super) async fn run(mut self, shutdown: Shutdown) -> Result<(), Error> {
        let mut told_at = Instant::now();
        while shutdown.sleep(self.every).await {
            self.look().await;
            if told_at.elapsed() >= TELL_EVERY {
                told_at = Instant::now();
                self.webhooks.routes().tell();
            }
        }
        self.webhooks.routes().tell();
        Ok(())
    }

    /// Looks once. While the database is away everything stays as it was.
    pub(super) async fn look(&mut self) {
        match connector::list(self.webhooks.database.pool()).await {
            Ok(stored) => self.replace(&stored),
            Err(error) => {
                warn!(error = %error, "cannot look for connectors, webhooks stay as they were");
            }
        }
    }

    fn replace(&mut self, stored: &[Stored]) {
        let connectors: Vec<InForce> = stored.iter().filter_map(|one| self.in_force(one)).collect();
        self.read = connectors
            .iter()
            .map(|one| (one.digest, Arc::clone(&one.connector)))
            .collect();
        let secrets = &self.secrets;
        let installation = Installation {
            secret: &|connector, name| secret(secrets, connector, name),
            has_public_url: self.has_public_url,
            remember: self.remember,
        };
        let routes = Routes::of(&connectors, &installation, &self.webhooks.routes());
        self.tell(&routes);
        self.webhooks.replace(routes);
    }

    fn in_force(&self, stored: &Stored) -> Option<InForce> {
        let digest: [u8; 32] = Sha256::digest(stored.yaml.as_bytes()).into();
        let connector = match self.read.get(&digest) {
            Some(connector) => Arc::clone(connector),
            None => match Connector::parse(&stored.yaml, Arc::clone(&self.catalogue)) {
                Ok(connector) => Arc::new(connector),
                Err(faults) => {
                    let fault = faults.first().map(ToString::to_string).unwrap_or_default();
                    warn!(connector.name = stored.name, error = %fault, "connector cannot be read any more");
                    return None;
                }
            },
        };
        Some(InForce {
            connector,
            yaml: stored.yaml.as_str().into(),
            digest,
            parameters: stored.parameters.0.clone(),
            is_paused: stored.is_paused,
        })
    }

    /// Says what keeps webhooks from taking calls, when that has changed.
    fn tell(&mut self, routes: &Routes) {
        let closed = routes.closed();
        let now = format!("{closed:?}");
        if now == self.told {
            return;
        }
        if closed.is_empty() {
            info!("all webhooks take calls");
        }
        for (name, reason) in closed {
            warn!(
                webhook.name = name,
                error.code = "OW-INGEST-WEBHOOK-CLOSED",
                error = reason,
                "webhook takes no calls"
            );
        }
        self.told = now;
    }
}

/// A secret that is there and empty is one: 快递100 may have no salt.
fn secret(secrets: &Secrets, connector: &str, name: &str) -> Result<SecretString, String> {
    match secrets.get(connector, name) {
        Err(NoSecret::Empty(_)) => Ok(SecretString::from("")),
        found => found.map_err(|error| error.to_string()),
    }
}
