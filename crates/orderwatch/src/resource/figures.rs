//! Figures of every service, side by side.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contracts::{audit, escalation, rules, ticketing};
use serde::Serialize;

use crate::output::Detailed;
use crate::time::{duration, optional};

/// What the services counted.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    judgement: Judgement,
    tickets: Tickets,
    notifications: Notifications,
    audit: Record,
}

#[derive(Debug, Serialize)]
struct Judgement {
    orders: i64,
    exceptions: i64,
    batches_behind: i64,
    orders_due: i64,
    rule_set: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct Tickets {
    opened: i64,
    resolved: i64,
    resolved_automatically: i64,
    open: i64,
    overdue: i64,
    handed_over: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_handling_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_handling_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90_handling_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_response_time: Option<String>,
}

#[derive(Debug, Serialize)]
struct Notifications {
    deliveries_sent: i64,
    deliveries_pending: i64,
    deliveries_failed: i64,
    messages_sent: i64,
    escalated: i64,
    running: i64,
}

#[derive(Debug, Serialize)]
struct Record {
    entries: i64,
    by_type: BTreeMap<String, i64>,
}

impl Figures {
    pub(crate) fn new(
        progress: &rules::v1::GetProgressResponse,
        tickets: &ticketing::v1::GetFiguresResponse,
        notifications: &escalation::v1::GetFiguresResponse,
        record: audit::v1::GetFiguresResponse,
    ) -> Self {
        Self {
            judgement: Judgement {
                orders: progress.orders,
                exceptions: progress.exceptions,
                batches_behind: progress.batches_behind,
                orders_due: progress.orders_due,
                rule_set: progress.rule_set,
                effective_at: optional(progress.effective_at.as_ref()),
            },
            tickets: Tickets {
                opened: tickets.opened,
                resolved: tickets.resolved,
                resolved_automatically: tickets.resolved_automatically,
                open: tickets.open,
                overdue: tickets.overdue,
                handed_over: tickets.handed_over,
                mean_handling_time: tickets.mean_handling_time.as_ref().map(duration),
                median_handling_time: tickets.median_handling_time.as_ref().map(duration),
                p90_handling_time: tickets.p90_handling_time.as_ref().map(duration),
                mean_response_time: tickets.mean_response_time.as_ref().map(duration),
            },
            notifications: Notifications {
                deliveries_sent: notifications.deliveries_sent,
                deliveries_pending: notifications.deliveries_pending,
                deliveries_failed: notifications.deliveries_failed,
                messages_sent: notifications.messages_sent,
                escalated: notifications.escalated,
                running: notifications.running,
            },
            audit: Record {
                entries: record.entries,
                by_type: record
                    .by_type
                    .into_iter()
                    .map(|count| (count.r#type, count.count))
                    .collect(),
            },
        }
    }
}

impl Detailed for Figures {
    fn describe(&self) -> String {
        let mut text = String::new();
        let Ok(serde_json::Value::Object(sections)) = serde_json::to_value(self) else {
            return text;
        };
        for (section, figures) in &sections {
            let _ = writeln!(text, "{}", section.to_uppercase());
            describe_section(&mut text, figures);
        }
        text
    }
}

fn describe_section(text: &mut String, figures: &serde_json::Value) {
    let serde_json::Value::Object(figures) = figures else {
        return;
    };
    for (name, value) in figures {
        match value {
            serde_json::Value::Object(_) => describe_section(text, value),
            serde_json::Value::String(value) => {
                let _ = writeln!(text, "  {:<28} {value}", name.replace('_', " "));
            }
            value => {
                let _ = writeln!(text, "  {:<28} {value}", name.replace('_', " "));
            }
        }
    }
}
