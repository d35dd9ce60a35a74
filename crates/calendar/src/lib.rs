#![doc = include_str!("../README.md")]

mod arrangement;
mod day;
mod error;
mod index;
mod shift;
mod spec;
mod working_time;

pub use arrangement::{Arrangement, Holiday};
pub use day::{Day, Reason};
pub use error::Error;
pub use jiff::civil::Date;
pub use shift::Shift;
pub use spec::{CalendarSpec, Hours, Include, IncludeLike, OverrideSpec};

use day::Special;
use index::Index;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use order::Timestamp;
use std::collections::BTreeMap;

/// Working time of one place: weekly hours, holidays, make-up workdays and days set apart, on the
/// wall clock of one time zone.
///
/// Built from a [`CalendarSpec`] only, so that a calendar in hand has at least one working shift
/// a week.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    /// Shifts of Monday to Sunday, sorted and disjoint.
    weekly: [Vec<Shift>; 7],
    /// Days that differ from their weekday.
    special: BTreeMap<Date, Special>,
    /// First and last day of which every arrangement that is included is known.
    known: Option<(Date, Date)>,
    index: Index,
}

impl Calendar {
    /// Shifts worked on a civil day, sorted and disjoint; empty on a day off.
    pub fn shifts_on(&self, day: Date) -> &[Shift] {
        self.day(day).shifts
    }

    /// Time zone whose wall clock the shifts follow.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// First and last day whose holidays are known, when the calendar includes an arrangement.
    /// Days outside have their weekly hours, and what is counted by them is provisional.
    pub fn known(&self) -> Option<(Date, Date)> {
        self.known
    }

    /// Whether the holidays of the day of an instant are not known: not published yet, or of a
    /// year before the arrangement begins.
    pub fn is_provisional(&self, instant: Timestamp) -> bool {
        let day = jiff::Timestamp::from_microsecond(instant.micros())
            .map(|instant| self.zone.to_datetime(instant).date());
        self.known
            .is_some_and(|(from, through)| !day.is_ok_and(|day| from <= day && day <= through))
    }
}

fn index_of(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}
