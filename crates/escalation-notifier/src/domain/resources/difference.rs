//! What differs between two sets of documents, place by place.

use std::{collections::BTreeSet, fmt};

use serde_norway::Value;

use super::Resources;

/// Longest value that is shown, in characters.
const SHOWN: usize = 80;

/// One place that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, such as `Directory/main: spec.people.ann.email`.
    pub path: String,
    /// What stood there, as it may be shown.
    pub before: Option<String>,
    /// What stands there now, as it may be shown.
    pub after: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            before,
            after,
        } = self;
        match (before, after) {
            (None, Some(after)) => write!(formatter, "+ {path}: {after}"),
            (Some(before), None) => write!(formatter, "- {path}: {before}"),
            // Two addresses may look alike behind their masks.
            (Some(before), Some(after)) if before == after => {
                write!(formatter, "~ {path}: {after} (another)")
            }
            (before, after) => {
                let text = |it: &Option<String>| it.clone().unwrap_or_default();
                write!(formatter, "~ {path}: {} -> {}", text(before), text(after))
            }
        }
    }
}

impl Resources {
    /// What becomes different from these documents to others, by document and place; contact
    /// points are masked.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let (masked_before, masked_after) = (self.masked(), after.masked());
        let keys: BTreeSet<&(String, String)> = self
            .documents
            .keys()
            .chain(after.documents.keys())
            .collect();
        let mut found = Vec::new();
        for key in keys {
            let before = Side {
                clear: self.documents.get(key),
                masked: masked_before.documents.get(key),
            };
            let after = Side {
                clear: after.documents.get(key),
                masked: masked_after.documents.get(key),
            };
            compare(&format!("{}/{}:", key.0, key.1), before, after, &mut found);
        }
        found
    }
}

/// A value, and what of it may be shown.
#[derive(Clone, Copy)]
struct Side<'a> {
    clear: Option<&'a Value>,
    masked: Option<&'a Value>,
}

impl<'a> Side<'a> {
    fn get(self, key: &Value) -> Self {
        let get = |value: Option<&'a Value>| value.and_then(|value| value.get(key));
        Self {
            clear: get(self.clear),
            masked: get(self.masked),
        }
    }

    fn shown(self) -> Option<String> {
        self.masked.map(|value| {
            let text = match value {
                Value::String(text) => text.clone(),
                other => serde_json::to_string(other).unwrap_or_default(),
            };
            let cut: String = text.chars().take(SHOWN).collect();
            if cut.len() < text.len() {
                format!("{cut}…")
            } else {
                cut
            }
        })
    }
}

fn compare(path: &str, before: Side<'_>, after: Side<'_>, found: &mut Vec<Difference>) {
    if before.clear == after.clear {
        return;
    }
    let (one, other) = (mapping(before.clear), mapping(after.clear));
    // Where one side is no mapping, or is not there, there is nothing to go down into.
    let (Some(one), Some(other)) = (one, other) else {
        found.push(Difference {
            // A whole document.
            path: path.trim_end_matches(':').to_owned(),
            before: before.shown(),
            after: after.shown(),
        });
        return;
    };
    let added = other.keys().filter(|key| !one.contains_key(*key));
    for key in one.keys().chain(added) {
        let separator = if path.ends_with(':') { " " } else { "." };
        let word = key.as_str().unwrap_or_default();
        let path = format!("{path}{separator}{word}");
        compare(&path, before.get(key), after.get(key), found);
    }
}

fn mapping(value: Option<&Value>) -> Option<&serde_norway::Mapping> {
    value.and_then(Value::as_mapping)
}
