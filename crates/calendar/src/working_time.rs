//! Counting working time between instants, and finding the instant at which so much has passed.
//!
//! An instant is a year of the wall clock and what was worked in that year until it; both
//! questions are then sums over whole years and one look into the year at each end.

use crate::Calendar;
use crate::index::{FIRST, LAST, Year};
use order::{Span, Timestamp};

/// A year, and what was worked in it.
struct Place {
    year: i16,
    worked: i64,
}

impl Calendar {
    /// Working time from `from` to `to`; negative when `to` is the earlier of the two. Nothing is
    /// worked before 1970 and after 2199.
    pub fn working_time_between(&self, from: Timestamp, to: Timestamp) -> Span {
        if to < from {
            return -self.working_time_between(to, from);
        }
        let (from, to) = (self.place(from), self.place(to));
        let years = (from.year..to.year).filter_map(|year| self.year(year));
        let whole: i64 = years.map(|year| year.total).sum();
        Span::from_micros(whole + to.worked - from.worked)
    }

    /// Earliest instant `u` with `working_time_between(from, u) >= amount`: when a job of that
    /// length, begun at `from`, is done. At the end of a shift it is the end itself, not the
    /// beginning of the next shift. `amount` may be negative.
    ///
    /// [`Timestamp::MAX`] after 2199, [`Timestamp::MIN`] before 1970.
    pub fn add_working_time(&self, from: Timestamp, amount: Span) -> Timestamp {
        let Place { mut year, worked } = self.place(from);
        let mut wanted = worked.saturating_add(amount.micros());
        while wanted <= 0 {
            year -= 1;
            match self.year(year) {
                Some(earlier) => wanted += earlier.total,
                None => return Timestamp::MIN,
            }
        }
        self.look(year, wanted, |year, wanted| {
            (wanted <= year.total).then(|| year.first_at(wanted))
        })
    }

    /// Latest instant `u` with `working_time_between(from, u) <= amount`: right after it, more
    /// than `amount` has been worked. It differs from [`Calendar::add_working_time`] only when
    /// `amount` ends with a shift: then it is the beginning of the next one.
    pub fn exceed_working_time(&self, from: Timestamp, amount: Span) -> Timestamp {
        let Place { mut year, worked } = self.place(from);
        let mut wanted = worked.saturating_add(amount.micros());
        while wanted < 0 {
            year -= 1;
            match self.year(year) {
                Some(earlier) => wanted += earlier.total,
                None => return Timestamp::MIN,
            }
        }
        self.look(year, wanted, |year, wanted| {
            (wanted < year.total).then(|| year.last_at(wanted))
        })
    }

    /// Goes forward from a year to the one that has what is wanted.
    fn look(
        &self,
        mut year: i16,
        mut wanted: i64,
        found: impl Fn(&Year, i64) -> Option<Option<i64>>,
    ) -> Timestamp {
        while let Some(candidate) = self.year(year) {
            if let Some(instant) = found(candidate, wanted) {
                return instant.map_or(Timestamp::MAX, Timestamp::from_micros);
            }
            wanted -= candidate.total;
            year += 1;
        }
        Timestamp::MAX
    }

    /// Where an instant is; one before or after all years is at the beginning or the end of them.
    fn place(&self, instant: Timestamp) -> Place {
        let civil = jiff::Timestamp::from_microsecond(instant.micros())
            .map(|known| self.zone().to_datetime(known).year());
        let year = match civil {
            Ok(year) => year,
            Err(_) if instant < Timestamp::default() => i16::MIN,
            Err(_) => i16::MAX,
        };
        if year < FIRST {
            return Place {
                year: FIRST,
                worked: 0,
            };
        }
        let year = year.min(LAST);
        let worked = self
            .year(year)
            .map_or(0, |known| known.worked_until(instant.micros()));
        Place { year, worked }
    }
}
