//! What is decided of a call: who made it, and which records it brings.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::ingest::v1::{ImportRecordsRequest, Record};
use secrecy::SecretString;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::call::{self, Arrived};
use crate::connector::{Connector, Webhook};
use crate::domain::{Delivery, Import, Intake};
use crate::mapping::Fault;
use crate::signer::{Headers, Received, Refused, WebhookSigner};

/// Most records of one call.
const MAX_RECORDS: usize = 20_000;

/// A webhook in force.
pub(super) struct Endpoint {
    pub(super) connector: Arc<Connector>,
    pub(super) yaml: Arc<str>,
    /// SHA-256 of the text.
    pub(super) digest: [u8; 32],
    pub(super) dataset: String,
    pub(super) webhook: Webhook,
    pub(super) signer: WebhookSigner,
    pub(super) secrets: Vec<SecretString>,
    pub(super) parameters: Json,
    /// How long deliveries are remembered.
    pub(super) remember: TimeDelta,
}

/// What a call is.
pub(super) enum Verdict {
    /// The vendor asks whether anybody is there.
    Ping,
    /// It is about something else than records.
    Nothing,
    /// It brings records, or something that cannot be understood.
    Intake(Box<Intake>),
}

impl Endpoint {
    /// Judges a call.
    ///
    /// # Errors
    ///
    /// When it cannot be believed.
    pub(super) fn judge(&self, arrived: &Arrived, now: DateTime<Utc>) -> Result<Verdict, Refused> {
        let headers: Vec<(&str, &[u8])> = arrived
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let received = Received {
            method: &arrived.method,
            url: &arrived.url,
            headers: Headers::new(&headers),
            body: &arrived.body,
        };
        if self.signer.is_ping(&received) {
            return Ok(Verdict::Ping);
        }
        self.signer.verify(&received, &self.secrets, now)?;
        let records = match self.records(arrived) {
            Ok(records) if records.is_empty() => return Ok(Verdict::Nothing),
            Ok(records) => records,
            Err(fault) => vec![unreadable(arrived, &fault)],
        };
        let delivery = self.delivery(&received, now);
        let intake = self.intake(records, delivery, now);
        Ok(intake.map_or(Verdict::Nothing, |intake| Verdict::Intake(Box::new(intake))))
    }

    /// Cuts a call into records; else says why it cannot be understood.
    fn records(&self, arrived: &Arrived) -> Result<Vec<Record>, String> {
        let is_form = arrived.is_form() || self.signer == WebhookSigner::Kuaidi100;
        let call = (arrived, is_form);
        let records = call::records(&self.connector, &self.webhook, call, &self.parameters)?;
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

    /// An id that the signature does not cover is worth no more than the body beside it:
    /// anybody could put it there, and WooCommerce gives two webhooks of one second the same.
    fn delivery(&self, received: &Received<'_>, now: DateTime<Utc>) -> Option<Delivery> {
        let delivery = self.signer.delivery(received.headers)?;
        let mut digest = Sha256::new();
        digest.update(delivery.id);
        if !delivery.is_signed {
            digest.update([0]);
            digest.update(Sha256::digest(received.body));
        }
        Some(Delivery {
            webhook: format!("{}/{}", self.connector.name(), self.webhook.path),
            id: digest.finalize().to_vec(),
            forget_at: now.checked_add_signed(self.remember)?.into(),
        })
    }

    /// Maps records; the same content is the same batch, whichever call brings it. The text of
    /// the mapping is part of it by its digest: what was mended may be sent again.
    fn intake(
        &self,
        records: Vec<Record>,
        delivery: Option<Delivery>,
        now: DateTime<Utc>,
    ) -> Option<Intake> {
        let request = ImportRecordsRequest {
            mapping_yaml: hex::encode(self.digest),
            dataset: self.dataset.clone(),
            batch_id: "webhook".to_owned(),
            records,
            ..ImportRecordsRequest::default()
        };
        let import = Import {
            mapping: self.connector.mapping(),
            digest: &self.digest,
        };
        // Only a dataset that is not there is a fault, and this one is.
        let intake: Result<Intake, Vec<Fault>> = import.intake(&request, now.into());
        intake.ok().map(|intake| Intake { delivery, ..intake })
    }
}

/// Keeps the whole call where no record can be made of it.
fn unreadable(arrived: &Arrived, fault: &str) -> Record {
    Record {
        line: 1,
        raw: arrived.body.to_vec(),
        fault: fault.to_owned(),
        ..Record::default()
    }
}
