//! What of the documents is personal data: sealed before it is stored, masked when it is shown.

use std::collections::BTreeSet;

use serde_norway::Value;

use super::{Resources, document};
use crate::domain::contact::{self, Kind};

/// One address of a person, with its place, such as `Directory/main: spec.people.ann.email[0]`.
struct Point<'a> {
    path: String,
    person: String,
    kind: Kind,
    /// The address, or a mapping that says more of it.
    value: &'a mut Value,
}

impl Point<'_> {
    fn address(&self) -> Option<&str> {
        let address = self.value.get(ADDRESS).unwrap_or(self.value);
        address.as_str()
    }

    fn is_verified(&self) -> bool {
        self.value.get(VERIFIED).and_then(Value::as_bool) != Some(false)
    }
}

const ADDRESS: &str = "address";
const VERIFIED: &str = "verified";

impl Resources {
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
        for point in changed.points() {
            if let Some(text) = point.address() {
                let text = Value::String(change(&point.path, text)?);
                match point.value.get_mut(ADDRESS) {
                    Some(address) => *address = text,
                    None => *point.value = text,
                }
            }
        }
        Ok(changed)
    }

    /// Whether there is any personal datum.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        !self.clone().points().is_empty()
    }

    /// The same with contact points masked.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        for point in masked.points() {
            if let Some(text) = point.address() {
                let text = Value::String(contact::masked(point.kind, text));
                match point.value.get_mut(ADDRESS) {
                    Some(address) => *address = text,
                    None => *point.value = text,
                }
            }
        }
        masked
    }

    /// The same with an address of a person vouched for.
    #[must_use]
    pub fn with_verified(mut self, person: &str, kind: Kind, address: &str) -> Self {
        let known = (person.to_owned(), kind, address.to_owned());
        self.vouch(&BTreeSet::from([known]));
        self
    }

    /// The same with each address vouched for that was so before: who has confirmed an address
    /// need not do so again because a document is applied once more.
    #[must_use]
    pub fn keeping_verified(mut self, before: &Self) -> Self {
        let mut before = before.clone();
        let known = before.points().into_iter().filter(Point::is_verified);
        let known =
            known.filter_map(|it| Some((it.person.clone(), it.kind, it.address()?.to_owned())));
        self.vouch(&known.collect());
        self
    }

    fn vouch(&mut self, known: &BTreeSet<(String, Kind, String)>) {
        for point in self.points() {
            let address = point.address().unwrap_or_default().to_owned();
            if known.contains(&(point.person, point.kind, address))
                && let Some(verified) = point.value.get_mut(VERIFIED)
            {
                *verified = true.into();
            }
        }
    }

    /// Every address of every person.
    fn points(&mut self) -> Vec<Point<'_>> {
        let mut found = Vec::new();
        let mut documents = self.documents.iter_mut();
        let directory = documents.find(|((kind, _), _)| kind == document::DIRECTORY);
        let Some(((kind, name), document)) = directory else {
            return found;
        };
        let people = document
            .get_mut("spec")
            .and_then(|spec| spec.get_mut("people"))
            .and_then(Value::as_mapping_mut);
        for (person, keys) in people.into_iter().flatten() {
            let person = person.as_str().unwrap_or_default();
            let keys = keys.as_mapping_mut().into_iter().flatten();
            for (key, value) in keys {
                let Some(of) = key.as_str().and_then(Kind::named) else {
                    continue;
                };
                let path = format!("{kind}/{name}: spec.people.{person}.{of}");
                let point = |path, value| Point {
                    path,
                    person: person.to_owned(),
                    kind: of,
                    value,
                };
                match value {
                    Value::Sequence(items) => found.extend(
                        items
                            .iter_mut()
                            .zip(0..)
                            .map(|(item, index)| point(format!("{path}[{index}]"), item)),
                    ),
                    value => found.push(point(path, value)),
                }
            }
        }
        found
    }
}
