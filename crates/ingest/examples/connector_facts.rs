//! Shows what the facts of a payload are: a connector's document, the name of one of its
//! datasets, and a file with what the vendor answers or sends.
//!
//! `cargo run -p ingest --example connector_facts -- shopify.yaml orders-pushed order.json`
//!
//! Headers of a call may follow as NAME=VALUE.

use std::process::ExitCode;
use std::sync::Arc;

use ingest::connector::{Connector, Origin, Scope};
use ingest::mapping::{Columns, RawRecord};
use order::Catalogue;
use serde_json::{Map, Value as Json};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [document, dataset, payload, headers @ ..] = arguments.as_slice() else {
        println!("usage: connector_facts CONNECTOR.yaml DATASET PAYLOAD.json [HEADER=VALUE]…");
        return ExitCode::from(64);
    };
    match shown(document, dataset, payload, headers) {
        Ok((facts, 0)) => {
            println!("{facts} facts");
            ExitCode::SUCCESS
        }
        Ok((facts, rejected)) => {
            println!("{facts} facts, {rejected} records rejected");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the facts; returns how many there are, and how many records are rejected.
fn shown(
    document: &str,
    dataset: &str,
    payload: &str,
    headers: &[String],
) -> Result<(usize, usize), String> {
    let read =
        |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let connector = Connector::parse(&read(document)?, Arc::new(Catalogue::standard()));
    let connector = connector.map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        faults.join("\n")
    })?;
    for warning in connector.warnings() {
        println!("warning: {warning}");
    }
    let body: Json = serde_json::from_str(&read(payload)?).map_err(|error| error.to_string())?;
    let records = records(&connector, dataset, body, headers)?;
    let columns = Columns {
        file: dataset,
        names: &[],
    };
    let reader = connector.mapping().reader(&columns, None);
    let reader = reader.map_err(|faults| format!("{faults:?}"))?;
    let (mut count, mut rejected) = (0, 0);
    for record in &records {
        match reader.facts(RawRecord::Line(record.to_string().as_bytes())) {
            Ok(facts) => {
                count += facts.len();
                facts.iter().for_each(|fact| println!("{fact:?}"));
            }
            Err(rejection) => {
                rejected += 1;
                println!("rejected: {rejection}");
            }
        }
    }
    Ok((count, rejected))
}

fn records(
    connector: &Connector,
    dataset: &str,
    body: Json,
    headers: &[String],
) -> Result<Vec<Json>, String> {
    let headers: Map<String, Json> = headers
        .iter()
        .filter_map(|header| header.split_once('='))
        .map(|(name, value)| (name.to_owned(), Json::from(value)))
        .collect();
    let headers = Json::Object(headers);
    let scope = Scope::default()
        .json("body", &body)
        .json("headers", &headers);
    match connector.feed(dataset).map(|feed| &feed.origin) {
        Some(Origin::Poll(poll)) => connector.records(&poll.records, &scope),
        Some(Origin::Webhook(webhook)) => {
            if let Some(when) = &webhook.when
                && !connector.truth(when, &scope)?
            {
                return Err("`when` says that it is about something else".to_owned());
            }
            connector.records(&webhook.records, &scope)
        }
        _ => Ok(vec![body]),
    }
}
