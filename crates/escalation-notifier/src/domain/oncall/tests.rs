mod examples;
mod oracle;
mod partition;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::*;
use crate::domain::resources::Resources;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span::new(at(from), at(until)).unwrap()
}

/// A schedule named `s`.
fn schedule(spec: &str) -> Schedule {
    let yaml = format!(
        "{{apiVersion: orderwatch/v1, kind: OnCallSchedule, metadata: {{name: s}}, spec: {spec}}}\n---\n{DIRECTORY}"
    );
    let set = Resources::parse(&yaml).unwrap().policy_set(1).unwrap();
    set.directory.schedules["s"].clone()
}

const DIRECTORY: &str = "
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  people: {a: {}, b: {}, c: {}, d: {}, e: {}, f: {}}
";

/// Overrides of the schedule `s`, each said a second after the one before.
fn overrides(all: &[(&str, Span)]) -> Vec<Override> {
    all.iter()
        .zip(0..)
        .map(|((person, span), second)| Override {
            id: Uuid::from_u128(second),
            schedule: "s".to_owned(),
            person: (*person).to_owned(),
            span: *span,
            author: "tester".to_owned(),
            reason: "a test".to_owned(),
            said_at: DateTime::from_timestamp(i64::try_from(second).unwrap(), 0).unwrap(),
        })
        .collect()
}

/// Who is on call from when on, as `09-28T01:00 a`; nobody is `-`.
fn told(schedule: &Schedule, overrides: &[Override], within: Span) -> Vec<String> {
    let mut lines = Vec::new();
    let mut free_from = within.from();
    let mut line = |from: DateTime<Utc>, person: &str| {
        lines.push(format!("{} {person}", from.format("%m-%dT%H:%M")));
    };
    for duty in schedule.duties(overrides, within) {
        if free_from < duty.span.from() {
            line(free_from, "-");
        }
        line(duty.span.from(), &duty.person);
        free_from = duty.span.until();
    }
    if free_from < within.until() {
        line(free_from, "-");
    }
    lines
}
