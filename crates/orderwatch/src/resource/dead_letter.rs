//! Messages that a consumer could not digest.

use contracts::operations::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::server::Service;
use crate::time::optional;

/// A dead letter and the service that holds it.
#[derive(Debug, Serialize)]
pub(crate) struct DeadLetter {
    service: String,
    sequence: i64,
    subject: String,
    consumer: String,
    event_id: String,
    error: String,
    deliveries: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_at: Option<String>,
    size_bytes: i32,
}

impl DeadLetter {
    pub(crate) fn of(service: Service, letter: wire::DeadLetter) -> Self {
        Self {
            service: service.to_string(),
            dead_at: optional(letter.dead_at.as_ref()),
            sequence: letter.sequence,
            subject: letter.subject,
            consumer: letter.consumer,
            event_id: letter.event_id,
            error: letter.error,
            deliveries: letter.deliveries,
            size_bytes: letter.size_bytes,
        }
    }
}

impl Row for DeadLetter {
    const COLUMNS: &'static [&'static str] = &[
        "SERVICE",
        "SEQUENCE",
        "SUBJECT",
        "EVENT",
        "DELIVERIES",
        "DEAD AT",
        "ERROR",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.service.clone(),
            self.sequence.to_string(),
            self.subject.clone(),
            self.event_id.clone(),
            self.deliveries.to_string(),
            self.dead_at.clone().unwrap_or_default(),
            self.error.clone(),
        ]
    }
}
