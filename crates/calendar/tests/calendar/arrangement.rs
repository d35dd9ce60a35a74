//! The official holidays of mainland China, counted again from the texts of the notices.

use calendar::{Arrangement, Calendar, CalendarSpec, Date};
use jiff::civil::Weekday;
use order::{Span, Timestamp};
use std::collections::BTreeSet;

fn china() -> &'static Arrangement {
    Arrangement::named("cn").unwrap()
}

/// Days off and make-up workdays of a year, as "共…天" and the weekends named in the notice add up.
const TOTALS: [(i16, &[usize], usize); 3] = [
    (2024, &[1, 8, 3, 5, 1, 3, 7], 8),
    (2025, &[1, 8, 3, 5, 3, 8], 5),
    (2026, &[3, 9, 3, 5, 3, 3, 7], 6),
];

#[test]
fn every_year_has_as_many_days_off_as_its_notice_says() {
    for (year, lengths, made_up) in TOTALS {
        let holidays = china().holidays().iter();
        let of_year: Vec<_> = holidays
            .filter(|holiday| holiday.first.year() == year)
            .collect();
        let found: Vec<_> = of_year
            .iter()
            .map(|holiday| holiday.days().count())
            .collect();
        assert_eq!(found, lengths, "{year}");
        let found: usize = of_year.iter().map(|holiday| holiday.made_up.len()).sum();
        assert_eq!(found, made_up, "{year}");
    }
    let first = china().holidays().first().unwrap().first;
    let last = china().holidays().last().unwrap().last;
    assert_eq!(
        (first.year(), last.year()),
        (china().from().year(), china().through().year())
    );
}

#[test]
fn what_is_worked_for_a_holiday_is_a_weekend_near_it_and_no_day_off() {
    let off: BTreeSet<Date> = china()
        .holidays()
        .iter()
        .flat_map(calendar::Holiday::days)
        .collect();
    let mut worked = BTreeSet::new();
    for holiday in china().holidays() {
        for day in &holiday.made_up {
            assert!(
                matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
                "{day}"
            );
            assert!(!off.contains(day) && worked.insert(*day), "{day}");
            let away = (holiday.first - *day).get_days().abs();
            assert!(away <= 15, "{day} {}", holiday.name_en);
        }
    }
}

/// Every weekday taken off beyond the statutory holidays is worked for at a weekend: there are 11
/// such holidays a year until 2024, 13 since (《全国年节及纪念日放假办法》, amended in November 2024).
#[test]
fn weekdays_off_are_the_statutory_holidays_and_what_is_worked_for_them() {
    for (year, statutory) in [(2024, 11), (2025, 13), (2026, 13)] {
        let of_year = || {
            china()
                .holidays()
                .iter()
                .filter(move |holiday| holiday.first.year() == year)
        };
        let weekday = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let off = of_year()
            .flat_map(calendar::Holiday::days)
            .filter(weekday)
            .count();
        let made_up: usize = of_year().map(|holiday| holiday.made_up.len()).sum();
        assert_eq!(off, statutory + made_up, "{year}");
    }
}

fn desk() -> Calendar {
    let spec: CalendarSpec = serde_norway::from_str(
        r#"
timeZone: Asia/Shanghai
include: [{holidays: cn, workdaysLike: friday}]
weekly:
  monday: ["09:00-18:00"]
  tuesday: ["09:00-18:00"]
  wednesday: ["09:00-18:00"]
  thursday: ["09:00-18:00"]
  friday: ["09:00-17:00"]
holidays: ["2026-02-28"]
overrides:
  "2026-02-20": {hours: ["10:00-12:00"], reason: 初四值班}
"#,
    )
    .unwrap();
    spec.build().unwrap()
}

fn shanghai(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

#[test]
fn days_are_described_with_their_reasons() {
    let calendar = desk();
    let days = calendar.describe("2026-02-13".parse().unwrap(), "2026-03-01".parse().unwrap());
    let told: Vec<String> = days
        .map(|day| {
            let shifts: Vec<_> = day.shifts.iter().map(ToString::to_string).collect();
            format!(
                "{} {} {} {}",
                day.date,
                shifts.join(" "),
                day.reason,
                day.reason.zh()
            )
        })
        .collect();
    assert_eq!(told[0], "2026-02-13 09:00-17:00 weekly hours 常规");
    assert_eq!(
        told[1],
        "2026-02-14 09:00-17:00 worked for Spring Festival 春节调休上班"
    );
    assert_eq!(told[2], "2026-02-15  Spring Festival 春节");
    assert_eq!(told[7], "2026-02-20 10:00-12:00 初四值班 初四值班");
    assert_eq!(told[15], "2026-02-28  holiday 休息日");
    assert_eq!(told.len(), 17);
}

#[test]
fn a_deadline_over_spring_festival_skips_it_and_counts_the_day_worked_for_it() {
    let calendar = desk();
    let done = calendar.add_working_time(shanghai("2026-02-13T16:00"), Span::from_hours(11));
    assert_eq!(done, shanghai("2026-02-20T12:00"));
    let worked =
        calendar.working_time_between(shanghai("2026-02-15T00:00"), shanghai("2026-02-24T00:00"));
    assert_eq!(worked, Span::from_hours(2));
}

#[test]
fn what_is_not_published_is_provisional() {
    let calendar = desk();
    let known = calendar
        .known()
        .map(|(from, through)| (from.to_string(), through.to_string()));
    assert_eq!(
        known,
        Some(("2024-01-01".to_owned(), "2026-12-31".to_owned()))
    );
    assert!(!calendar.is_provisional(shanghai("2026-12-31T23:59")));
    assert!(calendar.is_provisional(shanghai("2027-01-01T00:00")));
    assert!(calendar.is_provisional(shanghai("2023-12-31T23:59")));
    assert!(calendar.is_provisional(Timestamp::MAX));
}
