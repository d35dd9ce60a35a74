//! The documents of a rule set, one a resource.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_norway::Value;
use sha2::{Digest, Sha256};

/// Characters of an etag: enough that two versions of a resource never share one.
const ETAG: usize = 16;

/// Which resource: its kind as documents write it, and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    kind: String,
    name: String,
}

impl Key {
    /// Names a resource.
    #[must_use]
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Returns its kind, such as `Threshold`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind, self.name)
    }
}

/// One document as it was written, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    key: Key,
    etag: String,
    text: String,
}

/// Why a text holds no documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is neither YAML nor JSON.
    #[error("document {document}: {message}")]
    Unreadable {
        /// Number of the document in the text, from 1.
        document: usize,
        /// Where and why.
        message: String,
    },
    /// A document does not say what it is about.
    #[error("document {document} has no {field}: write {field} as a text")]
    Nameless {
        /// Number of the document in the text, from 1.
        document: usize,
        /// What is missing.
        field: &'static str,
    },
    /// Two documents are about the same resource.
    #[error("there are two documents of {0}")]
    Twice(Key),
}

impl Document {
    /// Returns which resource it is about.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the digest of what it says: layout, comments and the order of fields do not
    /// matter.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// Returns the document as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes a document that was stored.
    pub(crate) const fn stored(key: Key, etag: String, text: String) -> Self {
        Self { key, etag, text }
    }

    fn read(number: usize, text: &str) -> Result<Option<Self>, Fault> {
        let value: Value = serde_norway::from_str(text).map_err(|error| Fault::Unreadable {
            document: number,
            message: error.to_string(),
        })?;
        if value.is_null() {
            return Ok(None);
        }
        let word = |value: Option<&Value>, field| {
            let word = value
                .and_then(Value::as_str)
                .filter(|word| !word.is_empty());
            word.map(str::to_owned).ok_or(Fault::Nameless {
                document: number,
                field,
            })
        };
        let kind = word(value.get("kind"), "kind")?;
        let name = value.get("metadata").and_then(|data| data.get("name"));
        let name = word(name, "metadata.name")?;
        let content = canonical(&value).map_err(|message| Fault::Unreadable {
            document: number,
            message,
        })?;
        let mut etag = hex::encode(Sha256::digest(content));
        etag.truncate(ETAG);
        Ok(Some(Self {
            key: Key { kind, name },
            etag,
            text: trimmed(text).to_owned(),
        }))
    }
}

/// The same text for the same content: JSON with its fields by name.
fn canonical(value: &Value) -> Result<Vec<u8>, String> {
    let sorted: BTreeMap<String, serde_json::Value> =
        serde_norway::from_value(value.clone()).map_err(|error| error.to_string())?;
    serde_json::to_vec(&sorted).map_err(|error| error.to_string())
}

/// Without the empty lines around it; comments stay.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(['\n', '\r']).trim_end()
}

/// Documents by what they are about.
pub type Documents = BTreeMap<Key, Document>;

/// Splits a text of YAML or JSON documents.
///
/// # Errors
///
/// Every fault in it.
pub fn split(text: &str) -> Result<Documents, Vec<Fault>> {
    let mut documents = Documents::new();
    let mut faults = Vec::new();
    for (index, piece) in pieces(text).into_iter().enumerate() {
        match Document::read(index + 1, piece) {
            Ok(None) => {}
            Ok(Some(document)) => {
                let key = document.key.clone();
                if documents.insert(key.clone(), document).is_some() {
                    faults.push(Fault::Twice(key));
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(documents)
    } else {
        Err(faults)
    }
}

/// Writes documents as one text.
#[must_use]
pub fn join<'d>(documents: impl IntoIterator<Item = &'d Document>) -> String {
    let mut text = String::new();
    for document in documents {
        text.push_str("---\n");
        text.push_str(&document.text);
        text.push('\n');
    }
    text
}

/// Cuts a text at its document markers.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            pieces.push(&text[begin..at]);
            // What stands behind the marker belongs to the document.
            begin = at + "---".len();
        }
        at += line.len();
    }
    pieces.push(&text[begin..]);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// Why a text names no resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no resource: write KIND/NAME, such as Rule/shipping-delay")]
pub struct NoKey(String);

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(NoKey(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_documents_that_keep_their_comments() {
        let text = "# late ones\nkind: Rule\nmetadata: {name: late}\n---\n\n---\n\
                    {\"kind\": \"Threshold\", \"metadata\": {\"name\": \"within\"}}\n";
        let documents = split(text).unwrap();
        let keys: Vec<String> = documents.keys().map(ToString::to_string).collect();
        assert_eq!(keys, ["Rule/late", "Threshold/within"]);
        let late = &documents[&Key::new("Rule", "late")];
        assert!(late.text().starts_with("# late ones\n"));
        assert_eq!(split(&join(documents.values())).unwrap(), documents);
    }

    #[test]
    fn an_etag_is_of_what_a_document_says_not_of_how_it_is_written() {
        let etag = |text: &str| {
            let documents = split(text).unwrap();
            documents.values().next().unwrap().etag().to_owned()
        };
        let yaml = "# c\nmetadata: {name: a}\nkind: Rule\nspec:\n  x: 1\n  y: [a, 'b']\n";
        let json = r#"{"kind":"Rule","metadata":{"name":"a"},"spec":{"y":["a","b"],"x":1}}"#;
        assert_eq!(etag(yaml), etag(json));
        assert_ne!(etag(yaml), etag(&yaml.replace("x: 1", "x: 2")));
        assert_ne!(etag(yaml), etag(&yaml.replace("x: 1", "x: '1'")));
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let text = "a: [1\n---\nkind: Rule\n---\nkind: R\nmetadata: {name: a}\n---\n\
                    kind: R\nmetadata: {name: a}\n";
        let faults = split(text).unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with("document 1: "), "{}", told[0]);
        assert_eq!(
            told[1..],
            [
                "document 2 has no metadata.name: write metadata.name as a text",
                "there are two documents of R/a"
            ]
        );
    }
}
