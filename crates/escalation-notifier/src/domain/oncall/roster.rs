//! Who is on call in every schedule at one instant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{overriding::Override, schedule::Schedule};

/// Schedules, and what was said of them, looked at from one instant.
#[derive(Debug, Clone, Copy)]
pub struct Roster<'a> {
    schedules: &'a BTreeMap<String, Schedule>,
    overrides: &'a [Override],
    at: DateTime<Utc>,
}

/// Whom of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// Whoever is on call.
    Now,
    /// Whoever will be next, and is not now.
    Next,
}

impl<'a> Roster<'a> {
    /// Schedules as they stand at an instant.
    #[must_use]
    pub fn at(
        schedules: &'a BTreeMap<String, Schedule>,
        overrides: &'a [Override],
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            schedules,
            overrides,
            at,
        }
    }

    /// Whether a person is on call by any schedule.
    #[must_use]
    pub fn is_on_call(&self, person: &str) -> bool {
        self.schedules.values().any(|schedule| {
            let on_call = schedule.on_call_at(self.overrides, self.at);
            on_call.is_some_and(|it| it.person == person)
        })
    }

    /// A person of a schedule, if there is one.
    #[must_use]
    pub fn person(&self, schedule: &str, which: Which) -> Option<String> {
        let schedule = self.schedules.get(schedule)?;
        match which {
            Which::Now => {
                let on_call = schedule.on_call_at(self.overrides, self.at)?;
                Some(on_call.person.to_owned())
            }
            Which::Next => Some(schedule.next(self.overrides, self.at)?.person),
        }
    }
}
