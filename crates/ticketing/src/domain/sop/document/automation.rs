//! What works on a step, as it is written.

use serde::Deserialize;

use super::{Fault, NAME, fault, is_name};
use crate::domain::{
    automation::{Automation, Job, Webhook},
    sop::Step,
    span::{NotASpan, Span},
};

/// Longest that an automation may take, unless said.
const AT_MOST: &str = "1h";
/// Longest that one attempt may take, unless said.
const TIMEOUT: &str = "10s";
/// The longest that can be said: who is slower can answer at once and be waited for.
const LONGEST_TIMEOUT: &str = "1m";
/// Wait after the first failure, unless said.
const BACKOFF: &str = "10s";
/// Attempts after which a webhook is given up, unless said.
const ATTEMPTS: u32 = 5;
/// The most that can be said.
const MOST_ATTEMPTS: u32 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AutomationSpec {
    #[serde(default)]
    webhook: Option<WebhookSpec>,
    #[serde(default)]
    publish: Option<PublishSpec>,
    #[serde(default)]
    wait: Option<WaitSpec>,
    #[serde(default)]
    at_most: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WebhookSpec {
    endpoint: String,
    #[serde(default)]
    timeout: Option<String>,
    #[serde(default)]
    attempts: Option<u32>,
    #[serde(default)]
    backoff: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishSpec {
    subject: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitSpec {
    until: String,
}

impl AutomationSpec {
    pub(super) fn build(self, place: &str, faults: &mut Vec<Fault>) -> Option<Automation> {
        let place = format!("{place}.automation");
        let at_most = match &self.at_most {
            Some(text) => span(text, &format!("{place}.atMost"), faults)?,
            None => span(AT_MOST, &place, faults)?,
        };
        let job = match (self.webhook, self.publish, self.wait) {
            (Some(webhook), None, None) => webhook.build(&format!("{place}.webhook"), faults)?,
            (None, Some(PublishSpec { subject }), None) => {
                if !is_subject(&subject) {
                    let what = "must be a subject without wildcards, such as shop.refunds";
                    faults.push(fault(format!("{place}.publish.subject"), what));
                }
                Job::Publish { subject }
            }
            (None, None, Some(WaitSpec { until })) => Job::Wait { until },
            _ => {
                let what = "must have exactly one of webhook, publish and wait";
                faults.push(fault(place, what));
                return None;
            }
        };
        Some(Automation { job, at_most })
    }
}

impl WebhookSpec {
    fn build(self, place: &str, faults: &mut Vec<Fault>) -> Option<Job> {
        if !is_name(&self.endpoint) {
            faults.push(fault(format!("{place}.endpoint"), NAME));
        }
        let attempts = self.attempts.unwrap_or(ATTEMPTS);
        if !(1..=MOST_ATTEMPTS).contains(&attempts) {
            let what = format!("must be from 1 to {MOST_ATTEMPTS}");
            faults.push(fault(format!("{place}.attempts"), what));
        }
        let mut read = |key: &str, text: Option<String>, usual: &str| {
            let text = text.unwrap_or_else(|| usual.to_owned());
            span(&text, &format!("{place}.{key}"), faults)
        };
        let timeout = read("timeout", self.timeout, TIMEOUT);
        let backoff = read("backoff", self.backoff, BACKOFF);
        let longest = read("timeout", None, LONGEST_TIMEOUT);
        if timeout > longest {
            let what = format!("must be at most {LONGEST_TIMEOUT}");
            faults.push(fault(format!("{place}.timeout"), what));
        }
        Some(Job::Webhook(Webhook {
            endpoint: self.endpoint,
            timeout: timeout?,
            attempts,
            backoff: backoff?,
        }))
    }
}

/// What ends without a person fills nothing in, but for a webhook.
pub(super) fn check(step: &Step, place: &str, faults: &mut Vec<Fault>) {
    let required = step.fields.iter().find(|field| field.required);
    let fills_in = |job: &Job| matches!(job, Job::Webhook(_));
    let silent = step.automation.as_ref().filter(|it| !fills_in(&it.job));
    for (key, is_there) in [
        ("doneWhen", step.done_when.is_some()),
        ("automation", silent.is_some()),
    ] {
        if let Some(field) = required.filter(|_| is_there) {
            let what = format!(
                "cannot stand beside field `{}`, which must be filled in",
                field.name
            );
            faults.push(fault(format!("{place}.{key}"), what));
        }
    }
    for condition in step.conditions().filter(|it| it.trim().is_empty()) {
        let what = format!("`{condition}` is no condition");
        faults.push(fault(place, what));
    }
}

fn span(text: &str, place: &str, faults: &mut Vec<Fault>) -> Option<Span> {
    text.parse()
        .map_err(|error: NotASpan| faults.push(fault(place, error)))
        .ok()
}

fn is_subject(subject: &str) -> bool {
    let is_token = |token: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !token.is_empty() && token.bytes().all(is_plain)
    };
    subject.len() <= 255 && subject.split('.').all(is_token)
}
