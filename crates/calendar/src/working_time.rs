//! Counting working time between instants, and finding the instant at which so much has passed.
//!
//! Everything walks the worked stretches of instants, day by day; only the civil wall clock of a
//! shift's two ends is asked of the time zone. An end inside a daylight-saving gap moves later by
//! the gap; an end inside a fold is its first occurrence.

use crate::{Calendar, Shift};
use jiff::civil::{Date, Time};
use order::{Span, Timestamp};

impl Calendar {
    /// Working time from `from` to `to`; negative when `to` is the earlier of the two.
    pub fn working_time_between(&self, from: Timestamp, to: Timestamp) -> Span {
        if to < from {
            return Span::from_micros(-self.working_micros(to.micros(), from.micros()));
        }
        Span::from_micros(self.working_micros(from.micros(), to.micros()))
    }

    /// Earliest instant `u` with `working_time_between(from, u) >= amount`: when a job of that
    /// length, begun at `from`, is done. At the end of a shift it is the end itself, not the
    /// beginning of the next shift. `amount` may be negative.
    ///
    /// [`Timestamp::MAX`] or [`Timestamp::MIN`] past the civil years that can be told.
    pub fn add_working_time(&self, from: Timestamp, amount: Span) -> Timestamp {
        if amount.micros() > 0 {
            self.forward(from, amount.micros(), Boundary::Earliest)
        } else {
            self.backward(from, -amount.micros(), Boundary::Earliest)
        }
    }

    /// Latest instant `u` with `working_time_between(from, u) <= amount`: right after it, more
    /// than `amount` has been worked. It differs from [`Calendar::add_working_time`] only when
    /// `amount` ends with a shift: then it is the beginning of the next one.
    pub fn exceed_working_time(&self, from: Timestamp, amount: Span) -> Timestamp {
        if amount.micros() >= 0 {
            self.forward(from, amount.micros(), Boundary::Latest)
        } else {
            self.backward(from, -amount.micros(), Boundary::Latest)
        }
    }

    fn working_micros(&self, from: i64, to: i64) -> i64 {
        self.stretches_after(from)
            .take_while(|(start, _)| *start < to)
            .map(|(start, end)| end.min(to) - start.max(from))
            .sum()
    }

    fn forward(&self, from: Timestamp, amount: i64, boundary: Boundary) -> Timestamp {
        let mut left = amount;
        for (start, end) in self.stretches_after(from.micros()) {
            let start = start.max(from.micros());
            let enough = match boundary {
                Boundary::Earliest => left <= end - start,
                Boundary::Latest => left < end - start,
            };
            if enough {
                return Timestamp::from_micros(start + left);
            }
            left -= end - start;
        }
        Timestamp::MAX
    }

    fn backward(&self, from: Timestamp, amount: i64, boundary: Boundary) -> Timestamp {
        let mut left = amount;
        for (start, end) in self.stretches_before(from.micros()) {
            let end = end.min(from.micros());
            let enough = match boundary {
                Boundary::Earliest => left < end - start,
                Boundary::Latest => left <= end - start,
            };
            if enough {
                return Timestamp::from_micros(end - left);
            }
            left -= end - start;
        }
        Timestamp::MIN
    }

    /// Worked stretches that end after an instant, earliest first.
    fn stretches_after(&self, instant: i64) -> impl Iterator<Item = (i64, i64)> {
        let first = self.civil_day(instant).and_then(|day| day.yesterday().ok());
        std::iter::successors(first, |day| day.tomorrow().ok())
            .flat_map(move |day| {
                self.shifts_on(day)
                    .iter()
                    .filter_map(move |shift| self.stretch(day, *shift))
            })
            .filter(move |(_, end)| *end > instant)
    }

    /// Worked stretches that start before an instant, latest first.
    fn stretches_before(&self, instant: i64) -> impl Iterator<Item = (i64, i64)> {
        let first = self.civil_day(instant).and_then(|day| day.tomorrow().ok());
        std::iter::successors(first, |day| day.yesterday().ok())
            .flat_map(move |day| {
                self.shifts_on(day)
                    .iter()
                    .rev()
                    .filter_map(move |shift| self.stretch(day, *shift))
            })
            .filter(move |(start, _)| *start < instant)
    }

    fn civil_day(&self, instant: i64) -> Option<Date> {
        let instant = jiff::Timestamp::from_microsecond(instant).ok()?;
        Some(self.zone().to_datetime(instant).date())
    }

    fn stretch(&self, day: Date, shift: Shift) -> Option<(i64, i64)> {
        let start = self.instant(day, shift.from_minute())?;
        let end = self.instant(day, shift.to_minute())?;
        (start < end).then_some((start, end))
    }

    fn instant(&self, day: Date, minute: u16) -> Option<i64> {
        let (day, minute) = if minute == 24 * 60 {
            (day.tomorrow().ok()?, 0)
        } else {
            (day, minute)
        };
        let hour = i8::try_from(minute / 60).ok()?;
        let minute = i8::try_from(minute % 60).ok()?;
        let civil = day.to_datetime(Time::constant(hour, minute, 0, 0));
        Some(self.zone().to_timestamp(civil).ok()?.as_microsecond())
    }
}

/// Which end of the plateau without work an amount that ends with a shift is counted to.
#[derive(Clone, Copy)]
enum Boundary {
    Earliest,
    Latest,
}
