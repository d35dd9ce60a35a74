//! Records that could not be understood, as they are kept.

use contracts::fact::v1::Fact;
use contracts::ingest::v1::{Call, ImportRecordsRequest};
use order::{SourceId, Timestamp};
use prost::Message;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::mapping::mask_text;

/// Namespace of quarantine ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f72_6465_7277_6174_6368_2071_7561_7261);

/// A record to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Made of origin, place and content: the same record is kept once.
    pub(crate) id: Uuid,
    pub(crate) source: String,
    /// Name of the mapping; empty where the fact was pushed.
    pub(crate) mapping: String,
    /// SHA-256 of the mapping's text.
    pub(crate) mapping_digest: Option<Vec<u8>>,
    pub(crate) dataset: String,
    pub(crate) line: i64,
    pub(crate) field: String,
    pub(crate) error: String,
    pub(crate) record: Vec<u8>,
    pub(crate) sample: String,
}

/// What could not be understood, in kinds that are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fact that was pushed.
    Fact,
    /// A record as a whole.
    Record,
    /// A field of a record.
    Field,
}

/// Records that are here for one reason.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: Uuid,
    pub(crate) reason: String,
    pub(crate) records: i64,
    /// The one that was kept first, and the one that was kept last.
    pub(crate) first: Stored,
    pub(crate) last: Stored,
}

/// A record as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) entry: Entry,
    pub(crate) position: i64,
    pub(crate) quarantined_at: Timestamp,
}

impl Kind {
    /// Returns the word that metrics use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Record => "record",
            Self::Field => "field",
        }
    }
}

impl Entry {
    /// Returns what of it could not be understood.
    pub(crate) fn kind(&self) -> Kind {
        match (self.mapping.is_empty(), self.field.is_empty()) {
            (true, _) => Kind::Fact,
            (false, true) => Kind::Record,
            (false, false) => Kind::Field,
        }
    }

    /// Returns the reason, which is the same for all records that are here for it.
    pub(crate) fn reason(&self) -> String {
        reason(&self.error)
    }

    /// Keeps beside the body of a call what it takes to run it again. The call is the same
    /// whichever headers it came with.
    pub(crate) fn keep_call(&mut self, call: &Call) {
        if let Ok(mut request) = ImportRecordsRequest::decode(self.record.as_slice()) {
            for record in &mut request.records {
                record.call = Some(call.clone());
            }
            self.record = request.encode_to_vec();
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.record.len() + self.sample.len() + self.error.len() + 256
    }

    /// Names the place it came from, as events and logs say it.
    pub(crate) fn location(&self) -> String {
        if self.dataset.is_empty() {
            return format!("{} fact {}", self.source, self.line);
        }
        format!("{}:{}", self.dataset, self.line)
    }
}

/// Keeps a fact that was pushed; the line is its index in the batch.
pub(crate) fn fact_entry(
    source: &SourceId,
    index: usize,
    fact: &Fact,
    field: &str,
    error: &str,
) -> Entry {
    let record = fact.encode_to_vec();
    let kind = fact.kind().as_str_name();
    Entry {
        id: id(&["fact", source.as_str()], &record),
        source: source.to_string(),
        mapping: String::new(),
        mapping_digest: None,
        dataset: String::new(),
        line: i64::try_from(index).unwrap_or(i64::MAX),
        field: storable(field),
        error: storable(error),
        record,
        sample: storable(&mask_text(&format!("{kind} {}", fact.entity_id))),
    }
}

/// Keeps a record of a file; the request holds that record alone and no mapping.
pub(crate) fn record_entry(
    mapping: (&str, &[u8]),
    request: &ImportRecordsRequest,
    source: &str,
    (field, error, sample): (&str, &str, &str),
) -> Entry {
    let (name, digest) = mapping;
    let line = request.records.first().map_or(0, |record| record.line);
    let record = request.encode_to_vec();
    Entry {
        id: id(
            &["record", name, &request.dataset, &line.to_string()],
            &record,
        ),
        source: source.to_owned(),
        mapping: name.to_owned(),
        mapping_digest: Some(digest.to_vec()),
        dataset: storable(&request.dataset),
        line,
        field: storable(field),
        error: storable(error),
        record,
        sample: storable(sample),
    }
}

fn id(place: &[&str], content: &[u8]) -> Uuid {
    let name = format!(
        "{}\0{}",
        place.join("\0"),
        hex::encode(Sha256::digest(content))
    );
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Takes what the record holds out of an error: texts in quotation marks, and numbers up to what
/// was expected. Names, in backticks, stay.
fn reason(error: &str) -> String {
    let mut reason = String::with_capacity(error.len());
    let mut rest = error;
    let mut is_told = false;
    while let Some(c) = rest.chars().next() {
        let is_word = reason.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let end = match c {
            '"' => quoted(rest),
            '`' => rest[1..].find('`').map_or(rest.len(), |end| end + 2),
            '0'..='9' | '-' if !is_told && !is_word => number(rest),
            c => c.len_utf8(),
        };
        let (piece, behind) = rest.split_at(end);
        match c {
            '"' => reason.push('…'),
            '0'..='9' | '-' if !is_told && !is_word && piece != "-" => reason.push('…'),
            _ => reason.push_str(piece),
        }
        is_told |= reason.ends_with(": expected ") || reason.ends_with(": read it with ");
        is_told &= c != ';';
        rest = behind;
    }
    reason
}

/// Returns the length of a text in quotation marks, which may be cut off.
fn quoted(text: &str) -> usize {
    let mut is_escaped = true;
    for (index, c) in text.char_indices() {
        match c {
            '"' if !is_escaped => return index + 1,
            '\\' if !is_escaped => is_escaped = true,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// Returns the length of a number or a date that a text begins with.
fn number(text: &str) -> usize {
    let sign = usize::from(text.starts_with('-'));
    let end = text[sign..].find(|c: char| !c.is_ascii_digit() && !".-:eE+".contains(c));
    let body = &text[sign..end.map_or(text.len(), |end| sign + end)];
    if !body.starts_with(|c: char| c.is_ascii_digit()) {
        return 1;
    }
    sign + body.trim_end_matches(|c: char| !c.is_ascii_digit()).len()
}

/// PostgreSQL's text has no NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_without_what_the_record_holds() {
        for (error, expected) in [
            (
                r#"`paid_at` from paid: "13800138000 \"x\"" is not a wall-clock time: expected such as 2017-10-02 10:56:33 or 2017/10/2"#,
                "`paid_at` from paid: … is not a wall-clock time: expected such as 2017-10-02 10:56:33 or 2017/10/2",
            ),
            (
                "`amount` from c2, 列3: 1.5 is not a whole number",
                "`amount` from c2, 列3: … is not a whole number",
            ),
            (
                "`x_2`: -7 is larger than 9; `y`: \"a\" is not",
                "`x_2`: … is larger than …; `y`: … is not",
            ),
            ("`id`: there is no key `id2`", "`id`: there is no key `id2`"),
            ("cut off \"in the midd", "cut off …"),
            ("a - b", "a - b"),
        ] {
            assert_eq!(reason(error), expected);
        }
    }
}
