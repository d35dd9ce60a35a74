//! What is decided of a call: who made it, and which records it brings.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use order::Timestamp;
use secrecy::SecretString;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::call::Arrived;
use super::reading::Reading;
use crate::connector::{Connector, Webhook};
use crate::domain::{Delivery, Intake};
use crate::signer::{Headers, Received, Refused, WebhookSigner};

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
        let (reading, at) = (self.reading(), Timestamp::from(now));
        let intake = match reading.intake(arrived, at) {
            Ok(intake) => intake,
            Err(fault) => {
                let kept = arrived.kept(&self.secrets);
                reading.whole(arrived, (&kept, &fault), at)
            }
        };
        let Some(intake) = intake else {
            return Ok(Verdict::Nothing);
        };
        let delivery = self.delivery(&received, now);
        let intake = Intake { delivery, ..intake };
        Ok(Verdict::Intake(Box::new(intake)))
    }

    fn reading(&self) -> Reading<'_> {
        Reading {
            connector: &self.connector,
            digest: &self.digest,
            dataset: &self.dataset,
            webhook: &self.webhook,
            parameters: &self.parameters,
        }
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
}
