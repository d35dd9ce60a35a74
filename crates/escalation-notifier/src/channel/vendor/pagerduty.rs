//! `PagerDuty`'s Events API v2: an incident a round of a ticket, triggered, acknowledged and
//! resolved under the ticket's id, and the version at which the round began after the first.
//! What is triggered while it is open is added to it, and pages nobody once somebody has
//! acknowledged it (said).
//!
//! <https://developer.pagerduty.com/docs/send-alert-event>: `dedup_key` of at most
//! 255 characters and the three actions (read); `summary` of at most 1,024
//! characters, 120 events a minute of an integration (said).

use std::time::Duration;

use outbound::Url;
use serde::Deserialize;
use serde_json::json;

use super::{Access, Content, Limits, Vendor, reply};
use crate::{
    channel::{caller::Call, markup::Markup},
    domain::{delivery::Outgoing, digest, escalation::Cause, retry::Answer, ticket::Ticket},
};

/// Events that an integration takes in a minute (said).
pub(super) const EVENTS_PER_MINUTE: u32 = 120;
/// Longest `dedup_key` in characters (read).
pub(super) const DEDUP_KEY_CHARACTERS: usize = 255;
/// Longest `summary` in characters (said).
pub(super) const SUMMARY_CHARACTERS: usize = 1_024;

/// Where events are taken, outside Europe (read).
const ENQUEUE: &str = "https://events.pagerduty.com/v2/enqueue";

#[derive(Debug)]
pub(super) struct Pagerduty;

#[derive(Debug, Deserialize)]
struct Reply {
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<String>,
}

impl Vendor for Pagerduty {
    fn limits(&self) -> Limits {
        Limits {
            windows: const { &[(EVENTS_PER_MINUTE, Duration::from_secs(60))] },
            block: Duration::from_secs(60),
            bytes: SUMMARY_CHARACTERS,
            markup: Markup::Plain,
            digests: false,
        }
    }

    fn call(&self, access: &Access, content: &Content<'_>) -> Result<Call, String> {
        let url = access.url().or_else(|_| Url::parse(ENQUEUE));
        let url = url.map_err(|error| error.to_string())?;
        let [delivery] = content.deliveries else {
            return Err("an event is about one ticket".to_owned());
        };
        let Outgoing { ticket, .. } = delivery;
        let links = content
            .link
            .map(|href| json!({ "href": href, "text": "Acknowledge" }));
        let body = json!({
            "routing_key": access.secret()?,
            "event_action": action(delivery.cause),
            "dedup_key": dedup_key(delivery),
            "links": links.into_iter().collect::<Vec<_>>(),
            "payload": {
                "summary": digest::cut(content.title, SUMMARY_CHARACTERS),
                "source": source(ticket),
                "severity": severity(ticket),
                "timestamp": delivery.created_at.to_rfc3339(),
                "component": ticket.warehouse,
                "group": ticket.region,
                "class": ticket.scenario,
                "custom_details": {
                    "delivery": delivery.id.to_string(),
                    "cause": delivery.cause.as_str(),
                    "level": delivery.level,
                    "order": ticket.order_id,
                    "department": ticket.department,
                    "step": ticket.step,
                    "instructions": ticket.instructions,
                    "due_at": ticket.due_at,
                },
            },
        });
        Ok(Call::json(url, &body))
    }

    fn judge(&self, answer: &outbound::Answer) -> Answer {
        let reply: Option<Reply> = serde_json::from_slice(&answer.body).ok();
        match (reply::by_status(answer), reply) {
            // Says in `errors` which field it does not like.
            (Some(Answer::Refused { .. }), Some(reply)) => {
                let errors = reply.errors.join(", ");
                let said = format!("{}: {} {errors}", reply.status, reply.message);
                Answer::Refused {
                    detail: reply::words(answer.status, &said),
                }
            }
            (Some(judged), _) => judged,
            (None, Some(reply)) if reply.status == "success" => Answer::Accepted {
                detail: reply::words(answer.status, &reply.message),
            },
            (None, _) => reply::not_the_vendors(answer),
        }
    }
}

fn action(cause: Cause) -> &'static str {
    match cause {
        Cause::Acknowledged => "acknowledge",
        Cause::Superseded | Cause::Resolved => "resolve",
        _ => "trigger",
    }
}

/// What every event about an alarm has in common: its ticket, and when it began but the first.
pub(super) fn dedup_key(delivery: &Outgoing) -> String {
    let began = match delivery.alarm {
        0 => String::new(),
        version => format!("/{version}"),
    };
    let room = DEDUP_KEY_CHARACTERS - began.len();
    let ticket: String = delivery.ticket.id.chars().take(room).collect();
    ticket + &began
}

/// What is in trouble; never empty.
fn source(ticket: &Ticket) -> &str {
    [&ticket.warehouse, &ticket.region, &ticket.department]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or("orderwatch", String::as_str)
}

fn severity(ticket: &Ticket) -> &'static str {
    match ticket.severity.as_str() {
        "critical" => "critical",
        "high" => "error",
        "medium" => "warning",
        _ => "info",
    }
}
