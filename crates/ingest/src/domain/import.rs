//! Records of a file becoming journal rows and quarantined records.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::thread;

use contracts::fact::v1;
use contracts::ingest::v1::{ImportRecordsRequest, Record, TextEncoding};
use order::{Fact, SourceId, Timestamp};
use sha2::{Digest, Sha256};

use super::intake::{BatchKey, Intake, parts};
use super::quarantine::{Entry, record_entry};
use super::source::Introduction;
use crate::mapping::{Columns, Encoding, Fault, Mapping, RawRecord, Reader, Rejection};

/// Fewest records that are worth a thread of their own.
const RECORDS_A_THREAD: usize = 256;

/// A mapping with the digest of its text.
pub(crate) struct Import<'m> {
    pub(crate) mapping: &'m Mapping,
    pub(crate) digest: &'m [u8],
}

/// What became of each record.
pub(crate) type Mapped = Vec<Result<Vec<Fact>, Rejection>>;

impl Import<'_> {
    /// Maps all records of a request.
    pub(crate) fn intake(
        &self,
        request: &ImportRecordsRequest,
        now: Timestamp,
    ) -> Result<Intake, Vec<Fault>> {
        let mapped = map_records(self.mapping, request)?;
        let key = self.key(request);
        let mut by_source: BTreeMap<SourceId, Vec<v1::Fact>> = BTreeMap::new();
        let mut quarantine = Vec::new();
        for (record, outcome) in request.records.iter().zip(mapped) {
            match outcome {
                Ok(facts) => {
                    for fact in facts {
                        let wires = by_source.entry(fact.source().clone()).or_default();
                        wires.push(v1::Fact::from(&fact.received(now)));
                    }
                }
                Err(rejection) => quarantine.push(self.entry(request, record, &rejection)),
            }
        }
        let batch_id = format!("{}/{}", key.origin, key.batch_id);
        let parts = by_source
            .into_iter()
            .flat_map(|(source, facts)| parts(&source, &batch_id, facts));
        Ok(Intake {
            parts: parts.collect(),
            key: Some(key),
            digest: digest(request),
            introductions: self.introductions(),
            quarantine,
            received_at: now,
            ..Intake::default()
        })
    }

    /// Declares the mapping's sources where nobody has.
    pub(crate) fn introductions(&self) -> Vec<Introduction> {
        let sources = self.mapping.sources().iter().cloned();
        sources
            .map(|declaration| Introduction {
                declaration,
                is_explicit: false,
            })
            .collect()
    }

    /// Keeps a record with what is needed to map it again.
    pub(crate) fn entry(
        &self,
        request: &ImportRecordsRequest,
        record: &Record,
        rejection: &Rejection,
    ) -> Entry {
        let alone = ImportRecordsRequest {
            mapping_yaml: String::new(),
            batch_id: String::new(),
            dataset: request.dataset.clone(),
            columns: request.columns.clone(),
            encoding: request.encoding,
            records: vec![record.clone()],
        };
        let encoding = encoding_of(request).unwrap_or_default();
        let sample = Reader::sample(&request.columns, encoding, raw_record(record));
        let source = rejection.said_by.as_ref().map_or("", SourceId::as_str);
        let told = (
            rejection.field.as_str(),
            rejection.message.as_str(),
            sample.as_str(),
        );
        record_entry((self.mapping.name(), self.digest), &alone, source, told)
    }

    /// The same records under the same id are the same batch; with the same id and other
    /// records, or a mended mapping, another one.
    fn key(&self, request: &ImportRecordsRequest) -> BatchKey {
        let content = hex::encode(&digest(request)[..8]);
        BatchKey {
            origin: format!("mapping/{}", self.mapping.name()),
            batch_id: format!("{}/{}/{content}", request.dataset, request.batch_id),
        }
    }
}

/// Maps records, on as many threads as they are worth.
pub(crate) fn map_records(
    mapping: &Mapping,
    request: &ImportRecordsRequest,
) -> Result<Mapped, Vec<Fault>> {
    let columns = Columns {
        file: &request.dataset,
        names: &request.columns,
    };
    let reader = mapping.reader(&columns, encoding_of(request))?;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = request
        .records
        .len()
        .div_ceil(threads)
        .max(RECORDS_A_THREAD);
    let map = |records: &[Record]| -> Mapped {
        records
            .iter()
            .map(|record| map_record(&reader, record))
            .collect()
    };
    if request.records.len() <= share {
        return Ok(map(&request.records));
    }
    let mapped = thread::scope(|scope| {
        let shares = request.records.chunks(share);
        let workers: Vec<_> = shares.map(|records| scope.spawn(|| map(records))).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .map(|mapped| mapped.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    Ok(mapped.into_iter().flatten().collect())
}

/// Returns a record's bytes as the mapping reads them.
pub(crate) fn raw_record(record: &Record) -> RawRecord<'_> {
    if record.cells.is_empty() {
        RawRecord::Line(&record.raw)
    } else {
        RawRecord::Cells(&record.cells)
    }
}

fn map_record(reader: &Reader<'_>, record: &Record) -> Result<Vec<Fact>, Rejection> {
    if record.fault.is_empty() {
        return reader.facts(raw_record(record));
    }
    Err(reader.rejection(&record.fault))
}

fn encoding_of(request: &ImportRecordsRequest) -> Option<Encoding> {
    match request.encoding() {
        TextEncoding::Unspecified => None,
        TextEncoding::Utf8 => Some(Encoding::Utf8),
        TextEncoding::Gb18030 => Some(Encoding::Gb18030),
    }
}

fn digest(request: &ImportRecordsRequest) -> Vec<u8> {
    Sha256::digest(prost::Message::encode_to_vec(request)).to_vec()
}
