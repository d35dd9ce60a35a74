//! Texts of YAML or JSON documents, one a resource: cut, told apart by kind and name, joined.
//!
//! Documents of every kind, also of those that no rule set has: what a document says is judged
//! elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_norway::Value;
use sha2::{Digest, Sha256};

/// The version that documents name.
pub const API_VERSION: &str = "orderwatch/v1";

/// Characters of an etag: enough that two versions of a resource never share one.
const ETAG: usize = 16;

/// Which resource: its kind as documents write it, and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    kind: String,
    name: String,
}

/// One document as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    key: Key,
    etag: String,
    text: String,
}

/// Documents by what they are about.
pub type Documents = BTreeMap<Key, Document>;

/// One document of a text, or why it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Line of the text at which the document begins, comments left aside; from 1.
    pub line: usize,
    /// The document.
    pub document: Result<Document, Fault>,
}

/// Why a text holds no documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is neither YAML nor JSON.
    #[error("document {document}: line {line}: {message}")]
    Unreadable {
        /// Number of the document in the text, from 1.
        document: usize,
        /// Line of the text, from 1.
        line: usize,
        /// Column, from 1; 0 when it is not known.
        column: usize,
        /// Why.
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

/// Why a text names no resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no resource: write KIND/NAME, such as Rule/shipping-delay")]
pub struct NoKey(String);

impl Key {
    /// Names a resource.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Its kind, such as `Threshold`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind, self.name)
    }
}

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(NoKey(text.to_owned())),
        }
    }
}

impl Document {
    /// Which resource it is about.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Digest of what it says: layout, comments and the order of fields do not matter.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The document as it was written, comments and all.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes a document that was split before and stored.
    pub fn stored(key: Key, etag: String, text: String) -> Self {
        Self { key, etag, text }
    }

    /// None when the text holds nothing but comments.
    fn read(number: usize, first_line: usize, text: &str) -> Result<Option<Self>, Fault> {
        let value: Value =
            serde_norway::from_str(text).map_err(|error| unreadable(number, first_line, &error))?;
        if value.is_null() {
            return Ok(None);
        }
        let word = |value: Option<&Value>, field| {
            let word = value.and_then(Value::as_str);
            let word = word.filter(|word| !word.is_empty()).map(str::to_owned);
            word.ok_or(Fault::Nameless {
                document: number,
                field,
            })
        };
        let kind = word(value.get("kind"), "kind")?;
        let name = value.get("metadata").and_then(|data| data.get("name"));
        let name = word(name, "metadata.name")?;
        let content = canonical(&value).map_err(|error| unreadable(number, first_line, &error))?;
        let mut etag = hex::encode(Sha256::digest(content));
        etag.truncate(ETAG);
        Ok(Some(Self {
            key: Key { kind, name },
            etag,
            text: text.trim_start_matches(['\n', '\r']).trim_end().to_owned(),
        }))
    }
}

fn unreadable(document: usize, first_line: usize, error: &serde_norway::Error) -> Fault {
    let told = error.to_string();
    let (line, column, message) = match error.location() {
        Some(place) => {
            let told_place = format!(" at line {} column {}", place.line(), place.column());
            let line = first_line + place.line() - 1;
            (line, place.column(), told.replace(&told_place, ""))
        }
        None => (first_line, 0, told),
    };
    Fault::Unreadable {
        document,
        line,
        column,
        message,
    }
}

/// The same text for the same content: JSON with its fields by name.
fn canonical(value: &Value) -> Result<String, serde_norway::Error> {
    let content: serde_json::Value = serde_norway::from_value(value.clone())?;
    let mut text = String::new();
    write_sorted(&content, &mut text);
    Ok(text)
}

fn write_sorted(value: &serde_json::Value, text: &mut String) {
    match value {
        serde_json::Value::Object(fields) => {
            let fields: BTreeMap<&String, &serde_json::Value> = fields.iter().collect();
            text.push('{');
            for (name, value) in fields {
                text.push_str(&serde_json::Value::from(name.as_str()).to_string());
                text.push(':');
                write_sorted(value, text);
                text.push(',');
            }
            text.push('}');
        }
        serde_json::Value::Array(elements) => {
            text.push('[');
            for element in elements {
                write_sorted(element, text);
                text.push(',');
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// Cuts a text into its documents, good and bad.
pub fn cut(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (first_line, piece) in at_markers(text) {
        let number = pieces.len() + 1;
        let lead = piece
            .lines()
            .take_while(|line| line.trim().is_empty() || line.starts_with('#'))
            .count();
        let document = Document::read(number, first_line, piece).transpose();
        pieces.extend(document.map(|document| Piece {
            line: first_line + lead,
            document,
        }));
    }
    pieces
}

/// Splits a text into documents by kind and name.
///
/// # Errors
///
/// Every fault in it.
pub fn split(text: &str) -> Result<Documents, Vec<Fault>> {
    let mut documents = Documents::new();
    let mut faults = Vec::new();
    for piece in cut(text) {
        match piece.document {
            Ok(document) => {
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
pub fn join<'d>(documents: impl IntoIterator<Item = &'d Document>) -> String {
    let mut text = String::new();
    for document in documents {
        text.push_str("---\n");
        text.push_str(&document.text);
        text.push('\n');
    }
    text
}

/// Cuts a text at its document markers; each piece comes with the line that it begins at, from 1.
fn at_markers(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let (mut begin, mut begin_line, mut at) = (0, 1, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            pieces.push((begin_line, &text[begin..at]));
            // What stands behind the marker belongs to the document.
            begin = at + "---".len();
            begin_line = index + 1;
        }
        at += line.len();
    }
    pieces.push((begin_line, &text[begin..]));
    pieces.retain(|(_, piece)| !piece.trim().is_empty());
    pieces
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
        let late = &documents[&"Rule/late".parse().unwrap()];
        assert!(late.text().starts_with("# late ones\n"));
        assert_eq!(split(&join(documents.values())).unwrap(), documents);
        let lines: Vec<usize> = cut(text).iter().map(|piece| piece.line).collect();
        assert_eq!(lines, [2, 7]);
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
    fn every_fault_is_told_at_once_with_its_line() {
        let text = "a: b\nb: [1\n---\nkind: Rule\n---\nkind: R\nmetadata: {name: a}\n---\n\
                    kind: R\nmetadata: {name: a}\n";
        let faults = split(text).unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with("document 1: line 3: "), "{}", told[0]);
        assert_eq!(
            told[1..],
            [
                "document 2 has no metadata.name: write metadata.name as a text",
                "there are two documents of R/a"
            ]
        );
    }
}
