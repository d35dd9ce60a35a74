//! Records of files, and the mappings that read them.

use contracts::ingest::v1 as wire;
use service::telemetry;

use super::{Ingest, count, quarantined};
use crate::Error;
use crate::domain::{BadRequest, checked};
use crate::import::{Text, keep_text, mapped};

/// Most records of one call.
const MAX_RECORDS: usize = 20_000;

impl Ingest {
    pub(super) fn check(&self, request: &wire::CheckMappingRequest) -> wire::CheckMappingResponse {
        match self.compiled(&request.mapping_yaml) {
            Ok((connector, _)) => checked(Ok(&connector), &request.datasets),
            Err(faults) => checked(Err(&faults), &request.datasets),
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
            .compiled(&request.mapping_yaml)
            .map_err(Error::Mapping)?;
        let text = Text { mapping, digest };
        let now = self.now();
        let (mut intake, request) = mapped(&text, request, now).await?;
        intake.traceparent = telemetry::traceparent();
        let response = wire::ImportRecordsResponse {
            records: count(request.records.len()),
            facts: count(intake.facts()),
            quarantined: quarantined(&intake).collect(),
        };
        let pool = self.context.database.pool();
        keep_text(pool, &text, &request.mapping_yaml, &intake).await?;
        self.queue.wait(intake).await?;
        Ok(response)
    }
}
