//! What a call becomes: the same, whether it comes now or is replayed.

use contracts::ingest::v1::{Call as Kept, ImportRecordsRequest, Record};
use order::Timestamp;
use serde_json::Value as Json;

use super::call::{self, Arrived};
use crate::connector::{Connector, Webhook};
use crate::domain::{Import, Intake};
use crate::mapping::Fault;

/// Most records of one call.
const MAX_RECORDS: usize = 20_000;

/// A webhook as its calls are read.
pub(crate) struct Reading<'c> {
    pub(crate) connector: &'c Connector,
    /// SHA-256 of the connector's text.
    pub(crate) digest: &'c [u8; 32],
    pub(crate) dataset: &'c str,
    pub(crate) webhook: &'c Webhook,
    pub(crate) parameters: &'c Json,
}

impl Reading<'_> {
    /// Returns what a call brings; nothing when it is about something else.
    ///
    /// # Errors
    ///
    /// Says why it cannot be understood as a whole.
    pub(crate) fn intake(
        &self,
        arrived: &Arrived,
        now: Timestamp,
    ) -> Result<Option<Intake>, String> {
        let records = self.records(arrived)?;
        if records.is_empty() {
            return Ok(None);
        }
        Ok(self.mapped(records, now))
    }

    /// Keeps a whole call in quarantine, with what it takes to run it again.
    pub(crate) fn whole(
        &self,
        arrived: &Arrived,
        (kept, fault): (&Kept, &str),
        now: Timestamp,
    ) -> Option<Intake> {
        let record = Record {
            line: 1,
            raw: arrived.body.to_vec(),
            fault: fault.to_owned(),
            ..Record::default()
        };
        let mut intake = self.mapped(vec![record], now)?;
        for entry in &mut intake.quarantine {
            entry.keep_call(kept);
        }
        Some(intake)
    }

    fn records(&self, arrived: &Arrived) -> Result<Vec<Record>, String> {
        let is_form = arrived.is_form() || self.webhook.sends_forms();
        let call = (arrived, is_form);
        let records = call::records(self.connector, self.webhook, call, self.parameters)?;
        let records = records.unwrap_or_default();
        if records.len() > MAX_RECORDS {
            let found = records.len();
            return Err(format!("it has {found} records, at most {MAX_RECORDS}"));
        }
        let record = |(line, record): (i64, Json)| Record {
            line,
            raw: record.to_string().into_bytes(),
            ..Record::default()
        };
        Ok((1..).zip(records).map(record).collect())
    }

    /// Maps records; the same content is the same batch, whichever call brings it. The text of
    /// the mapping is part of it by its digest: what was mended may be sent again.
    fn mapped(&self, records: Vec<Record>, now: Timestamp) -> Option<Intake> {
        let request = ImportRecordsRequest {
            mapping_yaml: hex::encode(self.digest),
            dataset: self.dataset.to_owned(),
            batch_id: "webhook".to_owned(),
            records,
            ..ImportRecordsRequest::default()
        };
        let import = Import {
            mapping: self.connector.mapping(),
            digest: self.digest,
        };
        // Only a dataset that is not there is a fault, and this one is.
        let intake: Result<Intake, Vec<Fault>> = import.intake(&request, now);
        intake.ok()
    }
}
