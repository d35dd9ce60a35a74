//! Deliveries and escalations.

use contracts::escalation::v1 as wire;
use serde::Serialize;

use super::word;
use crate::output::Row;
use crate::time::optional;

/// One message to one recipient, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Delivery {
    id: String,
    ticket_id: String,
    order_id: String,
    cause: String,
    level: i32,
    channel: String,
    recipient: String,
    state: String,
    attempts: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    last_error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    message_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    held_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<String>,
}

/// How far a ticket was escalated.
#[derive(Debug, Serialize)]
pub(crate) struct Escalation {
    ticket_id: String,
    policy: String,
    state: String,
    level: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_level_at: Option<String>,
}

impl From<wire::Delivery> for Delivery {
    fn from(delivery: wire::Delivery) -> Self {
        Self {
            state: word(delivery.state().as_str_name(), "DELIVERY_STATE"),
            created_at: optional(delivery.created_at.as_ref()),
            sent_at: optional(delivery.sent_at.as_ref()),
            next_attempt_at: optional(delivery.next_attempt_at.as_ref()),
            held_until: optional(delivery.held_until.as_ref()),
            held_by: delivery.held_by,
            id: delivery.id,
            ticket_id: delivery.ticket_id,
            order_id: delivery.order_id,
            cause: delivery.cause,
            level: delivery.level,
            channel: delivery.channel,
            recipient: delivery.recipient,
            attempts: delivery.attempts,
            last_error: delivery.last_error,
            message_id: delivery.message_id,
        }
    }
}

impl From<wire::Escalation> for Escalation {
    fn from(escalation: wire::Escalation) -> Self {
        Self {
            state: word(escalation.state().as_str_name(), "ESCALATION_STATE"),
            started_at: optional(escalation.started_at.as_ref()),
            next_level_at: optional(escalation.next_level_at.as_ref()),
            ticket_id: escalation.ticket_id,
            policy: escalation.policy,
            level: escalation.level,
        }
    }
}

impl Row for Delivery {
    const COLUMNS: &'static [&'static str] = &[
        "TICKET",
        "ORDER",
        "CAUSE",
        "LEVEL",
        "CHANNEL",
        "RECIPIENT",
        "STATE",
        "ATTEMPTS",
        "SENT AT",
        "LAST ERROR",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.ticket_id.clone(),
            self.order_id.clone(),
            self.cause.clone(),
            self.level.to_string(),
            self.channel.clone(),
            self.recipient.clone(),
            self.state.clone(),
            self.attempts.to_string(),
            self.sent_at.clone().unwrap_or_default(),
            self.last_error.clone(),
        ]
    }
}

impl Row for Escalation {
    const COLUMNS: &'static [&'static str] = &[
        "TICKET",
        "POLICY",
        "STATE",
        "LEVEL",
        "STARTED AT",
        "NEXT LEVEL AT",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.ticket_id.clone(),
            self.policy.clone(),
            self.state.clone(),
            self.level.to_string(),
            self.started_at.clone().unwrap_or_default(),
            self.next_level_at.clone().unwrap_or_default(),
        ]
    }
}
