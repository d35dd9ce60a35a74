//! What of the documents is personal data: sealed before it is stored, masked when it is shown.

use serde_norway::Value;

use super::{Resources, document};
use crate::domain::contact::{self, Kind};

impl Resources {
    /// Every personal datum with its place, such as `Directory/main: spec.people.ann.email[0]`.
    fn personal(&mut self) -> Vec<(String, Kind, &mut Value)> {
        let mut found = Vec::new();
        for ((kind, name), document) in &mut self.documents {
            if kind != document::DIRECTORY {
                continue;
            }
            let people = document
                .get_mut("spec")
                .and_then(|spec| spec.get_mut("people"))
                .and_then(Value::as_mapping_mut);
            for (person, points) in people.into_iter().flatten() {
                let person = person.as_str().unwrap_or_default();
                let path = format!("{kind}/{name}: spec.people.{person}");
                let points = points.as_mapping_mut().into_iter().flatten();
                for (key, value) in points {
                    if let Some(kind) = key.as_str().and_then(Kind::named) {
                        addresses(&format!("{path}.{kind}"), kind, value, &mut found);
                    }
                }
            }
        }
        found
    }

    /// The same with each personal datum made another, such as sealed or opened.
    ///
    /// # Errors
    ///
    /// The first of one that cannot be.
    pub fn with_personal<E>(
        &self,
        mut change: impl FnMut(&str, &str) -> Result<String, E>,
    ) -> Result<Self, E> {
        let mut changed = self.clone();
        for (path, _, value) in changed.personal() {
            if let Some(text) = value.as_str() {
                *value = Value::String(change(&path, text)?);
            }
        }
        Ok(changed)
    }

    /// Whether there is any personal datum.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        !self.clone().personal().is_empty()
    }

    /// The same with contact points masked.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        for (_, kind, value) in masked.personal() {
            if let Some(text) = value.as_str() {
                *value = Value::String(contact::masked(kind, text));
            }
        }
        masked
    }
}

/// Addresses of one kind: a text, or a list of texts and of mappings with an `address`.
fn addresses<'a>(
    path: &str,
    kind: Kind,
    value: &'a mut Value,
    found: &mut Vec<(String, Kind, &'a mut Value)>,
) {
    match value {
        Value::Sequence(items) => {
            for (item, index) in items.iter_mut().zip(0..) {
                addresses(&format!("{path}[{index}]"), kind, item, found);
            }
        }
        Value::Mapping(_) => {
            if let Some(address) = value.get_mut("address") {
                found.push((format!("{path}.address"), kind, address));
            }
        }
        text => found.push((path.to_owned(), kind, text)),
    }
}
