//! Whether a fact's values are what the catalogue says.

use crate::catalogue::{CUSTOM_PREFIX, Catalogue, FieldType};
use crate::fact::Fact;
use crate::timestamp::Timestamp;
use crate::value::Value;

/// Most bytes of a text value.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;
/// 1990-01-01T00:00:00Z: before shops had computers to tell us of.
const EARLIEST: Timestamp = Timestamp::from_seconds(631_152_000);
/// 2100-01-01T00:00:00Z.
const LATEST: Timestamp = Timestamp::from_seconds(4_102_444_800);

/// One attribute that is not what the catalogue says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {message}")]
pub struct Fault {
    /// Name of the attribute.
    pub attribute: String,
    /// What was expected and what was found.
    pub message: String,
}

impl Catalogue {
    /// Checks every attribute of a fact; an empty list means that all is well.
    #[must_use]
    pub fn check(&self, fact: &Fact) -> Vec<Fault> {
        fact.attributes()
            .iter()
            .filter_map(|(name, value)| {
                self.check_value(fact, name, value).map(|message| Fault {
                    attribute: name.to_string(),
                    message,
                })
            })
            .collect()
    }

    fn check_value(&self, fact: &Fact, name: &str, value: &Value) -> Option<String> {
        match self.field(fact.kind(), name) {
            Some(field) => fault_of(field.field_type, value),
            None if name.starts_with(CUSTOM_PREFIX) => None,
            None => Some(format!(
                "there is no such field of {}; a shop's own fields start with `{CUSTOM_PREFIX}`",
                fact.kind()
            )),
        }
    }
}

fn fault_of(expected: FieldType, value: &Value) -> Option<String> {
    match (expected, value) {
        (FieldType::Bool, Value::Bool(_)) | (FieldType::Duration, Value::Duration(_)) => None,
        (FieldType::Int, Value::Int(number)) => {
            (*number < 0).then(|| format!("must not be negative, found {number}"))
        }
        (FieldType::Amount, Value::Double(amount)) => (!amount.is_finite() || *amount < 0.0)
            .then(|| format!("must be a finite amount and not negative, found {amount}")),
        (FieldType::Text, Value::Text(text)) => fault_of_text(text),
        (FieldType::TextList, Value::TextList(texts)) => {
            texts.iter().find_map(|text| fault_of_text(text))
        }
        (FieldType::Event | FieldType::Plan, Value::Timestamp(instant)) => {
            fault_of_instant(*instant)
        }
        (FieldType::EventList, Value::InstantList(instants)) => instants
            .iter()
            .find_map(|instant| fault_of_instant(*instant)),
        (expected, found) => Some(format!("expected {expected}, found {}", found.type_name())),
    }
}

fn fault_of_instant(instant: Timestamp) -> Option<String> {
    (instant < EARLIEST || instant >= LATEST)
        .then(|| format!("must lie between 1990 and 2100, found {instant}"))
}

fn fault_of_text(text: &str) -> Option<String> {
    if text.len() > MAX_TEXT_BYTES {
        return Some(format!(
            "has {} bytes, at most {MAX_TEXT_BYTES} are allowed",
            text.len()
        ));
    }
    text.contains('\0')
        .then(|| "must not contain the character U+0000".to_owned())
}
