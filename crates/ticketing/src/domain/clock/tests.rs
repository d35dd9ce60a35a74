use std::sync::Arc;

use calendar::CalendarSpec;
use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::domain::roster::Roster;

/// Weekdays from nine to five, in UTC.
fn office() -> Office {
    let spec: CalendarSpec = serde_norway::from_str(
        r#"
timeZone: UTC
weekly:
  monday: ["09:00-17:00"]
  tuesday: ["09:00-17:00"]
  wednesday: ["09:00-17:00"]
  thursday: ["09:00-17:00"]
  friday: ["09:00-17:00"]
"#,
    )
    .unwrap();
    let desk = Arc::new(spec.build().unwrap());
    Office::new([("desk".to_owned(), desk)].into(), Roster::default())
}

fn at(text: &str) -> Instant {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn allowance(span: &str, calendar: Option<&str>) -> Allowance {
    Allowance {
        span: span.parse().unwrap(),
        calendar: calendar.map(str::to_owned),
    }
}

#[test]
fn working_time_passes_over_the_night_and_the_weekend() {
    let friday = at("2026-11-27T16:00:00Z");
    let clock = Clock::start(allowance("4h", Some("desk")), friday, &office());
    assert_eq!(clock.due_at(), Some(at("2026-11-30T12:00:00Z")));
}

#[test]
fn a_clock_that_stood_runs_out_as_much_later() {
    let office = office();
    let mut clock = Clock::start(allowance("4h", None), at("2026-11-27T08:00:00Z"), &office);
    clock.stop(at("2026-11-27T09:00:00Z"), &office);
    assert_eq!(clock.due_at(), None);
    clock.resume(at("2026-11-29T09:00:00Z"), &office);
    assert_eq!(clock.due_at(), Some(at("2026-11-29T12:00:00Z")));
}

#[test]
fn another_allowance_keeps_what_was_used_and_whether_it_runs() {
    let office = office();
    let mut clock = Clock::start(allowance("4h", None), at("2026-11-27T08:00:00Z"), &office);
    clock.stop(at("2026-11-27T09:00:00Z"), &office);
    clock.allow(allowance("2h", None), at("2026-11-27T10:00:00Z"), &office);
    assert_eq!(clock.due_at(), None, "it still stands");
    clock.resume(at("2026-11-27T11:00:00Z"), &office);
    assert_eq!(clock.due_at(), Some(at("2026-11-27T12:00:00Z")));
    clock.allow(allowance("30m", None), at("2026-11-27T11:30:00Z"), &office);
    assert_eq!(clock.due_at(), Some(at("2026-11-27T10:30:00Z")), "long ago");
}

#[test]
fn reminders_come_within_hours_rather_earlier_than_later() {
    let office = office();
    let remind = |wanted, earliest| office.within_hours(at(wanted), at(earliest), "desk");
    let monday = "2026-11-30T09:00:00Z";
    assert_eq!(
        remind("2026-12-01T10:00:00Z", monday),
        at("2026-12-01T10:00:00Z")
    );
    assert_eq!(
        remind("2026-12-01T03:00:00Z", monday),
        at("2026-11-30T17:00:00Z")
    );
    assert_eq!(
        remind("2026-11-29T03:00:00Z", "2026-11-28T03:00:00Z"),
        at(monday),
        "nothing of the week before is left"
    );
}

proptest! {
    /// However a clock is stopped and started, it has used the time that it ran, to the
    /// microsecond, and runs out when the rest has passed.
    #[test]
    fn a_clock_counts_the_time_that_it_runs(
        moves in prop::collection::vec((0i64..200_000_000_000, any::<bool>()), 1..30),
    ) {
        let office = office();
        let mut now = at("2026-01-05T09:00:00Z");
        let mut clock = Clock::start(allowance("90d", None), now, &office);
        let (mut runs, mut used) = (true, 0);
        for (pause, stop) in moves {
            now += TimeDelta::microseconds(pause);
            used += if runs { pause } else { 0 };
            runs = !stop;
            if stop { clock.stop(now, &office) } else { clock.resume(now, &office) }
            prop_assert_eq!(clock.used(now, &office), TimeDelta::microseconds(used));
            let due = runs.then(|| now + TimeDelta::days(90) - TimeDelta::microseconds(used));
            prop_assert_eq!(clock.due_at(), due);
        }
    }
}
