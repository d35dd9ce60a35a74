//! Changes of connectors.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::event::v1::ResourceOutcome;
use contracts::ingest::v1 as wire;
use order::{Catalogue, Timestamp};
use service::event_log;
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::{Connectors, missing, signed};
use crate::connector::Connector;
use crate::domain::BadRequest;
use crate::store::connector::{self, Parameters, PlacedFeed, Stored};
use crate::{Error, events};

/// What stands for the etag of a connector that is not there.
const NONE: &str = "none";

impl Connectors {
    pub(super) async fn apply(
        &self,
        request: wire::ApplyConnectorRequest,
    ) -> Result<wire::ApplyConnectorResponse, Error> {
        let (actor, reason) = signed(&request.actor, &request.reason)?;
        let catalogue = Arc::new(Catalogue::standard());
        let connector =
            Connector::parse(&request.connector_yaml, catalogue).map_err(Error::Mapping)?;
        let parameters: Parameters = request.parameters.into_iter().collect();
        check_parameters(&connector, &parameters)?;
        let name = connector.name();
        let etag = etag(&request.connector_yaml, &parameters);
        let mut response = wire::ApplyConnectorResponse {
            name: name.to_owned(),
            etag: etag.clone(),
            outcome: ResourceOutcome::Created as i32,
            warnings: self.warnings(&connector),
        };
        let mut transaction = self.context.database.pool().begin().await?;
        let known = connector::lock(&mut transaction, name).await?;
        unchanged_since(name, known.as_ref(), &request.etag)?;
        if let Some(known) = &known {
            let is_same = known.etag == etag;
            response.outcome = match is_same {
                true => ResourceOutcome::Unchanged as i32,
                false => ResourceOutcome::Configured as i32,
            };
            if is_same {
                return Ok(response);
            }
        }
        if request.dry_run {
            return Ok(response);
        }
        let now: Timestamp = self.poller.now();
        let stored = Stored {
            name: name.to_owned(),
            yaml: request.connector_yaml,
            parameters: Json(parameters),
            etag,
            version: connector::next_version(&mut transaction).await?,
            is_paused: known.is_some_and(|known| known.is_paused),
            changed_at: now.into(),
            changed_by: actor.to_owned(),
        };
        connector::put(&mut transaction, &stored).await?;
        connector::put_feeds(&mut transaction, name, &feeds(&connector), now).await?;
        let note = format!("connector {name} is now {}", stored.etag);
        let by = (actor, reason);
        let event = events::connector("applied", (name, stored.version), by, note, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.context.relay.wake();
        self.poller.wake();
        Ok(response)
    }

    pub(super) async fn delete(
        &self,
        request: wire::DeleteConnectorRequest,
    ) -> Result<wire::DeleteConnectorResponse, Error> {
        let by = signed(&request.actor, &request.reason)?;
        let name = request.name.as_str();
        let mut transaction = self.context.database.pool().begin().await?;
        let known = connector::lock(&mut transaction, name).await?;
        let known = known.ok_or_else(|| missing(name))?;
        unchanged_since(name, Some(&known), &request.etag)?;
        let version = connector::next_version(&mut transaction).await?;
        connector::delete(&mut transaction, name).await?;
        let note = format!("connector {name} was {}", known.etag);
        let now = self.poller.now();
        let event = events::connector("deleted", (name, version), by, note, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.context.relay.wake();
        Ok(wire::DeleteConnectorResponse {})
    }

    /// Pauses or resumes; answers whether that changed anything.
    pub(super) async fn pause(
        &self,
        name: &str,
        is_paused: bool,
        (actor, reason): (&str, &str),
    ) -> Result<bool, Error> {
        let (actor, reason) = signed(actor, reason)?;
        let mut transaction = self.context.database.pool().begin().await?;
        let known = connector::lock(&mut transaction, name).await?;
        let known = known.ok_or_else(|| missing(name))?;
        if known.is_paused == is_paused {
            return Ok(false);
        }
        let now = self.poller.now();
        let stored = Stored {
            is_paused,
            version: connector::next_version(&mut transaction).await?,
            changed_at: now.into(),
            changed_by: actor.to_owned(),
            ..known
        };
        connector::put(&mut transaction, &stored).await?;
        let what = if is_paused { "paused" } else { "resumed" };
        let note = format!("connector {name} is {what}");
        let by = (actor, reason);
        let event = events::connector(what, (name, stored.version), by, note, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.context.relay.wake();
        self.poller.wake();
        Ok(true)
    }

    /// Says what keeps a connector from running here, and what it is likely to be regretted for.
    fn warnings(&self, connector: &Connector) -> Vec<String> {
        let missing = connector.secrets().iter().filter_map(|secret| {
            let found = self.poller.secrets().get(connector.name(), secret.as_str());
            found.err().map(|error| error.to_string())
        });
        let regretted = connector.warnings().into_iter();
        let regretted = regretted.map(|warning| format!("{warning}; {}", warning.help));
        missing.chain(regretted).collect()
    }
}

fn unchanged_since(name: &str, known: Option<&Stored>, expected: &str) -> Result<(), Error> {
    let found = known.map_or(NONE, |known| known.etag.as_str());
    if expected.is_empty() || expected == found {
        return Ok(());
    }
    Err(Error::ConnectorChanged {
        name: name.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

fn check_parameters(connector: &Connector, given: &Parameters) -> Result<(), Error> {
    let known: BTreeMap<&str, bool> = connector
        .parameters()
        .iter()
        .map(|parameter| (parameter.name.as_str(), parameter.default.is_some()))
        .collect();
    if let Some(name) = given.keys().find(|name| !known.contains_key(name.as_str())) {
        let message = format!("the connector has no parameter `{name}`");
        return Err(BadRequest::new("parameters", message).into());
    }
    let missing = known
        .iter()
        .find(|(name, has_default)| !**has_default && !given.contains_key(**name));
    match missing {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("parameter `{name}` has no default: say what it is here");
            Err(BadRequest::new("parameters", message).into())
        }
    }
}

fn etag(yaml: &str, parameters: &Parameters) -> String {
    let mut digest = Sha256::new();
    digest.update(yaml.as_bytes());
    for (name, value) in parameters {
        for text in [name, value] {
            digest.update([0]);
            digest.update(text.as_bytes());
        }
    }
    hex::encode(&digest.finalize()[..16])
}

fn feeds(connector: &Connector) -> Vec<PlacedFeed> {
    let placed = |feed: &crate::connector::Feed| PlacedFeed {
        dataset: feed.dataset.clone(),
        kind: feed.origin.kind(),
        sources: connector
            .sources_of(&feed.dataset)
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    connector.feeds().iter().map(placed).collect()
}
