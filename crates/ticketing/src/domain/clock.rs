//! Clocks that run against an allowance, can be stopped, and know when they run out.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Instant, office::Office, span::Span};

/// How long something may take: by the wall clock, or in the working time of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// How long.
    pub span: Span,
    /// Name of the calendar whose working time counts; absent for the wall clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

/// Time used of an allowance. It counts only while it runs; who holds the ticket is nothing
/// to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    allowance: Allowance,
    /// Used before it was last started, in microseconds of the allowance's own time.
    used: i64,
    /// Present while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    running: Option<Running>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    since: Instant,
    due_at: Instant,
}

/// A clock, and whether it was already said that it ran out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The clock.
    pub clock: Clock,
    /// It ran out, and that was told: a deadline is missed once.
    #[serde(default)]
    pub missed: bool,
}

impl Allowance {
    /// When so much has passed, counted from an instant.
    #[must_use]
    pub fn after(&self, from: Instant, office: &Office) -> Instant {
        office.after(from, self.span.delta(), self.calendar.as_deref())
    }
}

impl Clock {
    /// Starts a clock that has used nothing.
    #[must_use]
    pub fn start(allowance: Allowance, now: Instant, office: &Office) -> Self {
        let mut clock = Self {
            allowance,
            used: 0,
            running: None,
        };
        clock.resume(now, office);
        clock
    }

    /// Lets it run again from where it stopped; one that runs goes on as it is.
    pub fn resume(&mut self, now: Instant, office: &Office) {
        if self.running.is_none() {
            self.running = Some(Running {
                since: now,
                due_at: self.due_from(now, office),
            });
        }
    }

    /// Stops it: nothing is used until it runs again.
    pub fn stop(&mut self, now: Instant, office: &Office) {
        self.used = micros(self.used(now, office));
        self.running = None;
    }

    /// Gives it another allowance. What was used stays used, and whether it runs stays as it is.
    pub fn allow(&mut self, allowance: Allowance, now: Instant, office: &Office) {
        let runs = self.running.is_some();
        self.stop(now, office);
        self.allowance = allowance;
        if runs {
            self.resume(now, office);
        }
    }

    /// When it runs out; absent while it is stopped.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        self.running.map(|running| running.due_at)
    }

    /// What it has used by now, in the allowance's own time.
    #[must_use]
    pub fn used(&self, now: Instant, office: &Office) -> TimeDelta {
        let before = TimeDelta::microseconds(self.used);
        match self.running {
            Some(Running { since, .. }) => {
                before + office.between(since, now, self.allowance.calendar.as_deref())
            }
            None => before,
        }
    }

    fn due_from(&self, now: Instant, office: &Office) -> Instant {
        let left = self.allowance.span.delta() - TimeDelta::microseconds(self.used);
        office.after(now, left, self.allowance.calendar.as_deref())
    }
}

impl Deadline {
    /// Sets a deadline that runs from now on.
    #[must_use]
    pub fn set(allowance: Allowance, now: Instant, office: &Office) -> Self {
        Self {
            clock: Clock::start(allowance, now, office),
            missed: false,
        }
    }

    /// When it will be missed, unless it is stopped or was already.
    #[must_use]
    pub fn threatens_at(&self) -> Option<Instant> {
        self.clock.due_at().filter(|_| !self.missed)
    }
}

fn micros(delta: TimeDelta) -> i64 {
    delta.num_microseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
