//! The worked stretches of a year, prepared once when they are first asked for, with what was
//! worked before each of them: so that a span of years costs a look at each year's total, and an
//! instant within a year a binary search.

use crate::{Calendar, Shift};
use jiff::civil::{Date, Time, date};
use jiff::tz::AmbiguousOffset;
use std::sync::OnceLock;

/// First civil year that is counted.
pub(crate) const FIRST: i16 = 1970;
/// Last civil year that is counted.
pub(crate) const LAST: i16 = 2199;
const YEARS: usize = (LAST - FIRST + 1) as usize;

/// Years, each made when it is first looked at.
#[derive(Debug, Clone)]
pub(crate) struct Index(Box<[OnceLock<Year>]>);

/// One civil year.
#[derive(Debug, Clone)]
pub(crate) struct Year {
    stretches: Vec<Stretch>,
    /// Microseconds worked in it.
    pub(crate) total: i64,
}

/// A stretch of instants that is worked without a break.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: i64,
    end: i64,
    /// Microseconds worked in its year before it.
    before: i64,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self(vec![OnceLock::new(); YEARS].into())
    }
}

impl Year {
    /// Microseconds worked in the year until an instant.
    pub(crate) fn worked_until(&self, instant: i64) -> i64 {
        let passed = self
            .stretches
            .partition_point(|stretch| stretch.start <= instant);
        match passed.checked_sub(1).map(|last| self.stretches[last]) {
            Some(stretch) => stretch.before + instant.min(stretch.end) - stretch.start,
            None => 0,
        }
    }

    /// The first instant by which so much has been worked, more than nothing and at most all.
    pub(crate) fn first_at(&self, worked: i64) -> Option<i64> {
        let at = self
            .stretches
            .partition_point(|stretch| stretch.before < worked);
        let stretch = self.stretches[at.checked_sub(1)?];
        Some(stretch.start + worked - stretch.before)
    }

    /// The last instant until which no more has been worked, at least nothing and less than all.
    pub(crate) fn last_at(&self, worked: i64) -> Option<i64> {
        let at = self
            .stretches
            .partition_point(|stretch| stretch.before <= worked);
        let stretch = self.stretches[at.checked_sub(1)?];
        Some(stretch.start + worked - stretch.before)
    }
}

impl Calendar {
    /// A year of [`FIRST`] to [`LAST`].
    pub(crate) fn year(&self, year: i16) -> Option<&Year> {
        let place = usize::try_from(year - FIRST).ok()?;
        let slot = self.index.0.get(place)?;
        Some(slot.get_or_init(|| self.prepare(year)))
    }

    fn prepare(&self, year: i16) -> Year {
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut total = 0;
        for day in self.describe(date(year, 1, 1), date(year, 12, 31)) {
            for shift in day.shifts {
                let Some((start, end)) = self.stretch(day.date, *shift) else {
                    continue;
                };
                stretches.push(Stretch {
                    start,
                    end,
                    before: total,
                });
                total += end - start;
            }
        }
        Year { stretches, total }
    }

    fn stretch(&self, day: Date, shift: Shift) -> Option<(i64, i64)> {
        let start = self.instant(day, shift.from_minute())?;
        let end = self.instant(day, shift.to_minute())?;
        (start < end).then_some((start, end))
    }

    /// The instant of a minute of the wall clock. One that the clock skips is the instant of the
    /// skip; one that it shows twice is the first.
    fn instant(&self, day: Date, minute: u16) -> Option<i64> {
        let (day, minute) = if minute == 24 * 60 {
            (day.tomorrow().ok()?, 0)
        } else {
            (day, minute)
        };
        let hour = i8::try_from(minute / 60).ok()?;
        let minute = i8::try_from(minute % 60).ok()?;
        let civil = day.to_datetime(Time::constant(hour, minute, 0, 0));
        let found = self.zone().to_ambiguous_timestamp(civil);
        let AmbiguousOffset::Gap { after, .. } = found.offset() else {
            return Some(found.compatible().ok()?.as_microsecond());
        };
        let before_the_skip = after.to_timestamp(civil).ok()?;
        let skip = self.zone().following(before_the_skip).next()?;
        Some(skip.timestamp().as_microsecond())
    }
}
