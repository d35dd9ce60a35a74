//! What is written becomes a calendar, or every fault in it is told.

use calendar::{CalendarSpec, Hours, Include, OverrideSpec};
use order::{Span, Timestamp};

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

fn override_spec(hours: Hours, reason: &str) -> OverrideSpec {
    OverrideSpec {
        hours,
        reason: reason.to_owned(),
    }
}

#[test]
fn a_day_set_apart_goes_before_all_else() {
    let mut spec = warehouse();
    let long = Hours::Shifts(vec!["00:00-24:00".to_owned()]);
    spec.overrides.insert(
        "2026-10-07..2026-10-08".to_owned(),
        override_spec(long, "promotion"),
    );
    let off = Hours::Shifts(Vec::new());
    spec.overrides
        .insert("2026-10-10".to_owned(), override_spec(off, "stocktaking"));
    let calendar = spec.build().unwrap();
    let day = |text: &str| calendar.day(text.parse().unwrap());
    assert_eq!(day("2026-10-07").shifts.len(), 1);
    assert_eq!(day("2026-10-07").reason.to_string(), "promotion");
    assert!(day("2026-10-10").shifts.is_empty());
    let done = calendar.add_working_time(shanghai("2026-10-06T12:00"), Span::from_hours(30));
    assert_eq!(done, shanghai("2026-10-08T06:00"));
}

#[test]
fn faults_of_includes_and_overrides_are_told() {
    let mut spec = warehouse();
    spec.include = vec![
        Include::Key("uk".to_owned()),
        serde_norway::from_str("{holidays: cn, workdaysLike: sunday}").unwrap(),
        serde_norway::from_str("{holidays: cn, workdaysLike: someday}").unwrap(),
    ];
    for (day, reason) in [
        ("2026-11-10..2026-11-12", "promotion"),
        ("2026-11-11", " "),
        ("2026-1-1", "soon"),
        ("2026-01-01..2036-01-01", "ever"),
    ] {
        let hours = Hours::Like("friday".to_owned());
        spec.overrides
            .insert(day.to_owned(), override_spec(hours, reason));
    }
    let told: Vec<String> = spec
        .build()
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "unknown arrangement of holidays `uk`: there is cn",
            "make-up workdays of `cn` have the hours of a sunday, which has none: write \
             {holidays: cn, workdaysLike: …}",
            "unknown weekday `someday`: use monday to sunday",
            "`2026-01-01..2036-01-01` has more than 1000 days",
            "`2026-1-1` is not a day: write YYYY-MM-DD, or YYYY-MM-DD..YYYY-MM-DD for a range",
            "override of 2026-11-11 has no reason",
            "2026-11-11 is overridden twice",
        ]
    );
}

#[test]
fn the_calendars_that_are_shipped_are_sound() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/calendars");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let document: serde_norway::Value = serde_norway::from_str(&text).unwrap();
        let spec: CalendarSpec = serde_norway::from_value(document["spec"].clone()).unwrap();
        let name = document["metadata"]["name"].as_str().unwrap().to_owned();
        spec.build()
            .unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        names.push(name);
    }
    assert!(names.contains(&"cn-service-desk".to_owned()), "{names:?}");
}
