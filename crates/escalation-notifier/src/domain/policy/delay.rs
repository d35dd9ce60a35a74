//! How long to wait, by the wall clock or in working time.

use std::{sync::Arc, time::Duration};

use calendar::{Calendar, CalendarSpec};
use chrono::{DateTime, Utc};
use order::{Span, Timestamp};

/// Longest working time without a break that is told apart from a longer one.
const WEEK: Span = Span::from_hours(7 * 24);

/// A wait, by the wall clock or by the working time of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// How long.
    pub wait: Duration,
    /// Whose working time counts; `None` is the wall clock.
    pub hours: Option<WorkingTime>,
}

/// The working time of a calendar, as it was when the policies were applied.
#[derive(Debug, Clone)]
pub struct WorkingTime {
    name: String,
    spec: CalendarSpec,
    calendar: Arc<Calendar>,
}

impl WorkingTime {
    /// Working time of a calendar.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the calendar.
    pub fn of(name: &str, spec: CalendarSpec) -> Result<Self, Vec<calendar::Error>> {
        let calendar = Arc::new(spec.build()?);
        Ok(Self {
            name: name.to_owned(),
            spec,
            calendar,
        })
    }

    /// The end of the working hours that an instant is in, breaks excepted;
    /// `None` outside of them. Not further than a week is looked.
    #[must_use]
    pub fn open_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let works_on = |long: Span| {
            let through = Timestamp::from_micros(Timestamp::from(now).micros() + long.micros());
            self.calendar.working_time_between(now.into(), through) == long
        };
        let (mut worked, mut over) = (0, WEEK.micros());
        if self.calendar.exceed_working_time(now.into(), Span::ZERO) != now.into() {
            return None;
        }
        // Everything up to `worked` is, something before `over` is not.
        while over - worked > 1 {
            let middle = i64::midpoint(worked, over);
            match works_on(Span::from_micros(middle)) {
                true => worked = middle,
                false => over = middle,
            }
        }
        Some(now + chrono::TimeDelta::microseconds(worked))
    }

    /// Name of the calendar.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for WorkingTime {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.spec == other.spec
    }
}

impl Eq for WorkingTime {}

impl Delay {
    /// A wait by the wall clock.
    #[must_use]
    pub const fn wall(wait: Duration) -> Self {
        Self { wait, hours: None }
    }

    /// When it is over that began at an instant. In working time, one that
    /// begins outside of working hours begins with the next shift, no wait
    /// included.
    #[must_use]
    pub fn after(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        let Some(WorkingTime { calendar, .. }) = &self.hours else {
            return from + self.wait;
        };
        let wait = Span::from_micros(i64::try_from(self.wait.as_micros()).unwrap_or(i64::MAX));
        match self.wait.is_zero() {
            true => calendar.exceed_working_time(from.into(), wait),
            false => calendar.add_working_time(from.into(), wait),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn office() -> WorkingTime {
        let spec = CalendarSpec {
            time_zone: "Asia/Shanghai".to_owned(),
            weekly: ["monday", "tuesday", "wednesday", "thursday", "friday"]
                .into_iter()
                .map(|day| (day.to_owned(), vec!["09:00-18:00".to_owned()]))
                .collect(),
            ..CalendarSpec::default()
        };
        WorkingTime::of("office", spec).unwrap()
    }

    fn working(wait: Duration) -> Delay {
        Delay {
            wait,
            hours: Some(office()),
        }
    }

    #[test]
    fn working_time_stands_still_at_night_and_over_the_weekend() {
        let friday_five = at("2026-06-19T09:00:00Z");
        let four_hours = Duration::from_secs(4 * 3600);
        assert_eq!(
            working(four_hours).after(friday_five),
            at("2026-06-22T04:00:00Z")
        );
        assert_eq!(
            Delay::wall(four_hours).after(friday_five),
            at("2026-06-19T13:00:00Z")
        );
    }

    #[test]
    fn no_wait_in_working_time_is_over_when_somebody_works() {
        let saturday = at("2026-06-20T03:00:00Z");
        let monday_ten = at("2026-06-22T02:00:00Z");
        let none = working(Duration::ZERO);
        assert_eq!(none.after(saturday), at("2026-06-22T01:00:00Z"));
        assert_eq!(none.after(monday_ten), monday_ten);
    }

    proptest! {
        /// Waiting longer never ends earlier, and no working time ends before
        /// the wall clock's.
        #[test]
        fn a_longer_wait_ends_no_earlier(
            from in 0_i64..40_000_000, one in 0_u64..500_000, other in 0_u64..500_000,
        ) {
            let from = at("2026-01-01T00:00:00Z") + chrono::TimeDelta::seconds(from);
            let (short, long) = (one.min(other), one.max(other));
            let over = |seconds| working(Duration::from_secs(seconds)).after(from);
            prop_assert!(over(short) <= over(long));
            prop_assert!(over(short) >= Delay::wall(Duration::from_secs(short)).after(from));
        }
    }
}
