//! Records of files, and the mappings that read them.

use contracts::ingest::v1 as wire;
use service::telemetry;

use super::{Ingest, count, kept};
use crate::Error;
use crate::domain::{BadRequest, Import, Stored};
use crate::mapping::{Columns, Dataset, Encoding, Fault, Mapping};
use crate::store::quarantine;

/// Most records of one call.
const MAX_RECORDS: usize = 20_000;

impl Ingest {
    pub(super) fn check(&self, request: &wire::CheckMappingRequest) -> wire::CheckMappingResponse {
        let mapping = match self.mapping(&request.mapping_yaml) {
            Ok((mapping, _)) => mapping,
            Err(faults) => {
                return wire::CheckMappingResponse {
                    diagnostics: faults.iter().map(diagnostic).collect(),
                    ..Default::default()
                };
            }
        };
        let files: Vec<_> = request
            .datasets
            .iter()
            .map(|dataset| Columns {
                file: &dataset.name,
                names: &dataset.columns,
            })
            .collect();
        wire::CheckMappingResponse {
            diagnostics: mapping.check(&files).iter().map(diagnostic).collect(),
            datasets: mapping.datasets().iter().map(dataset).collect(),
            sources: mapping.sources().iter().map(Into::into).collect(),
        }
    }

    pub(super) async fn import(
        &self,
        request: wire::ImportRecordsRequest,
    ) -> Result<wire::ImportRecordsResponse, Error> {
        if request.batch_id.is_empty()
            || request.batch_id.len() > 128
            || request.batch_id.contains(char::is_control)
        {
            let message = "expected 1 to 128 bytes without control characters";
            return Err(BadRequest::new("batch_id", message).into());
        }
        if request.records.len() > MAX_RECORDS {
            let message = format!(
                "has {} records, at most {MAX_RECORDS} fit into one call",
                request.records.len()
            );
            return Err(BadRequest::new("records", message).into());
        }
        let (mapping, digest) = self
            .mapping(&request.mapping_yaml)
            .map_err(Error::Mapping)?;
        let now = self.now();
        let (mut intake, request, mapping) = tokio::task::spawn_blocking(move || {
            let import = Import {
                mapping: &mapping,
                digest: &digest,
            };
            let intake = import.intake(&request, now).map_err(Error::Mapping)?;
            Ok::<_, Error>((intake, request, mapping))
        })
        .await
        .map_err(|error| Error::Worker(error.to_string()))??;
        intake.traceparent = telemetry::traceparent();
        let quarantined = intake.quarantine.iter().map(|entry| {
            kept(&Stored {
                entry: entry.clone(),
                position: 0,
                quarantined_at: now,
            })
        });
        let response = wire::ImportRecordsResponse {
            records: count(request.records.len()),
            facts: count(intake.facts()),
            quarantined: quarantined.collect(),
        };
        if !intake.quarantine.is_empty() {
            let pool = self.context.database.pool();
            quarantine::keep_mapping(pool, &digest, mapping.name(), &request.mapping_yaml).await?;
        }
        self.queue.wait(intake).await?;
        Ok(response)
    }
}

fn diagnostic(fault: &Fault) -> wire::Diagnostic {
    wire::Diagnostic {
        path: fault.path.clone(),
        line: count(fault.place.line),
        column: count(fault.place.column),
        message: fault.message.clone(),
        help: fault.help.clone(),
    }
}

fn dataset(dataset: &Dataset) -> wire::MappedDataset {
    let encoding = match dataset.encoding() {
        Encoding::Utf8 => wire::TextEncoding::Utf8,
        Encoding::Gb18030 => wire::TextEncoding::Gb18030,
    };
    wire::MappedDataset {
        file: dataset.file().to_owned(),
        format: dataset.format().as_str().to_owned(),
        encoding: encoding as i32,
        path: dataset.path().to_owned(),
        line: count(dataset.place().line),
        column: count(dataset.place().column),
    }
}

impl Ingest {
    /// Compiles the mapping that a record was read with, or a mended one.
    pub(super) async fn mapping_of(
        &self,
        stored: &Stored,
        mended: &str,
    ) -> Result<(std::sync::Arc<Mapping>, [u8; 32]), Error> {
        if !mended.is_empty() {
            return self.mapping(mended).map_err(Error::Mapping);
        }
        let digest = stored.entry.mapping_digest.as_deref().unwrap_or_default();
        let yaml = quarantine::mapping(self.context.database.pool(), digest).await?;
        let damaged = || Error::Damaged {
            id: stored.entry.id.to_string(),
            reason: "its mapping is gone".to_owned(),
        };
        self.mapping(&yaml.ok_or_else(damaged)?)
            .map_err(Error::Mapping)
    }
}
