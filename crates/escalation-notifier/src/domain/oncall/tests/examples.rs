//! Schedules worked out by hand.

use super::*;

/// Three people by the week, Monday 09:00 in Shanghai.
const WEEKLY: &str = "{timeZone: Asia/Shanghai, layers: [
    {name: week, starts: 2026-09-28T09:00, turn: weekly, people: [a, b, c]}]}";

#[test]
fn weeks_are_handed_over_on_monday_morning() {
    let told = told(
        &schedule(WEEKLY),
        &[],
        span("2026-09-27T00:00:00Z", "2026-10-20T00:00:00Z"),
    );
    assert_eq!(
        told,
        [
            "09-27T00:00 -",
            "09-28T01:00 a",
            "10-05T01:00 b",
            "10-12T01:00 c",
            "10-19T01:00 a"
        ]
    );
}

#[test]
fn a_shift_is_handed_over_at_the_same_hour_of_the_wall_clock_in_summer_and_in_winter() {
    let schedule = schedule(
        "{timeZone: Europe/Berlin, layers: [
            {name: day, starts: 2026-10-01T09:00, turn: daily, people: [a, b]}]}",
    );
    let told = told(
        &schedule,
        &[],
        span("2026-10-24T08:00:00Z", "2026-10-26T12:00:00Z"),
    );
    // Clocks go back on the 25th, so that the turn from the 24th on lasts 25 hours.
    assert_eq!(told, ["10-24T08:00 b", "10-25T08:00 a", "10-26T08:00 b"]);
}

#[test]
fn split_shifts_share_a_day_and_the_night_is_left_to_the_layer_below() {
    let schedule = schedule(
        "{timeZone: UTC, layers: [
            {name: night, starts: 2026-01-01T00:00, turn: weekly, people: [f]},
            {name: early, starts: 2026-01-01T00:00, turn: daily, people: [a, b], hours: {daily: ['06:00-14:00']}},
            {name: late, starts: 2026-01-01T00:00, turn: daily, people: [c], hours: {daily: ['14:00-22:00'], sunday: []}}]}",
    );
    let told = told(
        &schedule,
        &[],
        span("2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"),
    );
    assert_eq!(
        told,
        [
            "01-03T00:00 f",
            "01-03T06:00 a",
            "01-03T14:00 c",
            "01-03T22:00 f",
            "01-04T06:00 b",
            "01-04T14:00 f",
        ]
    );
}

#[test]
fn of_two_overrides_the_later_word_holds() {
    let said = overrides(&[
        ("e", span("2026-09-29T00:00:00Z", "2026-10-01T00:00:00Z")),
        ("f", span("2026-09-30T00:00:00Z", "2026-10-02T00:00:00Z")),
    ]);
    let told = told(
        &schedule(WEEKLY),
        &said,
        span("2026-09-28T01:00:00Z", "2026-10-03T00:00:00Z"),
    );
    assert_eq!(
        told,
        [
            "09-28T01:00 a",
            "09-29T00:00 e",
            "09-30T00:00 f",
            "10-02T00:00 a"
        ]
    );
}

// What users of others were told wrongly: the shift that is next ended at the hand-over, although
// an override ends it before (Grafana OnCall #4755).
#[test]
fn the_next_duty_ends_where_an_override_begins() {
    let said = overrides(&[("f", span("2026-10-07T00:00:00Z", "2026-10-08T00:00:00Z"))]);
    let schedule = schedule(WEEKLY);
    let next = schedule.next(&said, at("2026-10-01T00:00:00Z")).unwrap();
    assert_eq!(next.person, "b");
    assert_eq!(
        next.span,
        span("2026-10-05T01:00:00Z", "2026-10-07T00:00:00Z")
    );
}

#[test]
fn next_is_somebody_else_even_when_the_present_one_goes_on() {
    let schedule = schedule(
        "{timeZone: UTC, layers: [
            {name: week, starts: 2026-01-01T00:00, turn: daily, people: [a, a, b]}]}",
    );
    let next = schedule.next(&[], at("2026-01-01T12:00:00Z")).unwrap();
    assert_eq!(
        (next.person.as_str(), next.span.from()),
        ("b", at("2026-01-03T00:00:00Z"))
    );
}

#[test]
fn nobody_is_next_when_the_last_turn_ends() {
    let schedule = schedule(
        "{timeZone: UTC, layers: [
            {name: last, starts: 2026-01-01T00:00, ends: 2026-01-08T00:00, turn: weekly, people: [a]}]}",
    );
    let last_day = at("2026-01-07T12:00:00Z");
    assert_eq!(schedule.on_call_at(&[], last_day).unwrap().person, "a");
    assert_eq!(schedule.next(&[], last_day), None);
    assert_eq!(schedule.on_call_at(&[], at("2026-01-08T00:00:00Z")), None);
}

#[test]
fn a_gap_is_where_somebody_must_be_on_call_and_nobody_is() {
    let schedule = schedule(
        "{timeZone: UTC, cover: {daily: ['08:00-20:00'], sunday: []}, layers: [
            {name: day, starts: 2026-01-01T00:00, turn: daily, people: [a], hours: {daily: ['09:00-18:00'], saturday: []}}]}",
    );
    let within = span("2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z");
    let stand_in = [("b", span("2026-01-03T10:00:00Z", "2026-01-03T12:00:00Z"))];
    assert_eq!(
        schedule.gaps(&overrides(&stand_in), within),
        [
            span("2026-01-02T08:00:00Z", "2026-01-02T09:00:00Z"),
            span("2026-01-02T18:00:00Z", "2026-01-02T20:00:00Z"),
            span("2026-01-03T08:00:00Z", "2026-01-03T10:00:00Z"),
            span("2026-01-03T12:00:00Z", "2026-01-03T20:00:00Z"),
        ]
    );
}

#[test]
fn an_override_of_another_schedule_changes_nothing() {
    let mut said = overrides(&[("f", span("2026-09-28T00:00:00Z", "2026-10-28T00:00:00Z"))]);
    said[0].schedule = "other".to_owned();
    let schedule = schedule(WEEKLY);
    let on_call = schedule
        .on_call_at(&said, at("2026-09-29T00:00:00Z"))
        .unwrap();
    assert_eq!(on_call.person, "a");
    assert_eq!(on_call.source, Source::Layer("week".to_owned()));
}
