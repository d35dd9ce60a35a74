//! From the document's tree to a connector, every fault reported with its place.

mod dataset;
mod http;
mod poll;
mod query;
mod range;
mod values;
mod webhook;

use std::sync::Arc;

use order::Catalogue;

use super::{Connector, Parameter, SecretName};
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::{self, Content, Node};
use crate::mapping::vocabulary::{PARAMETER, SECRET};
use crate::mapping::{Fault, Mapping, function};

const VERSION: &str = "orderwatch/v1";
const KIND: &str = "Connector";

/// What the templates of a request see.
const REQUEST: [&str; 9] = [
    PARAMETER, SECRET, "from", "to", "page", "offset", "size", "token", "now",
];
/// What templates see that are no part of a particular request.
const INSTALLATION: [&str; 3] = [PARAMETER, SECRET, "now"];
/// What is seen of an answer.
const ANSWER: [&str; 7] = [
    "body", "status", "headers", "page", "offset", "size", PARAMETER,
];
/// What is seen of a call.
const CALL: [&str; 5] = ["body", "headers", "query", "form", PARAMETER];

/// Reads a connector.
pub(super) fn connector(yaml: &str, catalogue: Arc<Catalogue>) -> Result<Connector, Vec<Fault>> {
    let document = document::read(yaml).map_err(|fault| vec![fault])?;
    let mut decoder = Decoder::new(&catalogue);
    let read = decoder.connector(&document);
    let faults = decoder.faults;
    match read {
        Some(connector) if faults.is_empty() => Ok(connector(catalogue)),
        _ => Err(faults),
    }
}

impl Decoder<'_> {
    fn connector(
        &mut self,
        document: &Node,
    ) -> Option<impl FnOnce(Arc<Catalogue>) -> Connector + use<>> {
        let root = self.entries(document, "", &["apiVersion", "kind", "metadata", "spec"])?;
        self.constant(&root, "apiVersion", VERSION);
        self.constant(&root, "kind", KIND);
        let name = self.name(&root);
        let spec = self.required(&root, "spec")?;
        let known = [
            "timezone",
            "parameters",
            "secrets",
            "sources",
            "http",
            "datasets",
        ];
        let spec = self.entries(spec, "spec", &known)?;
        let zone = self.zone(&spec);
        let parameters = self.parameters(&spec);
        let secrets = self.secrets(&spec);
        let sources = self.list(&spec, "sources", Self::source);
        let http = spec.get("http").and_then(|entry| self.http(&entry.node));
        let read = self.datasets(&spec);
        self.polls_have_http(&spec, &read.feeds);
        let (name, zone) = (name?, zone?);
        Some(move |catalogue| Connector {
            mapping: Mapping {
                name,
                sources,
                datasets: read.datasets,
                catalogue,
                context: function::context(zone.clone()),
                zone,
            },
            parameters,
            secrets: with_databases(secrets, &read.feeds),
            http,
            feeds: read.feeds,
        })
    }

    fn parameters(&mut self, spec: &Entries<'_>) -> Vec<Parameter> {
        let Some(entry) = spec.get("parameters") else {
            return Vec::new();
        };
        let path = spec.path_of("parameters");
        let Some(entries) = self.mapping_of(&entry.node, &path, "a mapping of names to defaults")
        else {
            return Vec::new();
        };
        let mut parameters = Vec::with_capacity(entries.len());
        for entry in entries {
            self.parameters.push(entry.key.clone());
            let path = format!("{path}.{}", entry.key);
            let name = self.parsed(&path, &entry.key, entry.place);
            let default = match &entry.node.content {
                Content::Null => Some(None),
                _ => self
                    .entries(&entry.node, &path, &["default"])
                    .map(|told| self.optional_text(&told, "default").map(|(text, _)| text)),
            };
            if let (Some(name), Some(default)) = (name, default) {
                parameters.push(Parameter { name, default });
            }
        }
        parameters
    }

    fn secrets(&mut self, spec: &Entries<'_>) -> Vec<SecretName> {
        if spec.get("secrets").is_none() {
            return Vec::new();
        }
        self.list(spec, "secrets", |decoder, node, path| {
            let (text, place) = decoder.node_text(node, path)?;
            if decoder.secrets.contains(&text) {
                decoder.report(path, place, format!("secret `{text}` is given twice"), "");
                return None;
            }
            decoder.secrets.push(text.clone());
            decoder.parsed(path, &text, place)
        })
    }
}

/// Adds the secrets that queries name outright: the URLs of their databases.
fn with_databases(mut secrets: Vec<SecretName>, feeds: &[super::Feed]) -> Vec<SecretName> {
    for feed in feeds {
        if let super::Origin::Query(query) = &feed.origin
            && !secrets.contains(&query.database)
        {
            secrets.push(query.database.clone());
        }
    }
    secrets
}
