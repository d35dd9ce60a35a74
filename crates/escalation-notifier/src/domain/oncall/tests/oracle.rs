//! Duties against a walk, minute by minute, on Python's zoneinfo.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use serde_norway::Value;

use super::*;

const SCHEDULES: &str = include_str!("../../../../tests/data/on_call/schedules.json");
const WHO: &str = include_str!("../../../../tests/data/on_call/who.csv");

fn minute(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().unwrap();
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M");
    read.unwrap().and_utc()
}

#[test]
fn duties_are_what_python_finds_minute_by_minute() {
    let mut expected: BTreeMap<&str, Vec<(DateTime<Utc>, &str)>> = BTreeMap::new();
    for line in WHO.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split(',').collect();
        let run = (at(columns[1]), columns[2]);
        expected.entry(columns[0]).or_default().push(run);
    }
    let cases: BTreeMap<String, Value> = serde_norway::from_str(SCHEDULES).unwrap();
    assert_eq!(cases.len(), expected.len());
    for (name, mut case) in cases {
        let spec = case.as_mapping_mut().unwrap();
        let scan = spec.remove("scan").unwrap();
        let said: Vec<(String, Span)> = match spec.remove("overrides") {
            Some(Value::Sequence(all)) => all.iter().map(spoken).collect(),
            _ => Vec::new(),
        };
        let said: Vec<(&str, Span)> = said.iter().map(|(who, span)| (&**who, *span)).collect();
        let schedule = schedule(&serde_json::to_string(&case).unwrap());
        let from = minute(&scan[0]);
        let until = from + TimeDelta::days(scan[1].as_i64().unwrap());
        let runs: Vec<String> = expected[&*name]
            .iter()
            .map(|(from, who)| {
                let who = if who.is_empty() { "-" } else { who };
                format!("{} {who}", from.format("%m-%dT%H:%M"))
            })
            .collect();
        let mut found = told(
            &schedule,
            &overrides(&said),
            Span::new(from, until).unwrap(),
        );
        // Two layers may have the same person one after the other.
        found.dedup_by(|later, earlier| later[12..] == earlier[12..]);
        assert_eq!(found, runs, "{name}");
    }
}

fn spoken(entry: &Value) -> (String, Span) {
    let span = Span::new(minute(&entry["from"]), minute(&entry["until"]));
    (entry["person"].as_str().unwrap().to_owned(), span.unwrap())
}
