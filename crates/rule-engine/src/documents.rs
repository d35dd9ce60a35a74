//! Texts of YAML or JSON documents, one a resource: cut, told apart by kind and name, joined.
//!
//! Documents of every kind, also of those that no rule set has: what a document says is judged
//! elsewhere.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_norway::Value;
use sha2::{Digest, Sha256};

/// The version that documents name.
pub const API_VERSION: &str = "orderwatch/v1";

/// Begins a document, at the start of a line.
const MARKER: &str = "---";
/// Ends of lines in YAML; a carriage return and a line feed are one.
const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
/// What some editors begin a file with; it is no part of a document.
const BYTE_ORDER_MARK: char = '\u{feff}';

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
    /// The version that it names; empty when it names none.
    pub version: String,
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

impl Fault {
    /// What is wrong, without the number of the document.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Unreadable {
                line,
                column: 0,
                message,
                ..
            } => format!("line {line}: {message}"),
            Self::Unreadable {
                line,
                column,
                message,
                ..
            } => format!("line {line}, column {column}: {message}"),
            fault => fault.to_string(),
        }
    }
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

    fn of(content: &Content<'_>, value: &Value) -> Result<Self, Fault> {
        let word = |value: Option<&Value>, field| {
            let word = value.and_then(Value::as_str);
            let word = word.filter(|word| !word.is_empty()).map(str::to_owned);
            word.ok_or(Fault::Nameless {
                document: content.number,
                field,
            })
        };
        let kind = word(value.get("kind"), "kind")?;
        let name = value.get("metadata").and_then(|data| data.get("name"));
        let name = word(name, "metadata.name")?;
        let unreadable = |error| unreadable(content.number, content.first_line, &error);
        let says = canonical(value).map_err(unreadable)?;
        let mut etag = hex::encode(Sha256::digest(&says));
        etag.truncate(ETAG);
        Ok(Self {
            key: Key { kind, name },
            etag,
            text: without_end(&content.text, &says),
        })
    }
}

/// Reads one document. What JSON allows and YAML does not, such as characters that are escaped in
/// two halves, is read as JSON.
fn content(text: &str) -> Result<Value, serde_norway::Error> {
    serde_norway::from_str(text).or_else(|error| match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|_| error),
        false => Err(error),
    })
}

/// Leaves out empty lines at the end of a document, unless they are part of what it says.
fn without_end(text: &str, says: &str) -> String {
    let kept = text.trim_end();
    let is_known = text.strip_suffix('\n') == Some(kept);
    let says_the_same = || {
        let value = content(&format!("{kept}\n"));
        value.and_then(|value| canonical(&value)).ok().as_deref() == Some(says)
    };
    if is_known || says_the_same() {
        kept.to_owned()
    } else {
        text.to_owned()
    }
}

fn unreadable(document: usize, first_line: usize, error: &serde_norway::Error) -> Fault {
    let told = error.to_string();
    let (line, column, told) = match error.location() {
        Some(place) => {
            let told_place = format!(" at line {} column {}", place.line(), place.column());
            let line = first_line + place.line() - 1;
            (line, place.column(), told.replace(&told_place, ""))
        }
        None => (first_line, 0, told),
    };
    let message = lines_of_text(&told, first_line);
    Fault::Unreadable {
        document,
        line,
        column,
        message,
    }
}

/// A message that counts lines from the beginning of its document, made to count them from the
/// beginning of the text.
fn lines_of_text(message: &str, first_line: usize) -> String {
    const PLACE: &str = " at line ";
    let mut parts = message.split(PLACE);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let behind = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let line = part[..part.len() - behind.len()].parse::<usize>();
        text.push_str(PLACE);
        match line {
            Ok(line) => text.push_str(&line.saturating_add(first_line - 1).to_string()),
            Err(_) => text.push_str(&part[..part.len() - behind.len()]),
        }
        text.push_str(behind);
    }
    text
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
    let pieces = contents(text).map(|content| Piece {
        line: content.line(),
        version: content.version(),
        document: match &content.value {
            Ok(value) => Document::of(&content, value),
            Err(fault) => Err(fault.clone()),
        },
    });
    pieces.collect()
}

/// One document of a text, with what it says.
pub(crate) struct Content<'t> {
    /// Number of the document, from 1.
    pub(crate) number: usize,
    first_line: usize,
    /// Of whole lines.
    text: Cow<'t, str>,
    pub(crate) value: Result<Value, Fault>,
}

impl Content<'_> {
    fn version(&self) -> String {
        let value = self.value.as_ref().ok();
        let version = value.and_then(|value| value.get("apiVersion")?.as_str());
        version.unwrap_or_default().to_owned()
    }

    /// Line at which it begins, comments left aside.
    fn line(&self) -> usize {
        let says = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
        self.first_line + lines(&self.text).position(says).unwrap_or(0)
    }
}

/// Reads the documents of a text; those that hold nothing but comments are none.
pub(crate) fn contents(text: &str) -> impl Iterator<Item = Content<'_>> {
    let mut number = 0;
    let pieces = at_markers(text).into_iter();
    pieces.filter_map(move |(begin_line, piece)| {
        let kept = piece.trim_start_matches(['\n', '\r', BYTE_ORDER_MARK]);
        if kept.trim().is_empty() {
            return None;
        }
        let before = lines(&piece[..piece.len() - kept.len()]);
        let first_line = begin_line + before.filter(|line| line.ends_with(LINE_ENDS)).count();
        let text = match kept.ends_with('\n') {
            true => Cow::Borrowed(kept),
            // What the last line says does not depend on whether something ends it.
            false => Cow::Owned(format!("{kept}\n")),
        };
        let value = content(&text);
        if value.as_ref().is_ok_and(Value::is_null) {
            return None;
        }
        number += 1;
        Some(Content {
            number,
            first_line,
            text,
            value: value.map_err(|error| unreadable(number, first_line, &error)),
        })
    })
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
        if !document.text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// Cuts a text at its document markers; each piece comes with the line that it begins at, from 1.
fn at_markers(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let (mut begin, mut begin_line, mut at) = (0, 1, 0);
    for (index, line) in lines(text).enumerate() {
        if let Some(behind) = behind_marker(line) {
            pieces.push((begin_line, &text[begin..at]));
            // What stands behind the marker belongs to the document.
            begin = at + line.len() - behind.len();
            begin_line = index + 1;
        }
        at += line.len();
    }
    pieces.push((begin_line, &text[begin..]));
    pieces
}

/// What stands behind the marker of a line that has one; tabs may part the two.
fn behind_marker(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(BYTE_ORDER_MARK);
    let behind = line.strip_prefix(MARKER)?;
    let is_marker =
        behind.is_empty() || behind.starts_with([' ', '\t']) || behind.starts_with(LINE_ENDS);
    is_marker.then(|| behind.trim_start_matches('\t'))
}

/// The lines of a text as YAML tells them apart, each with its end.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (at, end) = match rest.find(LINE_ENDS) {
            None if rest.is_empty() => return None,
            None => (rest.len(), 0),
            Some(at) if rest[at..].starts_with("\r\n") => (at, 2),
            Some(at) => (at, rest[at..].chars().next().map_or(0, char::len_utf8)),
        };
        let (line, after) = rest.split_at(at + end);
        rest = after;
        Some(line)
    })
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

    #[test]
    fn a_document_in_json_may_have_all_that_json_has() {
        let json = r#"{"kind": "R", "metadata": {"name": "a"}, "spec": "\ud83d\ude00 \u007f"}"#;
        let same = json.replace("\\ud83d\\ude00", "😀");
        let etag = |text: &str| {
            let documents = split(text).unwrap();
            documents.values().next().unwrap().etag().to_owned()
        };
        assert_eq!(etag(json), etag(&same));
        assert_eq!(etag(json), etag(&same.replace("\\u007f", "\u{7f}")));
    }

    #[test]
    fn faults_count_lines_from_the_beginning_of_the_text() {
        let told = |text: &str| split(text).unwrap_err()[0].to_string();
        let text = "\u{feff}\n\nkind: R\nmetadata: {name: a}\n---\n\n\nkind: [a\n\n";
        assert_eq!(
            told(text),
            "document 2: line 10: did not find expected ',' or ']', while parsing a flow sequence \
             at line 8 column 7"
        );
        assert!(told("\u{feff}a").starts_with("document 1 has no kind"));
        assert_eq!(cut("\u{feff}kind: [")[0].line, 1);
    }

    #[test]
    fn what_stands_at_the_end_of_a_document_stays_what_it_says() {
        for text in [
            "kind: R\nmetadata: {name: a}\nspec: |+\n  a\n\n\n",
            "kind: R\nmetadata: {name: a}\nspec: a\u{3000}",
            "kind: R\nmetadata: {name: a}\nspec: |\n  a",
            "\u{feff}kind: R\nmetadata: {name: a}\r\n\r\n",
            "\r--- {kind: R, metadata: {name: a}}",
            "--- {kind: R, metadata: {name: a}}\n---\t{kind: R, metadata: {name: b}}",
        ] {
            let documents = split(text).unwrap();
            assert_eq!(
                split(&join(documents.values())).unwrap(),
                documents,
                "{text}"
            );
            for document in documents.values() {
                let alone = split(document.text()).unwrap();
                assert_eq!(alone.values().next(), Some(document), "{text}");
            }
        }
    }
}
