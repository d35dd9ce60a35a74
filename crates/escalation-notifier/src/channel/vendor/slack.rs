//! Slack's incoming webhooks: sections of mrkdwn to a URL that is the secret.
//!
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>: a
//! message a second, at most 50 blocks, 3,000 characters a section (said).

use std::time::Duration;

use serde_json::{Value, json};

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::{digest, retry::Answer},
};

/// Messages that a webhook takes in a second (said).
pub(super) const MESSAGES_PER_SECOND: u32 = 1;
/// Longest section in characters (said).
pub(super) const SECTION_CHARACTERS: usize = 3_000;
/// Most blocks of a message (said).
pub(super) const BLOCKS: usize = 50;

/// Largest text in bytes: four sections, more of which nobody reads.
const TEXT_BYTES: usize = 4 * SECTION_CHARACTERS;

#[derive(Debug)]
pub(super) struct Slack;

impl Vendor for Slack {
    fn limits(&self) -> Limits {
        Limits {
            windows: const { &[(MESSAGES_PER_SECOND, Duration::from_secs(1))] },
            block: Duration::from_secs(30),
            bytes: TEXT_BYTES,
            markup: Markup::Slack,
            digests: true,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let blocks: Vec<Value> = sections(content.text)
            .into_iter()
            .take(BLOCKS)
            .map(|text| section(&text))
            .collect();
        let body = json!({ "text": escaped(content.title), "blocks": blocks });
        Ok(Call::json(access.url()?, &body))
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        if let Some(judged) = reply::by_status(answer) {
            return judged;
        }
        if answer.body.trim_ascii() == b"ok" {
            Answer::Accepted {
                detail: "ok".to_owned(),
            }
        } else {
            reply::not_the_vendors(answer)
        }
    }
}

/// A section that is not searched for names and addresses to make links of (read).
fn section(text: &str) -> Value {
    let text = json!({ "type": "mrkdwn", "text": text, "verbatim": true });
    json!({ "type": "section", "text": text })
}

/// Text without markup, where markup is read: what is shown before a message is opened.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// Cuts between lines into sections; as many bytes as characters are allowed
/// always fit.
fn sections(text: &str) -> Vec<String> {
    let mut sections: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = digest::cut(line, SECTION_CHARACTERS);
        match sections.last_mut() {
            Some(last) if last.len() + 1 + line.len() <= SECTION_CHARACTERS => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => sections.push(line),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_become_sections_that_slack_takes() {
        let line = "工单".repeat(200);
        let text = [line.as_str(); 12].join("\n");
        let sections = sections(&text);
        assert!(
            sections
                .iter()
                .all(|section| section.len() <= SECTION_CHARACTERS)
        );
        assert_eq!(sections.join("\n"), text);
    }
}
