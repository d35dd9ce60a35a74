//! Tickets and their procedures.

mod step;

use std::fmt::Write as _;

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use self::step::Step;
use super::{word, yes};
use crate::output::{Detailed, Row};
use crate::time::optional;

/// What must be done about an exception, by whom, until when.
#[derive(Debug, Serialize)]
pub(crate) struct Ticket {
    id: String,
    exception_id: String,
    order_id: String,
    rule: String,
    scenario: String,
    severity: String,
    state: String,
    department: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    team: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    assignee: String,
    sop: String,
    sop_version: i32,
    current_step: i32,
    steps: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    overdue: bool,
    /// For what its clocks stand.
    #[serde(skip_serializing_if = "String::is_empty")]
    paused_for: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snoozed_until: Option<String>,
    automatic: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    resolution: String,
    etag: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ledger: Vec<Stretch>,
}

/// One stretch of time for which one department answered.
#[derive(Debug, Serialize)]
struct Stretch {
    department: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    assignee: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    paused_for: String,
}

/// A standard procedure.
#[derive(Debug, Serialize)]
pub(crate) struct Sop {
    name: String,
    version: i32,
    scenarios: Vec<String>,
    steps: Vec<Step>,
}

impl From<wire::Ticket> for Ticket {
    fn from(ticket: wire::Ticket) -> Self {
        Self {
            state: word(ticket.state().as_str_name(), "TICKET_STATE"),
            opened_at: optional(ticket.opened_at.as_ref()),
            acknowledged_at: optional(ticket.acknowledged_at.as_ref()),
            resolved_at: optional(ticket.resolved_at.as_ref()),
            due_at: optional(ticket.due_at.as_ref()),
            snoozed_until: optional(ticket.snoozed_until.as_ref()),
            paused_until: ticket
                .pause
                .as_ref()
                .and_then(|pause| optional(pause.until.as_ref())),
            paused_for: ticket.pause.map(|pause| pause.reason).unwrap_or_default(),
            team: ticket.team,
            id: ticket.id,
            exception_id: ticket.exception_id,
            order_id: ticket.order_id,
            rule: ticket.rule,
            scenario: ticket.scenario,
            severity: ticket.severity,
            department: ticket.department,
            assignee: ticket.assignee,
            sop: ticket.sop,
            sop_version: ticket.sop_version,
            current_step: ticket.current_step,
            steps: ticket.steps.into_iter().map(Step::from).collect(),
            overdue: ticket.overdue,
            automatic: ticket.automatic,
            resolution: ticket.resolution,
            etag: ticket.etag,
            ledger: ticket.ledger.into_iter().map(Stretch::from).collect(),
        }
    }
}

impl From<wire::LedgerEntry> for Stretch {
    fn from(entry: wire::LedgerEntry) -> Self {
        Self {
            from: optional(entry.from.as_ref()),
            to: optional(entry.to.as_ref()),
            department: entry.department,
            assignee: entry.assignee,
            reason: entry.reason,
            paused_for: entry.pause,
        }
    }
}

impl From<wire::Sop> for Sop {
    fn from(sop: wire::Sop) -> Self {
        Self {
            name: sop.name,
            version: sop.version,
            scenarios: sop.scenarios,
            steps: sop.steps.into_iter().map(Step::from).collect(),
        }
    }
}

impl Row for Ticket {
    const COLUMNS: &'static [&'static str] = &[
        "ID",
        "ORDER",
        "SCENARIO",
        "STATE",
        "DEPARTMENT",
        "ASSIGNEE",
        "STEP",
        "DUE AT",
        "NOTES",
    ];

    fn cells(&self) -> Vec<String> {
        let step = usize::try_from(self.current_step)
            .ok()
            .and_then(|index| self.steps.get(index))
            .map(|step| step.name().to_owned())
            .unwrap_or_default();
        vec![
            self.id.clone(),
            self.order_id.clone(),
            self.scenario.clone(),
            self.state.clone(),
            self.department.clone(),
            self.assignee.clone(),
            step,
            self.due_at.clone().unwrap_or_default(),
            match self.paused_for.as_str() {
                "" => yes(self.overdue, "overdue"),
                reason => format!("paused: {reason}"),
            },
        ]
    }
}

impl Row for Sop {
    const COLUMNS: &'static [&'static str] = &["NAME", "VERSION", "SCENARIOS", "STEPS"];

    fn cells(&self) -> Vec<String> {
        let steps: Vec<&str> = self.steps.iter().map(Step::name).collect();
        vec![
            self.name.clone(),
            self.version.to_string(),
            self.scenarios.join(", "),
            steps.join(" → "),
        ]
    }
}

impl Detailed for Ticket {
    fn describe(&self) -> String {
        let mut text = String::new();
        for (name, value) in [
            ("Ticket", self.id.as_str()),
            ("Order", &self.order_id),
            ("Exception", &self.exception_id),
            ("Rule", &self.rule),
            ("Scenario", &self.scenario),
            ("Severity", &self.severity),
            ("State", &self.state),
            ("Department", &self.department),
            ("Assignee", &self.assignee),
            ("Opened at", self.opened_at.as_deref().unwrap_or_default()),
            (
                "Acknowledged at",
                self.acknowledged_at.as_deref().unwrap_or_default(),
            ),
            ("Due at", self.due_at.as_deref().unwrap_or_default()),
            ("Paused for", &self.paused_for),
            (
                "Paused until",
                self.paused_until.as_deref().unwrap_or_default(),
            ),
            (
                "Snoozed until",
                self.snoozed_until.as_deref().unwrap_or_default(),
            ),
            (
                "Resolved at",
                self.resolved_at.as_deref().unwrap_or_default(),
            ),
            ("Resolution", &self.resolution),
        ] {
            if !value.is_empty() {
                let _ = writeln!(text, "{:<16} {value}", format!("{name}:"));
            }
        }
        let _ = writeln!(
            text,
            "\nProcedure {} (version {}):",
            self.sop, self.sop_version
        );
        for (number, step) in self.steps.iter().enumerate() {
            let _ = writeln!(text, "{:>3}. {}", number + 1, step.describe());
        }
        if !self.ledger.is_empty() {
            text.push_str("\nWho answered for it:\n");
            for stretch in &self.ledger {
                let _ = writeln!(text, "  {}", stretch.describe());
            }
        }
        text
    }
}

impl Stretch {
    fn describe(&self) -> String {
        format!(
            "{} – {}  {} {}  {}{}",
            self.from.as_deref().unwrap_or("?"),
            self.to.as_deref().unwrap_or("now"),
            self.department,
            self.assignee,
            self.reason,
            yes(!self.paused_for.is_empty(), " (clocks stood)"),
        )
    }
}
