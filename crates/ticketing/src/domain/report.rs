//! Figures of a stretch of time, by what people ask for.

use chrono::TimeDelta;

use super::Instant;

/// What figures are shown by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Grouping {
    /// All in one.
    #[default]
    Whole,
    /// Scenario of the exception.
    Scenario,
    /// Department that answers.
    Department,
    /// Warehouse of the order.
    Warehouse,
    /// Person who answers; nobody in person has the empty key.
    Person,
    /// Hour of the day at which the ticket was opened, `00` to `23`.
    Hour,
    /// Kind of the order, such as `presale`.
    Category,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// First instant that counts.
    pub from: Instant,
    /// First instant that counts no more.
    pub to: Instant,
    /// What figures are shown by.
    pub grouping: Grouping,
    /// Name of the time zone in which hours and weeks are.
    pub zone: String,
}

/// How long something took, or how old it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    /// Of how many.
    pub count: i64,
    /// Arithmetic mean, to the nearest microsecond.
    pub mean: TimeDelta,
    /// The shortest that half of them do not exceed.
    pub median: TimeDelta,
    /// The shortest that nine of ten do not exceed.
    pub p90: TimeDelta,
    /// The longest.
    pub longest: TimeDelta,
}

/// How many deadlines of a kind were kept and missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// What was done in time.
    pub kept: i64,
    /// Deadlines that passed.
    pub missed: i64,
}

/// Figures of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Tickets opened.
    pub opened: i64,
    /// Tickets resolved.
    pub resolved: i64,
    /// Of those, without a person.
    pub automatic: i64,
    /// How long was worked, or could have been.
    pub handling: Spread,
    /// From the opening to when anybody took it up.
    pub response: Spread,
    /// Of responses.
    pub responses: Kept,
    /// Of steps.
    pub steps: Kept,
    /// Of resolutions.
    pub resolutions: Kept,
    /// How old what waits at the end is.
    pub backlog: Spread,
}

/// How often work went back from one department to another in a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushBacks {
    /// Its Monday, such as `2026-11-09`.
    pub week: String,
    /// The department that did not want it.
    pub from: String,
    /// The department that has it again.
    pub to: String,
    /// How often.
    pub count: i64,
}

impl Grouping {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Scenario => "scenario",
            Self::Department => "department",
            Self::Warehouse => "warehouse",
            Self::Person => "person",
            Self::Hour => "hour",
            Self::Category => "category",
        }
    }
}
