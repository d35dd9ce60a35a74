//! What a message looks like, and attempts to send it.

use std::fmt;

use contracts::escalation::v1 as wire;
use serde::Serialize;

use crate::output::{Row, printable};
use crate::time::optional;

/// What would be put on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct NotificationPreview {
    channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    recipient: String,
    language: String,
    title: String,
    text: String,
    body: String,
    text_bytes: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_bytes_at_most: Option<i32>,
    body_bytes: i32,
    templates: Vec<String>,
}

/// One attempt, and what the vendor said.
#[derive(Debug, Serialize)]
pub(crate) struct DeliveryAttempt {
    attempt: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    outcome: String,
    answer: String,
}

impl From<wire::NotificationPreview> for NotificationPreview {
    fn from(preview: wire::NotificationPreview) -> Self {
        Self {
            channel: preview.channel,
            recipient: preview.recipient,
            language: preview.language,
            title: preview.title,
            text: preview.text,
            body: preview.body,
            text_bytes: preview.text_bytes,
            text_bytes_at_most: Some(preview.text_bytes_at_most).filter(|bytes| *bytes > 0),
            body_bytes: preview.body_bytes,
            templates: preview.templates,
        }
    }
}

impl From<wire::DeliveryAttempt> for DeliveryAttempt {
    fn from(attempt: wire::DeliveryAttempt) -> Self {
        Self {
            attempt: attempt.attempt,
            started_at: optional(attempt.started_at.as_ref()),
            finished_at: optional(attempt.finished_at.as_ref()),
            outcome: attempt.outcome,
            answer: attempt.answer,
        }
    }
}

impl fmt::Display for NotificationPreview {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            channel, language, ..
        } = self;
        let to = match self.recipient.as_str() {
            "" => String::new(),
            recipient => format!(" to {recipient}"),
        };
        let limit = match self.text_bytes_at_most {
            Some(bytes) => format!(" of at most {bytes}"),
            None => String::new(),
        };
        writeln!(
            formatter,
            "== {channel}{to} ({language}): text of {} bytes{limit}, body of {}",
            self.text_bytes, self.body_bytes
        )?;
        if !self.templates.is_empty() {
            writeln!(formatter, "-- written by {}", self.templates.join(", "))?;
        }
        writeln!(formatter, "-- title: {}", printable(&self.title))?;
        for line in self.text.trim_end().lines() {
            writeln!(formatter, "{}", printable(line.trim_end()))?;
        }
        if self.channel == "email" {
            return Ok(());
        }
        writeln!(formatter, "-- body\n{}", printable(&self.body))
    }
}

impl Row for NotificationPreview {
    const COLUMNS: &'static [&'static str] = &["CHANNEL", "RECIPIENT", "TEXT", "AT MOST", "BODY"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.channel.clone(),
            self.recipient.clone(),
            self.text_bytes.to_string(),
            self.text_bytes_at_most
                .map(|bytes| bytes.to_string())
                .unwrap_or_default(),
            self.body_bytes.to_string(),
        ]
    }
}

impl Row for DeliveryAttempt {
    const COLUMNS: &'static [&'static str] =
        &["ATTEMPT", "STARTED AT", "ENDED AT", "OUTCOME", "ANSWER"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.attempt.to_string(),
            self.started_at.clone().unwrap_or_default(),
            self.finished_at.clone().unwrap_or_default(),
            self.outcome.clone(),
            self.answer.clone(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_says_how_much_of_the_vendors_bytes_it_takes() {
        let preview = NotificationPreview::from(wire::NotificationPreview {
            channel: "wecom".to_owned(),
            recipient: "east-floor".to_owned(),
            language: "zh".to_owned(),
            title: "新工单：订单 A1".to_owned(),
            text: "**新工单**\n>订单：**A1**\u{1b}[2J".to_owned(),
            body: r#"{"msgtype":"markdown"}"#.to_owned(),
            text_bytes: 41,
            text_bytes_at_most: 4_096,
            body_bytes: 22,
            templates: vec!["customs-text-zh".to_owned()],
        });
        assert_eq!(
            preview.to_string(),
            "== wecom to east-floor (zh): text of 41 bytes of at most 4096, body of 22\n\
             -- written by customs-text-zh\n\
             -- title: 新工单：订单 A1\n\
             **新工单**\n\
             >订单：**A1**\\u{1b}[2J\n\
             -- body\n\
             {\"msgtype\":\"markdown\"}\n"
        );
    }
}
