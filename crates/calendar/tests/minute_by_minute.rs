//! Working time against an oracle that looks at every minute's wall clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use calendar::{Calendar, CalendarSpec, Hours};
use order::{Span, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MINUTE: i64 = 60_000_000;
/// 2026-10-20T00:00:00Z; Berlin leaves summer time on the 25th, New York on November 1st.
const ORIGIN: i64 = 1_792_454_400_000_000;
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

fn works(calendar: &Calendar, micros: i64) -> bool {
    let instant = jiff::Timestamp::from_microsecond(micros).unwrap();
    let civil = calendar.zone().to_datetime(instant);
    let minute = u16::try_from(civil.hour()).unwrap() * 60 + u16::try_from(civil.minute()).unwrap();
    calendar
        .shifts_on(civil.date())
        .iter()
        .any(|shift| shift.from_minute() <= minute && minute < shift.to_minute())
}

fn counted(calendar: &Calendar, from: i64, to: i64) -> i64 {
    (from..to)
        .filter(|minute| works(calendar, ORIGIN + minute * MINUTE))
        .count() as i64
}

/// Up to three shifts on quarter hours between `first` and `last`.
fn shifts(first: u16, last: u16) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(first / 15..=last / 15, 0..=6).prop_map(|quarters| {
        let quarters: Vec<u16> = quarters.into_iter().collect();
        let clock = |quarter: u16| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let pairs = quarters.chunks_exact(2);
        pairs
            .map(|pair| format!("{}-{}", clock(pair[0]), clock(pair[1])))
            .collect()
    })
}

/// Zones that change their clocks get shifts by day only: when the small hours are skipped or
/// repeated, a wall clock alone does not say who works.
fn calendars() -> impl Strategy<Value = Calendar> {
    let zones = prop_oneof![
        Just(("Asia/Shanghai", 0, 1440)),
        Just(("UTC", 0, 1440)),
        Just(("Europe/Berlin", 240, 1320)),
        Just(("America/New_York", 240, 1320)),
    ];
    zones
        .prop_flat_map(|(zone, first, last)| {
            let weekly = prop::collection::vec(shifts(first, last), 7);
            let workday = shifts(first, last);
            (Just(zone), weekly, workday, 20_u8..28)
        })
        .prop_map(|(zone, mut weekly, workday, holiday)| {
            if weekly.iter().all(Vec::is_empty) {
                weekly[2] = vec!["09:00-17:00".to_owned()];
            }
            let weekly = DAYS
                .iter()
                .map(|day| (*day).to_owned())
                .zip(weekly)
                .collect();
            let special = [("2026-10-30".to_owned(), Hours::Shifts(workday))];
            let spec = CalendarSpec {
                time_zone: zone.to_owned(),
                weekly,
                holidays: vec![format!("2026-10-{holiday}..2026-10-{}", holiday + 1)],
                workdays: BTreeMap::from(special),
            };
            spec.build().unwrap()
        })
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_micros(ORIGIN + minute * MINUTE)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn working_time_is_the_minutes_that_are_worked(
        calendar in calendars(), from in 0_i64..18_000, length in 0_i64..6_000,
    ) {
        let worked = calendar.working_time_between(at(from), at(from + length));
        prop_assert_eq!(worked.micros(), counted(&calendar, from, from + length) * MINUTE);
        let back = calendar.working_time_between(at(from + length), at(from));
        prop_assert_eq!(back, -worked);
    }

    #[test]
    fn adding_working_time_finds_both_ends_of_the_pause(
        calendar in calendars(), from in 3_000_i64..18_000, amount in -900_i64..900,
    ) {
        let amount = Span::from_micros(amount * MINUTE);
        let earliest = calendar.add_working_time(at(from), amount);
        let latest = calendar.exceed_working_time(at(from), amount);
        let worked = |to: Timestamp| calendar.working_time_between(at(from), to);
        let minute = Span::from_micros(MINUTE);
        prop_assert!(earliest <= latest);
        prop_assert_eq!(worked(earliest), amount);
        prop_assert_eq!(worked(latest), amount);
        prop_assert!(worked(earliest - minute) < amount, "earliest {} was not", earliest);
        prop_assert!(worked(latest + minute) > amount, "latest {} was not", latest);
    }
}

fn warehouse() -> CalendarSpec {
    serde_norway::from_str(
        r#"
timeZone: Asia/Shanghai
weekly:
  monday: ["09:00-12:00", "13:00-18:00"]
  tuesday: ["09:00-12:00", "13:00-18:00"]
  wednesday: ["09:00-12:00", "13:00-18:00"]
  thursday: ["09:00-12:00", "13:00-18:00"]
  friday: ["09:00-12:00", "13:00-18:00"]
holidays: ["2026-10-01..2026-10-07"]
workdays: {"2026-10-10": friday}
"#,
    )
    .unwrap()
}

fn shanghai(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

#[test]
fn a_job_begun_before_golden_week_is_done_after_it() {
    let calendar = warehouse().build().unwrap();
    let done = calendar.add_working_time(shanghai("2026-09-30T17:00"), Span::from_hours(2));
    assert_eq!(done, shanghai("2026-10-08T10:00"));
}

#[test]
fn a_make_up_saturday_is_worked_like_the_weekday_it_follows() {
    let calendar = warehouse().build().unwrap();
    let done = calendar.add_working_time(shanghai("2026-10-09T17:00"), Span::from_hours(9));
    assert_eq!(done, shanghai("2026-10-10T18:00"));
    let exceeded = calendar.exceed_working_time(shanghai("2026-10-09T17:00"), Span::from_hours(9));
    assert_eq!(exceeded, shanghai("2026-10-12T09:00"));
}

#[test]
fn every_fault_of_a_calendar_is_told_at_once() {
    let mut spec = warehouse();
    spec.time_zone = "Asia/Shangai".to_owned();
    spec.weekly.insert("moonday".to_owned(), Vec::new());
    spec.weekly.insert(
        "sunday".to_owned(),
        vec!["22:00-06:00".to_owned(), "9-18".to_owned()],
    );
    spec.weekly.insert(
        "monday".to_owned(),
        vec!["09:00-12:00".to_owned(), "11:00-13:00".to_owned()],
    );
    spec.holidays.push("2026-13-01".to_owned());
    spec.holidays.push("2026-10-10".to_owned());
    let told: Vec<String> = spec
        .build()
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "unknown time zone `Asia/Shangai`: use an IANA name such as Asia/Shanghai",
            "monday: shifts 09:00-12:00 and 11:00-13:00 overlap",
            "unknown weekday `moonday`: use monday to sunday",
            "shift 22:00-06:00 ends before it starts: split a night shift at midnight, \
             such as 22:00-24:00 and 00:00-06:00 of the next day",
            "`9-18` is not a shift: write HH:MM-HH:MM, such as 09:00-18:00",
            "`2026-13-01` is not a day: write YYYY-MM-DD, or YYYY-MM-DD..YYYY-MM-DD for a range",
            "2026-10-10 is listed both as a holiday and as a make-up workday",
        ]
    );
}

#[test]
fn a_calendar_without_working_hours_is_refused() {
    let spec = CalendarSpec {
        time_zone: "UTC".to_owned(),
        ..CalendarSpec::default()
    };
    assert_eq!(spec.build().unwrap_err(), [calendar::Error::NeverWorks]);
}
