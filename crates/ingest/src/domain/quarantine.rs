//! Records that could not be understood, as they are kept.

use contracts::fact::v1::Fact;
use contracts::ingest::v1::ImportRecordsRequest;
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

/// A record as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) entry: Entry,
    pub(crate) position: i64,
    pub(crate) quarantined_at: Timestamp,
}

impl Entry {
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

/// PostgreSQL's text has no NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
