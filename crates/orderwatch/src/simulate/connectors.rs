//! The connectors of the day: applied before it, paused after it.

use std::collections::HashMap;

use contracts::ingest::v1 as wire;
use contracts::time::instant;
use order::Timestamp;
use simulator::Source;

use super::served::Served;
use crate::connection::Connection;
use crate::failure::{Exit, Failure};

/// Who acts, for the audit record.
const ACTOR: &str = "simulator";

/// Where ingest looks for secrets; a warning that names it keeps a connector from running.
const SECRETS: &str = "ingest.secrets";

/// One connector of the day.
struct Ready {
    name: &'static str,
    yaml: &'static str,
    /// Which vendor it asks; none for webhooks.
    vendor: Option<&'static str>,
}

/// Those for real vendors as they are delivered, and two that only the simulator needs.
const CONNECTORS: [Ready; 5] = [
    Ready {
        name: "jushuitan",
        yaml: include_str!("../../../../deploy/connectors/jushuitan.yaml"),
        vendor: Some("jushuitan"),
    },
    Ready {
        name: "hubspot",
        yaml: include_str!("../../../../deploy/connectors/hubspot.yaml"),
        vendor: Some("hubspot"),
    },
    Ready {
        name: "kuaidi100",
        yaml: include_str!("../../../../deploy/connectors/kuaidi100.yaml"),
        vendor: None,
    },
    Ready {
        name: "carrier",
        yaml: include_str!("../../../../deploy/demo/carrier.yaml"),
        vendor: Some("kuaidi100"),
    },
    Ready {
        name: "customs",
        yaml: include_str!("../../../../deploy/demo/customs.yaml"),
        vendor: Some("customs"),
    },
];

/// Names the source of facts that a system's connectors write to.
pub(super) const fn source_name(source: Source) -> &'static str {
    match source {
        Source::Erp => "jushuitan-erp",
        Source::Carrier => "kuaidi100-logistics",
        Source::Crm => "hubspot-crm",
        Source::Customs => "customs",
    }
}

/// Names the system that keeps a connector.
fn system(connector: &str) -> Option<Source> {
    Some(match connector {
        "jushuitan" => Source::Erp,
        "kuaidi100" | "carrier" => Source::Carrier,
        "hubspot" => Source::Crm,
        "customs" => Source::Customs,
        _ => return None,
    })
}

/// Puts all of them in force from the beginning: an earlier day's are forgotten.
pub(super) async fn apply(connection: &Connection, served: &Served) -> Result<(), Failure> {
    for ready in &CONNECTORS {
        forget(connection, ready.name).await?;
        let mut parameters = HashMap::new();
        if let Some(vendor) = ready.vendor {
            parameters.insert("url".to_owned(), served.url(vendor));
        }
        if ready.name == "jushuitan" {
            parameters.insert("app_key".to_owned(), "simulated".to_owned());
        }
        let request = wire::ApplyConnectorRequest {
            connector_yaml: ready.yaml.to_owned(),
            parameters,
            actor: ACTOR.to_owned(),
            reason: "the simulated day begins".to_owned(),
            ..wire::ApplyConnectorRequest::default()
        };
        let client = connection.connectors();
        let applied = client
            .insist(request, async |mut client, request| {
                client.apply_connector(request).await
            })
            .await?;
        let mut warnings = applied.warnings.iter();
        if let Some(warning) = warnings.find(|warning| warning.contains(SECRETS)) {
            let what = format!("connector {} cannot run: {warning}", ready.name);
            return Err(Failure::new(Exit::FailedPrecondition, what)
                .remedy("start ingest with the secrets that scripts/demo gives it"));
        }
    }
    Ok(())
}

async fn forget(connection: &Connection, name: &str) -> Result<(), Failure> {
    let request = wire::DeleteConnectorRequest {
        name: name.to_owned(),
        actor: ACTOR.to_owned(),
        reason: "another simulated day begins".to_owned(),
        ..wire::DeleteConnectorRequest::default()
    };
    let client = connection.connectors();
    let deleted = client
        .insist(request, async |mut client, request| {
            client.delete_connector(request).await
        })
        .await;
    match deleted {
        Err(failure) if failure.exit() != Exit::NotFound => Err(failure),
        _ => Ok(()),
    }
}

/// Pauses all of them.
pub(super) async fn pause(connection: &Connection) -> Result<(), Failure> {
    for ready in &CONNECTORS {
        let request = wire::PauseConnectorRequest {
            name: ready.name.to_owned(),
            actor: ACTOR.to_owned(),
            reason: "the simulated day is over".to_owned(),
        };
        let client = connection.connectors();
        client
            .insist(request, async |mut client, request| {
                client.pause_connector(request).await
            })
            .await?;
    }
    Ok(())
}

/// What the connectors of one system have read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Read {
    pub(super) records: u64,
    pub(super) facts: u64,
    pub(super) quarantined: u64,
}

/// Returns what each system's connectors have read so far.
pub(super) async fn read(connection: &Connection) -> Result<[Read; Source::ALL.len()], Failure> {
    let client = connection.connectors();
    let request = wire::ListConnectorsRequest {};
    let listed = client
        .insist(request, async |mut client, request| {
            client.list_connectors(request).await
        })
        .await?;
    let mut read = [Read::default(); Source::ALL.len()];
    for connector in listed.connectors {
        let Some(source) = system(&connector.name) else {
            continue;
        };
        let read = &mut read[source as usize];
        for feed in connector.feeds {
            read.records += feed.records.unsigned_abs();
            read.facts += feed.facts.unsigned_abs();
            read.quarantined += feed.quarantined.unsigned_abs();
        }
    }
    Ok(read)
}

/// Returns whether every source is complete through an instant.
pub(super) async fn are_complete(
    connection: &Connection,
    through: Timestamp,
) -> Result<bool, Failure> {
    let client = connection.ingest();
    let request = wire::ListSourcesRequest {};
    let listed = client
        .insist(request, async |mut client, request| {
            client.list_sources(request).await
        })
        .await?;
    let is_complete = |name: &str| {
        let mut sources = listed.sources.iter();
        let found = sources.find(|source| {
            source
                .declaration
                .as_ref()
                .is_some_and(|declaration| declaration.source == name)
        });
        let watermark = found.and_then(|source| source.watermark.as_ref());
        watermark
            .and_then(|at| instant(at).ok())
            .is_some_and(|at| at >= through)
    };
    Ok(Source::ALL
        .into_iter()
        .all(|source| is_complete(source_name(source))))
}
