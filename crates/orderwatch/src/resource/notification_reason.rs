//! Why somebody was told of a ticket, or was not.

use contracts::escalation::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// What was told, will be told or was not.
#[derive(Debug, Serialize)]
pub(crate) struct NotificationReason {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    cause: String,
    level: i32,
    repetition: i32,
    channel: String,
    recipient: String,
    outcome: String,
    why: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    delivery_id: String,
}

impl From<wire::NotificationReason> for NotificationReason {
    fn from(reason: wire::NotificationReason) -> Self {
        Self {
            at: optional(reason.at.as_ref()),
            cause: reason.cause,
            level: reason.level,
            repetition: reason.repetition,
            channel: reason.channel,
            recipient: reason.recipient,
            outcome: reason.outcome,
            why: reason.why,
            delivery_id: reason.delivery_id,
        }
    }
}

impl Row for NotificationReason {
    const COLUMNS: &'static [&'static str] =
        &["AT", "LEVEL", "CHANNEL", "RECIPIENT", "OUTCOME", "WHY"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.at.clone().unwrap_or_default(),
            self.level.to_string(),
            self.channel.clone(),
            self.recipient.clone(),
            self.outcome.clone(),
            self.why.clone(),
        ]
    }
}
