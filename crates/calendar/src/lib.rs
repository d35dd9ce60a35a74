#![doc = include_str!("../README.md")]

mod error;
mod shift;
mod spec;
mod working_time;

pub use error::Error;
pub use shift::Shift;
pub use spec::{CalendarSpec, Hours};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Working time of one place: weekly hours, holidays and make-up workdays, on the wall clock of
/// one time zone.
///
/// Built from a [`CalendarSpec`] only, so that a calendar in hand has at least one working shift
/// a week and every walk over its days comes to an end.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    /// Shifts of Monday to Sunday, sorted and disjoint.
    weekly: [Vec<Shift>; 7],
    /// Days that differ from their weekday: no shifts on a holiday, others on a make-up workday.
    special: BTreeMap<Date, Vec<Shift>>,
}

impl Calendar {
    /// Shifts worked on a civil day, sorted and disjoint; empty on a day off.
    pub fn shifts_on(&self, day: Date) -> &[Shift] {
        self.special
            .get(&day)
            .unwrap_or_else(|| &self.weekly[index_of(day.weekday())])
    }

    /// Time zone whose wall clock the shifts follow.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

fn index_of(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}
