//! One rotation of people.

use std::time::Duration;

use jiff::SignedDuration;

use super::{
    duty::{Duty, Source},
    hours::{BEYOND, Hours},
    span::Span,
    wall::{Reading, WallClock},
};
use crate::domain::policy::UnknownWord;

/// People who take turns, in their order, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Name, unique in the schedule.
    pub name: String,
    /// When the first turn begins, on the wall clock; nobody is on call before.
    pub starts: Reading,
    /// When the last turn ends, if ever.
    pub ends: Option<Reading>,
    /// How long a turn is.
    pub turn: Turn,
    /// Who takes turns; at least one.
    pub people: Vec<String>,
    /// When a turn counts; outside of them the layer has nobody on call.
    pub hours: Hours,
}

/// Length of a turn on the wall clock: a day is a day, however many hours it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(SignedDuration);

impl Turn {
    /// Turns of that length; from an hour to a year, in whole minutes.
    ///
    /// # Errors
    ///
    /// It is none of those.
    pub fn of(length: Duration) -> Result<Self, UnknownWord> {
        let seconds = length.as_secs();
        let fits = (3_600..=366 * 86_400).contains(&seconds)
            && seconds.is_multiple_of(60)
            && length.subsec_nanos() == 0;
        let length = SignedDuration::try_from(length).ok().filter(|_| fits);
        length.map(Self).ok_or(UnknownWord {
            expected: "a turn from 1h to 366d, in whole minutes",
        })
    }

    /// Turn in which a time since the first one lies, from 0.
    fn number(self, since_start: SignedDuration) -> i64 {
        since_start.as_secs().div_euclid(self.0.as_secs())
    }

    /// When a turn begins.
    fn begins(self, starts: Reading, number: i64) -> Reading {
        let seconds = self.0.as_secs().saturating_mul(number);
        starts.saturating_add(SignedDuration::from_secs(seconds))
    }
}

impl Layer {
    /// Who is on call by it while the clock shows a reading.
    #[must_use]
    pub fn holder(&self, reading: Reading) -> Option<&str> {
        let over = self.ends.is_some_and(|ends| ends <= reading);
        if reading < self.starts || over || !self.hours.include(reading) {
            return None;
        }
        self.whose(self.turn.number(reading.duration_since(self.starts)))
    }

    /// Who is on call by it in a span of time, sorted and disjoint.
    #[must_use]
    pub fn duties(&self, clock: &WallClock, within: Span) -> Vec<Duty> {
        let first = clock.latest_reading(within.from()).max(self.starts);
        let last = clock
            .latest_reading(within.until())
            .saturating_add(BEYOND)
            .min(self.ends.unwrap_or(Reading::MAX));
        let mut duties = Vec::new();
        for (begins, ends) in self.hours.between(first, last) {
            let mut number = self.turn.number(begins.duration_since(self.starts));
            let mut from = begins;
            while from < ends {
                let until = self.turn.begins(self.starts, number + 1).min(ends);
                let span = Span::new(clock.first_showing(from), clock.first_showing(until));
                let person = self.whose(number);
                duties.extend(span.and_then(|span| span.common(within)).zip(person).map(
                    |(span, person)| Duty {
                        span,
                        person: person.to_owned(),
                        source: Source::Layer(self.name.clone()),
                    },
                ));
                from = until;
                number += 1;
            }
        }
        duties
    }

    fn whose(&self, number: i64) -> Option<&str> {
        let people = i64::try_from(self.people.len()).ok()?;
        let index = usize::try_from(number.checked_rem_euclid(people)?).ok()?;
        self.people.get(index).map(String::as_str)
    }
}
