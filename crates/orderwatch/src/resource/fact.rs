//! Facts as a connector makes them.

use std::collections::BTreeMap;

use contracts::fact::v1 as wire;
use serde::Serialize;
use serde_json::Value as Json;

use super::archived::{attributes, in_a_line};
use crate::output::Row;

/// A fact as fixtures write it, with all that it says: whoever tries a connector is to see what
/// of a person would be kept.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) source: String,
    pub(crate) kind: String,
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<String>,
    pub(crate) revision: i64,
    pub(crate) fields: BTreeMap<String, Json>,
}

impl From<&order::Fact> for Fact {
    fn from(fact: &order::Fact) -> Self {
        let kind = fact.kind().as_str().to_owned();
        let wire = wire::Fact::from(fact);
        Self {
            kind,
            fields: attributes(&wire, |_, text| text.to_owned()),
            source: wire.source,
            id: wire.entity_id,
            order: Some(wire.order_id).filter(|id| !id.is_empty()),
            revision: wire.revision,
        }
    }
}

impl Row for Fact {
    const COLUMNS: &'static [&'static str] =
        &["SOURCE", "KIND", "ID", "ORDER", "REVISION", "FIELDS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.source.clone(),
            self.kind.clone(),
            self.id.clone(),
            self.order.clone().unwrap_or_default(),
            self.revision.to_string(),
            in_a_line(&self.fields),
        ]
    }
}
