//! Working time against an oracle that looks at every minute's wall clock: random calendars in
//! zones that skip and repeat hours, half hours and whole days, and that changed their rules.

use calendar::{Calendar, CalendarSpec, Date, Hours};
use jiff::tz::TimeZone;
use order::{Span, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MINUTE: i64 = 60_000_000;
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A zone, and a day near which its clocks do something.
const SCENES: [(&str, &str); 16] = [
    ("UTC", "2026-10-20"),
    ("Asia/Shanghai", "2026-09-18"),
    ("Asia/Shanghai", "2026-02-10"),
    ("Asia/Kathmandu", "2026-05-01"),
    ("Europe/Berlin", "2026-10-20"),
    ("Europe/Berlin", "2026-03-24"),
    ("America/New_York", "2026-10-27"),
    ("America/New_York", "2026-03-04"),
    ("America/St_Johns", "2026-03-04"),
    // Half an hour, either way.
    ("Australia/Lord_Howe", "2026-04-01"),
    ("Australia/Lord_Howe", "2026-09-30"),
    // Skips midnight.
    ("Africa/Cairo", "2026-04-20"),
    // Stayed on summer time for good.
    ("Europe/Istanbul", "2016-03-22"),
    // Half an hour back, for good, at midnight; and forth again.
    ("Asia/Pyongyang", "2015-08-10"),
    ("Asia/Pyongyang", "2018-05-01"),
    // Left out 30 December 2011.
    ("Pacific/Apia", "2011-12-26"),
];

/// A calendar with the origin from which the minutes of a case are counted.
#[derive(Debug)]
struct Scene {
    calendar: Calendar,
    origin: i64,
}

/// The wall clock at an instant, and whether it shows this for the second time: clocks of these
/// zones go back by half an hour or an hour.
fn wall(zone: &TimeZone, micros: i64) -> (Date, u16, bool) {
    let instant = jiff::Timestamp::from_microsecond(micros).unwrap();
    let civil = zone.to_datetime(instant);
    let minute = u16::try_from(civil.hour()).unwrap() * 60 + u16::try_from(civil.minute()).unwrap();
    let earlier = [30, 60].into_iter().any(|back| {
        let before = jiff::Timestamp::from_microsecond(micros - back * MINUTE).unwrap();
        zone.to_datetime(before) == civil
    });
    (civil.date(), minute, earlier)
}

/// Whether a minute is worked. Of a repeated hour the first is the one that shifts begin and end
/// in; the second is worked by who works on when the clock goes on after it.
fn works(calendar: &Calendar, micros: i64) -> bool {
    let (date, minute, again) = wall(calendar.zone(), micros);
    let over = || {
        let mut at = micros;
        while wall(calendar.zone(), at).2 {
            at += MINUTE;
        }
        wall(calendar.zone(), at)
    };
    calendar.shifts_on(date).iter().any(|shift| {
        let (from, to) = (shift.from_minute(), shift.to_minute());
        if !again {
            return from <= minute && minute < to;
        }
        let (next, end, _) = over();
        let end = if next == date { end } else { 24 * 60 };
        from < end && to >= end
    })
}

impl Scene {
    fn at(&self, minute: i64) -> Timestamp {
        Timestamp::from_micros(self.origin + minute * MINUTE)
    }

    fn counted(&self, from: i64, to: i64) -> i64 {
        let minutes = from..to;
        let worked = minutes.filter(|minute| works(&self.calendar, self.at(*minute).micros()));
        i64::try_from(worked.count()).unwrap()
    }
}

/// Up to three shifts on quarter hours of the whole day.
fn shifts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(0_u16..=96, 0..=6).prop_map(|quarters| {
        let quarters: Vec<u16> = quarters.into_iter().collect();
        let clock = |quarter: u16| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let pairs = quarters.chunks_exact(2);
        pairs
            .map(|pair| format!("{}-{}", clock(pair[0]), clock(pair[1])))
            .collect()
    })
}

fn scenes() -> impl Strategy<Value = Scene> {
    let weekly = prop::collection::vec(shifts(), 7);
    (
        prop::sample::select(&SCENES[..]),
        weekly,
        shifts(),
        shifts(),
        0_i32..8,
    )
        .prop_map(|((zone, first), mut weekly, workday, apart, holiday)| {
            if weekly[0].is_empty() {
                weekly[0] = vec!["09:00-17:00".to_owned()];
            }
            let first: Date = first.parse().unwrap();
            let day = |after: i32| {
                first
                    .saturating_add(jiff::Span::new().days(after))
                    .to_string()
            };
            let weekly = DAYS
                .iter()
                .map(|day| (*day).to_owned())
                .zip(weekly)
                .collect();
            let apart = calendar::OverrideSpec {
                hours: Hours::Shifts(apart),
                reason: "test".to_owned(),
            };
            let include = if zone == "Asia/Shanghai" {
                vec![calendar::Include::Key("cn".to_owned())]
            } else {
                Vec::new()
            };
            let spec = CalendarSpec {
                time_zone: zone.to_owned(),
                weekly,
                include,
                holidays: vec![format!("{}..{}", day(holiday), day(holiday + 1))],
                workdays: BTreeMap::from([(day(10), Hours::Shifts(workday))]),
                overrides: BTreeMap::from([(day(5), apart)]),
            };
            let origin = first
                .to_zoned(TimeZone::UTC)
                .unwrap()
                .timestamp()
                .as_microsecond();
            Scene {
                calendar: spec.build().unwrap(),
                origin,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn working_time_is_the_minutes_that_are_worked(
        scene in scenes(), from in 0_i64..14_000, length in 0_i64..4_000,
    ) {
        let (from, to) = (from, from + length);
        let worked = scene.calendar.working_time_between(scene.at(from), scene.at(to));
        prop_assert_eq!(worked.micros(), scene.counted(from, to) * MINUTE);
        let back = scene.calendar.working_time_between(scene.at(to), scene.at(from));
        prop_assert_eq!(back, -worked);
    }

    #[test]
    fn adding_working_time_finds_both_ends_of_the_pause(
        scene in scenes(), from in 0_i64..18_000, amount in -2_000_i64..2_000, odd in 0_i64..MINUTE,
    ) {
        let calendar = &scene.calendar;
        let (from, amount) = (scene.at(from), Span::from_micros(amount * MINUTE + odd));
        let earliest = calendar.add_working_time(from, amount);
        let latest = calendar.exceed_working_time(from, amount);
        let worked = |to: Timestamp| calendar.working_time_between(from, to);
        let instant = Span::from_micros(1);
        prop_assert!(earliest <= latest);
        prop_assert_eq!(worked(earliest), amount);
        prop_assert_eq!(worked(latest), amount);
        prop_assert!(worked(earliest - instant) < amount, "earliest {} was not", earliest);
        prop_assert!(worked(latest + instant) > amount, "latest {} was not", latest);
    }
}
