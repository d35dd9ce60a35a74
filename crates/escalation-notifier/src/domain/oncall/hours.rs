//! Hours of a week.

use calendar::Shift;
use jiff::{SignedDuration, ToSpan, civil::Weekday};

use super::{
    span::Span,
    wall::{Reading, WallClock},
};

/// While a clock is set back its latest reading stands still, so who asks for the readings of a
/// span looks so far beyond the last of them.
pub(super) const BEYOND: SignedDuration = SignedDuration::from_hours(24);

/// Names of the days, Monday first.
pub(crate) const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Hours of a week on the wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Shifts of Monday to Sunday, sorted and disjoint; none at all means round the clock.
    week: Option<[Vec<Shift>; 7]>,
}

/// Hours that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Two shifts of a day overlap.
    #[error("expected shifts that do not overlap, found \"{0}\" and \"{1}\"")]
    Overlap(Shift, Shift),
    /// No day has any.
    #[error("expected hours of at least one day, found none")]
    Never,
}

impl Hours {
    /// Every hour of every day.
    pub const ALWAYS: Self = Self { week: None };

    /// Hours by day, Monday first.
    ///
    /// # Errors
    ///
    /// Shifts of a day overlap, or there are none.
    pub fn of_week(mut week: [Vec<Shift>; 7]) -> Result<Self, HoursError> {
        for shifts in &mut week {
            shifts.sort_unstable();
            for pair in shifts.windows(2) {
                if pair[1].from_minute() < pair[0].to_minute() {
                    return Err(HoursError::Overlap(pair[0], pair[1]));
                }
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err(HoursError::Never);
        }
        Ok(Self { week: Some(week) })
    }

    /// Whether what the clock shows lies in them.
    #[must_use]
    pub fn include(&self, reading: Reading) -> bool {
        let minute = minute_of(reading);
        self.week.as_ref().is_none_or(|week| {
            week[index_of(reading.weekday())]
                .iter()
                .any(|shift| shift.from_minute() <= minute && minute < shift.to_minute())
        })
    }

    /// Their parts between two readings, sorted and disjoint; what goes on over midnight is one.
    #[must_use]
    pub fn between(&self, from: Reading, until: Reading) -> Vec<(Reading, Reading)> {
        let Some(week) = &self.week else {
            return if from < until {
                vec![(from, until)]
            } else {
                Vec::new()
            };
        };
        let mut parts: Vec<(Reading, Reading)> = Vec::new();
        let days = from.date().series(1.day());
        for day in days.take_while(|day| *day <= until.date()) {
            for shift in &week[index_of(day.weekday())] {
                let midnight = day.at(0, 0, 0, 0);
                let at = |minute: u16| midnight.saturating_add(i64::from(minute).minutes());
                let begins = at(shift.from_minute()).max(from);
                let ends = at(shift.to_minute()).min(until);
                match parts.last_mut() {
                    _ if begins >= ends => {}
                    Some(last) if last.1 == begins => last.1 = ends,
                    _ => parts.push((begins, ends)),
                }
            }
        }
        parts
    }

    /// Their parts in a span of time, sorted and disjoint.
    pub(crate) fn spans(&self, clock: &WallClock, within: Span) -> Vec<Span> {
        let parts = self.between(
            clock.latest_reading(within.from()),
            clock.latest_reading(within.until()).saturating_add(BEYOND),
        );
        let span = |(from, until)| {
            let span = Span::new(clock.first_showing(from), clock.first_showing(until))?;
            span.common(within)
        };
        parts.into_iter().filter_map(span).collect()
    }
}

fn minute_of(reading: Reading) -> u16 {
    let minutes = i16::from(reading.hour()) * 60 + i16::from(reading.minute());
    minutes.unsigned_abs()
}

fn index_of(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}
