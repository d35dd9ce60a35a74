//! An on-call schedule, key by key.

use std::time::Duration;

use calendar::Shift;

use super::{Fault, node::Node};
use crate::domain::{
    directory::Directory,
    oncall::{DAYS, Hours, Layer, Reading, Schedule, Turn},
};

/// Hours of every day that has none of its own.
const DAILY: &str = "daily";

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn schedule(name: &str, root: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Schedule> {
    let spec = root.get("spec");
    spec.only(&["timeZone", "layers", "cover"], faults);
    if name.contains('/') {
        root.fault(
            faults,
            format!("expected a name without /, found \"{name}\""),
        );
    }
    let zone = spec.get("timeZone");
    if !zone.is_present() {
        zone.fault(
            faults,
            "expected the IANA name of a time zone, but it is missing",
        );
    }
    let clock = zone.word(faults);
    let cover = hours(&spec.get("cover"), faults);
    let listed = spec.get("layers");
    if listed.items(faults).is_empty() {
        listed.fault(faults, "expected a list of at least one layer");
    }
    let mut layers: Vec<Layer> = Vec::new();
    for node in listed.items(faults) {
        let Some(layer) = layer(&node, faults) else {
            continue;
        };
        if layers.iter().any(|other| other.name == layer.name) {
            node.get("name").fault(
                faults,
                format!("expected a name of its own, found \"{}\" again", layer.name),
            );
        }
        layers.push(layer);
    }
    Some(Schedule {
        name: name.to_owned(),
        clock: clock?,
        layers,
        cover,
    })
}

fn layer(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Layer> {
    node.only(
        &["name", "starts", "ends", "turn", "people", "hours"],
        faults,
    );
    let name = node.get("name").required_text(faults);
    if !node.get("starts").is_present() {
        node.get("starts")
            .fault(faults, format!("{WALL_CLOCK}, but it is missing"));
    }
    let starts = reading(&node.get("starts"), faults);
    let ends = reading(&node.get("ends"), faults);
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends <= starts
    {
        node.get("ends").fault(
            faults,
            format!("expected a time later than the start at {starts}, found {ends}"),
        );
    }
    let turn = turn(&node.get("turn"), faults);
    let listed = node.get("people");
    let people = listed.items(faults);
    if people.is_empty() {
        listed.fault(faults, "expected a list of at least one person");
    }
    let people: Vec<String> = people.iter().filter_map(|it| it.text(faults)).collect();
    let hours = hours(&node.get("hours"), faults);
    Some(Layer {
        name,
        starts: starts?,
        ends,
        turn: turn?,
        people,
        hours,
    })
}

const WALL_CLOCK: &str = "expected a time on the wall clock such as 2026-01-05T09:00";

fn reading(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Reading> {
    let text = node.text(faults)?;
    let read = text.parse().ok();
    if read.is_none() {
        node.fault(faults, format!("{WALL_CLOCK}, found \"{text}\""));
    }
    read
}

fn turn(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Turn> {
    const EXPECTED: &str = "expected daily, weekly, or a turn from 1h to 366d in whole minutes";
    if !node.is_present() {
        node.fault(faults, format!("{EXPECTED}, but it is missing"));
    }
    let text = node.text(faults)?;
    let length = match text.as_str() {
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        _ => super::node::duration(&text),
    };
    let turn = length.and_then(|length| Turn::of(length).ok());
    if turn.is_none() {
        node.fault(faults, format!("{EXPECTED}, found \"{text}\""));
    }
    turn
}

/// Hours of a week; without any, round the clock.
pub(super) fn hours(node: &Node<'_>, faults: &mut Vec<Fault>) -> Hours {
    if !node.is_present() {
        return Hours::ALWAYS;
    }
    let known: Vec<&str> = DAYS.into_iter().chain([DAILY]).collect();
    node.only(&known, faults);
    let before = faults.len();
    let daily = shifts(&node.get(DAILY), faults);
    let week = DAYS.map(|day| {
        let own = node.get(day);
        if own.is_present() {
            shifts(&own, faults)
        } else {
            daily.clone()
        }
    });
    match Hours::of_week(week) {
        Ok(hours) => hours,
        // A shift that cannot be read has its fault already.
        Err(_) if faults.len() > before => Hours::ALWAYS,
        Err(error) => {
            node.fault(faults, error.to_string());
            Hours::ALWAYS
        }
    }
}

fn shifts(node: &Node<'_>, faults: &mut Vec<Fault>) -> Vec<Shift> {
    let mut read = Vec::new();
    for item in node.items(faults) {
        let Some(text) = item.text(faults) else {
            continue;
        };
        match text.parse() {
            Ok(shift) => read.push(shift),
            Err(_) => item.fault(
                faults,
                format!(
                    "expected hours of one day such as 09:00-18:00 or 22:00-24:00, found \"{text}\""
                ),
            ),
        }
    }
    read
}

/// People whom a schedule names must be in the directory.
pub(super) fn check_people(root: &Node<'_>, directory: &Directory, faults: &mut Vec<Fault>) {
    // What cannot be read has its fault already.
    let mut told = Vec::new();
    for layer in root.get("spec").get("layers").items(&mut told) {
        for node in layer.get("people").items(&mut told) {
            match node.text(&mut told) {
                Some(person) if !directory.people.contains_key(&person) => node.fault(
                    faults,
                    format!("expected a person of the Directory's spec.people, found \"{person}\""),
                ),
                _ => {}
            }
        }
    }
}
