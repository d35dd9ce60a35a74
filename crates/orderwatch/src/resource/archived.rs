//! Facts as the archive holds them.

use std::collections::BTreeMap;

use contracts::fact::v1 as wire;
use contracts::fact::v1::value::Value;
use contracts::ingest::v1::ArchivedFact;
use ingest::mapping::masked_cell;
use serde::Serialize;
use serde_json::Value as Json;

use super::word;
use crate::output::Row;
use crate::time::{duration, instant, optional};

/// A fact with the place at which it arrived; personal data is masked.
#[derive(Debug, Serialize)]
pub(crate) struct Archived {
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<String>,
    source: String,
    sequence: i64,
    kind: String,
    entity_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    order_id: String,
    revision: i64,
    attributes: BTreeMap<String, Json>,
}

impl From<ArchivedFact> for Archived {
    fn from(archived: ArchivedFact) -> Self {
        let fact = archived.fact.unwrap_or_default();
        Self {
            arrived_at: optional(archived.journalled_at.as_ref()),
            received_at: optional(fact.received_at.as_ref()),
            sequence: archived.sequence,
            kind: word(fact.kind().as_str_name(), "ENTITY_KIND"),
            attributes: attributes(&fact, masked_cell),
            source: fact.source,
            entity_id: fact.entity_id,
            order_id: fact.order_id,
            revision: fact.revision,
        }
    }
}

/// Shows what a fact says, typed; each text as `shown` makes it of the attribute's name and it.
pub(super) fn attributes(
    fact: &wire::Fact,
    shown: impl Fn(&str, &str) -> String,
) -> BTreeMap<String, Json> {
    let attributes = fact.attributes.iter().map(|attribute| {
        let value = attribute
            .value
            .as_ref()
            .and_then(|value| value.value.as_ref());
        let value = value.map_or(Json::Null, |value| {
            json(value, |text| shown(&attribute.name, text))
        });
        (attribute.name.clone(), value)
    });
    attributes.collect()
}

/// Shows attributes in one line.
pub(super) fn in_a_line(attributes: &BTreeMap<String, Json>) -> String {
    let shown = attributes.iter().map(|(name, value)| match value {
        Json::String(text) => format!("{name}={text}"),
        value => format!("{name}={value}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn json(value: &Value, shown: impl Fn(&str) -> String) -> Json {
    match value {
        Value::BoolValue(value) => (*value).into(),
        Value::IntValue(value) => (*value).into(),
        Value::DoubleValue(value) => (*value).into(),
        Value::TextValue(text) => shown(text).into(),
        Value::TimestampValue(at) => instant(at).into(),
        Value::DurationValue(span) => duration(span).into(),
        Value::TextListValue(wire::TextList { values }) => {
            values.iter().map(|text| shown(text)).collect()
        }
        Value::InstantListValue(wire::InstantList { values }) => {
            values.iter().map(instant).collect()
        }
    }
}

impl Row for Archived {
    const COLUMNS: &'static [&'static str] = &[
        "ARRIVED AT",
        "SOURCE",
        "SEQUENCE",
        "KIND",
        "ENTITY",
        "REVISION",
        "ATTRIBUTES",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.arrived_at.clone().unwrap_or_default(),
            self.source.clone(),
            self.sequence.to_string(),
            self.kind.clone(),
            self.entity_id.clone(),
            self.revision.to_string(),
            in_a_line(&self.attributes),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, write_list};

    fn attribute(name: &str, value: Value) -> wire::Attribute {
        wire::Attribute {
            name: name.to_owned(),
            value: Some(wire::Value { value: Some(value) }),
        }
    }

    #[test]
    fn an_archived_fact_shows_typed_values_and_no_personal_data() {
        let at = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
        let scans = vec![at(1_507_146_900), at(1_507_150_500)];
        let archived = Archived::from(ArchivedFact {
            fact: Some(wire::Fact {
                source: "crm".to_owned(),
                kind: wire::EntityKind::Customer.into(),
                entity_id: "c-7".to_owned(),
                revision: 3,
                attributes: vec![
                    attribute("vip", Value::BoolValue(true)),
                    attribute("x_phone", Value::TextValue("13812345678".to_owned())),
                    attribute("x_note", Value::TextValue("mail a.b@c.com".to_owned())),
                    attribute("amount", Value::DoubleValue(12.5)),
                    attribute(
                        "scans",
                        Value::InstantListValue(wire::InstantList { values: scans }),
                    ),
                ],
                ..wire::Fact::default()
            }),
            journalled_at: Some(at(1_507_150_501)),
            sequence: 12,
        });
        let mut out = Vec::new();
        write_list(&mut out, Format::Json, std::slice::from_ref(&archived)).unwrap();
        write_list(&mut out, Format::Table, &[archived]).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
