//! Working time against figures counted minute by minute on Python's zoneinfo.

use calendar::{Calendar, CalendarSpec};
use order::{Span, Timestamp};

fn calendar(zone: &str) -> Calendar {
    let include = if zone == "Asia/Shanghai" {
        "[cn]"
    } else {
        "[]"
    };
    let spec: CalendarSpec = serde_norway::from_str(&format!(
        r#"
timeZone: {zone}
include: {include}
weekly:
  monday: ["00:00-02:30", "09:00-12:00", "13:30-18:00"]
  tuesday: ["01:30-24:00"]
  thursday: ["22:00-24:00"]
  friday: ["00:00-06:00", "09:00-17:00"]
  saturday: ["02:15-02:45"]
  sunday: ["00:00-24:00"]
"#
    ))
    .unwrap();
    spec.build().unwrap()
}

#[test]
fn working_time_is_what_python_counts() {
    let text = include_str!("../data/zoneinfo.csv");
    let mut rows = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split(',').collect();
        let (from, to): (Timestamp, Timestamp) =
            (columns[1].parse().unwrap(), columns[2].parse().unwrap());
        let minutes: i64 = columns[3].parse().unwrap();
        let worked = calendar(columns[0]).working_time_between(from, to);
        assert_eq!(worked, Span::from_seconds(minutes * 60), "{line}");
        rows += 1;
    }
    assert_eq!(rows, 192);
}
