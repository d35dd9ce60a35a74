//! A ticket as routing and messages need it.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
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
    /// Kind of the order, such as `presale`; empty when unknown.
    #[serde(default)]
    pub kind: String,
    /// Channel that the order was sold through; empty when unknown.
    #[serde(default)]
    pub channel: String,
    /// Tier of the customer, such as `vip`; empty when unknown.
    #[serde(default)]
    pub customer_tier: String,
    /// What the order is worth; zero when unknown.
    #[serde(default)]
    pub amount: Amount,
    /// Scenario that chose the procedure.
    pub scenario: String,
    /// How bad it is.
    pub severity: Severity,
    /// Rule that opened the exception.
    pub rule: String,
    /// Department that answers for the ticket.
    pub department: String,
    /// Team of the department; empty when none is named.
    #[serde(default)]
    pub team: String,
    /// Person who works on it; empty when nobody does yet.
    pub assignee: String,
    /// Department that is asked to take the step; empty when none is.
    #[serde(default)]
    pub asked_department: String,
    /// Person who is asked to take the step; empty when none is.
    #[serde(default)]
    pub asked_assignee: String,
    /// Step that is worked on.
    pub step: String,
    /// What to do in that step.
    pub instructions: String,
    /// Whether it was judged although a source had not reported that far.
    #[serde(default)]
    pub unconfirmed: bool,
    /// Those sources, in order; of a ticket about a late source, that source.
    #[serde(default)]
    pub late_sources: Vec<String>,
    /// The open incident that it belongs to, by its group; empty when it belongs to none.
    #[serde(default)]
    pub incident: String,
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
    /// Whether it has just begun; else it is over.
    pub open: bool,
}

/// Who came to a group and who left it, as a version of the group has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moves {
    /// The group.
    pub group: String,
    /// Its version.
    pub version: i64,
    /// Tickets that came.
    pub joined: Vec<String>,
    /// Tickets that left.
    pub left: Vec<String>,
}

/// An amount in hundredths of the currency unit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Amount(i64);

/// A text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an amount such as 5000 or 49.90")]
pub struct NoAmount;

impl Amount {
    /// Amount of currency units, to the nearest hundredth; zero of what is no number.
    #[must_use]
    pub fn of_units(units: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`as` saturates, which is what is wanted"
        )]
        Self((units * 100.0).round() as i64)
    }

    /// In hundredths of the currency unit.
    #[must_use]
    pub fn hundredths(self) -> i64 {
        self.0
    }
}

impl FromStr for Amount {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let units: f64 = text.parse().map_err(|_| NoAmount)?;
        units
            .is_finite()
            .then(|| Self::of_units(units))
            .ok_or(NoAmount)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (units, hundredths) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        write!(formatter, "{sign}{units}.{hundredths:02}")
    }
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
    /// Another department or person was asked to take the step.
    Offered,
    /// Whoever was asked did not answer: somebody else decides.
    Referred,
    /// Nobody took it up in time.
    ResponseOverdue,
    /// A machine should have done the step, and could not.
    AutomationFailed,
    /// Anything that changes its looks only: a comment, an assignment, a step.
    Other,
}

impl Transition {
    /// Whether somebody did it, rather than the clock.
    #[must_use]
    pub fn is_an_act(self) -> bool {
        !matches!(
            self,
            Self::DueSoon
                | Self::Overdue
                | Self::Referred
                | Self::ResponseOverdue
                | Self::AutomationFailed
        )
    }
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
    /// How long after somebody took it on it is to come back by their own word, unless it is
    /// resolved by then.
    pub come_back: Option<TimeDelta>,
    /// The ticket right after it.
    pub ticket: Ticket,
}
