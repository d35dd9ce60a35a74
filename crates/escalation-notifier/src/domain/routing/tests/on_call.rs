//! Who is told when a policy names a team or a schedule.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::*;
use crate::domain::{
    oncall::{Override, Span},
    resources::Resources,
};

/// Ann and ben by the week until March, then nobody; cat has no way to be reached.
const ON_CALL: &str = r"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  people:
    ann: {email: ann@example.com}
    ben: {email: ben@example.com}
    cat: {}
    lead: {email: lead@example.com}
    desk: {email: desk@example.com}
  teams:
    night: {members: [ann, ben], lead: lead, schedule: nights}
    mute: {members: [cat], lead: cat}
  fallback: desk
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: nights}
spec:
  timeZone: UTC
  layers:
    - {name: week, starts: 2026-01-05T09:00, ends: 2026-03-02T09:00, turn: weekly, people: [ann, ben]}
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: alone}
spec:
  timeZone: UTC
  layers:
    - {name: week, starts: 2026-01-05T09:00, turn: weekly, people: [ann]}
";

fn told(recipients: &[&str], at: &str, overrides: &[Override]) -> Vec<String> {
    let set = Resources::parse(ON_CALL).unwrap().policy_set(1).unwrap();
    let recipients: Vec<Recipient> = recipients.iter().map(|it| it.parse().unwrap()).collect();
    let at: DateTime<Utc> = at.parse().unwrap();
    let roster = Roster::at(&set.directory.schedules, overrides, at);
    let ticket = Ticket::default();
    route(
        &recipients,
        Channel::Email,
        &ticket,
        &set.directory,
        &roster,
        EMAIL,
    )
    .into_iter()
    .map(|destination| format!("{} {}", destination.channel, destination.recipient))
    .collect()
}

const FIRST_WEEK: &str = "2026-01-06T00:00:00Z";
const LATER: &str = "2026-06-01T00:00:00Z";

#[test]
fn a_team_is_whoever_of_it_is_on_call() {
    assert_eq!(told(&["team:night"], FIRST_WEEK, &[]), ["email ann"]);
    assert_eq!(
        told(&["team:night"], "2026-01-12T09:00:00Z", &[]),
        ["email ben"]
    );
}

#[test]
fn a_team_of_which_nobody_is_on_call_is_its_lead() {
    assert_eq!(told(&["team:night"], LATER, &[]), ["email lead"]);
    assert_eq!(told(&["schedule:nights"], LATER, &[]), ["email lead"]);
}

#[test]
fn who_is_on_call_and_cannot_be_reached_is_replaced_by_the_lead() {
    let cat = Override {
        id: Uuid::from_u128(1),
        schedule: "nights".to_owned(),
        person: "cat".to_owned(),
        span: Span::new(DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC).unwrap(),
        author: "tester".to_owned(),
        reason: "a test".to_owned(),
        said_at: DateTime::UNIX_EPOCH,
    };
    assert_eq!(
        told(&["schedule:nights"], FIRST_WEEK, &[cat]),
        ["email lead"]
    );
}

#[test]
fn a_schedule_without_anybody_and_without_a_lead_is_the_fallback() {
    assert_eq!(
        told(&["schedule:alone"], "2026-01-01T00:00:00Z", &[]),
        ["email desk"]
    );
    assert_eq!(told(&["team:mute"], FIRST_WEEK, &[]), ["email desk"]);
}

#[test]
fn who_is_named_for_being_on_call_is_not_passed_over_because_others_are_told() {
    let both = ["person:ben", "schedule:alone"];
    assert_eq!(
        told(&both, "2026-01-01T00:00:00Z", &[]),
        ["email ben", "email desk"]
    );
}

// Others have to be told who is next, and nobody may be (Grafana OnCall #4576).
#[test]
fn whoever_is_next_on_call_can_be_told_and_when_nobody_is_somebody_still_is() {
    assert_eq!(
        told(&["schedule:nights/next"], FIRST_WEEK, &[]),
        ["email ben"]
    );
    assert_eq!(
        told(&["schedule:nights/next"], "2026-02-28T00:00:00Z", &[]),
        ["email lead"]
    );
    assert_eq!(
        told(&["schedule:alone/next"], FIRST_WEEK, &[]),
        ["email desk"]
    );
}

#[test]
fn nobody_on_call_and_no_directory_means_the_log() {
    let ticket = Ticket::default();
    let directory = Directory::default();
    let recipients = ["schedule:nights".parse().unwrap()];
    let told = route(
        &recipients,
        Channel::Email,
        &ticket,
        &directory,
        &roster(&directory),
        EMAIL,
    );
    assert_eq!(
        (told[0].channel, told[0].recipient.as_str()),
        (Channel::Log, "schedule:nights")
    );
}
