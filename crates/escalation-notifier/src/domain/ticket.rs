//! A ticket as routing and messages need it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a notice says about a ticket. No personal data of customers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ticket {
    /// Ticket id.
    pub id: String,
    /// Exception that the ticket is about.
    pub exception_id: String,
    /// Order that the exception is about.
    pub order_id: String,
    /// Warehouse that fulfils the order; empty when unknown.
    pub warehouse: String,
    /// Region of the order; empty when unknown.
    pub region: String,
    /// Scenario that chose the procedure.
    pub scenario: String,
    /// How bad it is.
    pub severity: Severity,
    /// Rule that opened the exception.
    pub rule: String,
    /// Department that answers for the ticket.
    pub department: String,
    /// Person who works on it; empty when nobody does yet.
    pub assignee: String,
    /// Step that is worked on.
    pub step: String,
    /// What to do in that step.
    pub instructions: String,
    /// When the step is due.
    pub due_at: Option<DateTime<Utc>>,
    /// When the ticket was opened.
    pub opened_at: DateTime<Utc>,
}

/// Many tickets with one cause, as they are told of: once, like a ticket of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Stands for all of them.
    pub ticket: Ticket,
    /// Version of the group that tells.
    pub version: i64,
}

/// How bad a ticket is, by the name that its rule gave.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Severity(String);

impl Severity {
    /// Severity of that name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.trim().to_ascii_lowercase())
    }

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it goes ahead of everything else.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.0 == "critical"
    }
}

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// It was opened.
    Opened,
    /// Somebody took it on.
    Acknowledged,
    /// A step's deadline is near.
    DueSoon,
    /// A step's deadline has passed.
    Overdue,
    /// It was resolved.
    Resolved,
    /// It was opened again.
    Reopened,
    /// Anything that changes its looks only: a comment, an assignment, a step.
    Other,
}

/// One transition of a ticket, and the ticket right after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// What happened.
    pub transition: Transition,
    /// Version of the ticket; grows with every transition.
    pub version: i64,
    /// Whether somebody had taken it on by then.
    pub acknowledged: bool,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The ticket right after it.
    pub ticket: Ticket,
}
