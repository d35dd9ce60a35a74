//! Long spans, against a walk from day to day.

use calendar::{Calendar, CalendarSpec};
use order::{Span, Timestamp};
use proptest::prelude::*;

/// Working time as the sum over days, each shift by the zone's own reading of its ends.
fn walked(calendar: &Calendar, from: Timestamp, to: Timestamp) -> i64 {
    let civil = |at: Timestamp| {
        let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap();
        calendar.zone().to_datetime(at).date()
    };
    let first = civil(from).yesterday().unwrap();
    let through = civil(to).tomorrow().unwrap();
    let mut worked = 0;
    for day in calendar.describe(first, through) {
        for shift in day.shifts {
            let instant = |minute: u16| {
                let midnight = day.date.to_datetime(jiff::civil::Time::midnight());
                let civil = midnight + jiff::Span::new().minutes(minute);
                calendar
                    .zone()
                    .to_timestamp(civil)
                    .unwrap()
                    .as_microsecond()
            };
            let (start, end) = (instant(shift.from_minute()), instant(shift.to_minute()));
            worked += (end.min(to.micros()) - start.max(from.micros())).max(0);
        }
    }
    worked
}

/// Shifts away from the small hours, so that no end of theirs is skipped or shown twice.
fn calendar(zone: &str) -> Calendar {
    let spec: CalendarSpec = serde_norway::from_str(&format!(
        r#"
timeZone: {zone}
include: [cn]
weekly:
  monday: ["09:00-12:00", "13:30-18:00"]
  wednesday: ["00:00-24:00"]
  saturday: ["10:15-11:45"]
overrides: {{"2026-11-09..2026-11-13": {{hours: ["08:00-24:00"], reason: promotion}}}}
"#
    ))
    .unwrap();
    spec.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn years_add_up_to_their_days(
        zone in prop::sample::select(&["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"][..]),
        // 2019 to 2031
        from in 1_546_300_800_i64..1_925_000_000, seconds in 0_i64..94_608_000,
    ) {
        let calendar = calendar(zone);
        let (from, to) = (Timestamp::from_seconds(from), Timestamp::from_seconds(from + seconds));
        let worked = calendar.working_time_between(from, to);
        prop_assert_eq!(worked.micros(), walked(&calendar, from, to));
        if worked > Span::ZERO {
            let done = calendar.add_working_time(from, worked);
            prop_assert!(done <= to && calendar.working_time_between(done, to) == Span::ZERO);
            prop_assert_eq!(calendar.add_working_time(to, -worked) <= calendar.exceed_working_time(from, Span::ZERO), true);
        }
    }
}

#[test]
fn what_never_comes_is_told_so() {
    let calendar = calendar("UTC");
    let now = Timestamp::from_seconds(1_795_000_000);
    let ever = Span::from_micros(i64::MAX);
    assert_eq!(calendar.add_working_time(now, ever), Timestamp::MAX);
    assert_eq!(calendar.exceed_working_time(now, -ever), Timestamp::MIN);
    assert_eq!(
        calendar.working_time_between(Timestamp::MAX, Timestamp::MAX),
        Span::ZERO
    );
    let whole = calendar.working_time_between(Timestamp::MIN, Timestamp::MAX);
    assert_eq!(
        calendar.working_time_between(Timestamp::MAX, Timestamp::MIN),
        -whole
    );
    assert!(whole > Span::from_hours(24 * 52 * 229));
}
