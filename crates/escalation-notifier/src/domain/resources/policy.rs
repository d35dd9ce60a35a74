//! Escalation policies, key by key: a tree of routes, each with what it says.

mod level;

use std::collections::BTreeMap;

use super::{Fault, document, node::Node, quiet};
use crate::domain::{
    directory::Directory,
    grouping::{Grouping, Timing},
    label::Label,
    matcher::{Matcher, Matchers},
    policy::{
        Policy, Recipient,
        delay::{Delay, WorkingTime},
        route::{Level, Reminder, Route, Terms},
    },
};

/// Calendars by name.
pub(in crate::domain::resources) type Calendars = BTreeMap<String, WorkingTime>;

/// What a route may say for its tickets.
const TERMS: [&str; 13] = [
    "levels",
    "dueSoon",
    "overdue",
    "offered",
    "responseOverdue",
    "automationFailed",
    "tellResolution",
    "comeBack",
    "groupBy",
    "groupWait",
    "groupInterval",
    "repeatInterval",
    "routes",
];

/// More levels than anybody climbs.
const LEVELS_AT_MOST: usize = 32;

/// More routes within each other than anybody follows.
const DEPTH_AT_MOST: usize = 16;

/// Reads nodes of one set of documents.
struct Reader<'a> {
    calendars: &'a Calendars,
    faults: &'a mut Vec<Fault>,
}

pub(super) fn policy(
    name: &str,
    root: &Node<'_>,
    calendars: &Calendars,
    faults: &mut Vec<Fault>,
) -> Policy {
    let spec = root.get("spec");
    let mut reader = Reader { calendars, faults };
    spec.only(
        &[&["match", "matchers"], &TERMS[..]].concat(),
        reader.faults,
    );
    if !spec.get("levels").is_present() {
        let expected = "expected a list of levels, but it is missing";
        spec.get("levels").fault(reader.faults, expected);
    }
    let shorthand = reader.shorthand(&spec.get("match"));
    let matchers = [shorthand, reader.matchers(&spec.get("matchers"))].concat();
    let above = Terms {
        tells_resolution: true,
        ..Terms::default()
    };
    Policy {
        name: name.to_owned(),
        matchers: Matchers::all(matchers),
        root: reader.route(&spec, &above, 0),
    }
}

/// Whom a policy names must be there.
pub(super) fn check_recipients(
    directory: &Directory,
    policies: &[Policy],
    faults: &mut Vec<Fault>,
) {
    for policy in policies {
        for (place, recipient) in policy.recipients() {
            let (known, what) = match recipient {
                Recipient::Person(name) => (
                    directory.people.contains_key(name),
                    "a person of the Directory's spec.people",
                ),
                Recipient::Team(name) => (
                    directory.teams.contains_key(name),
                    "a team of the Directory's spec.teams",
                ),
                Recipient::Schedule(name, _) => {
                    (directory.schedules.contains_key(name), "an OnCallSchedule")
                }
                Recipient::Endpoint(name) => (
                    directory
                        .endpoints
                        .get(name)
                        .is_some_and(|endpoint| endpoint.channel.contact().is_none()),
                    "an endpoint of a group or a system of the Directory's spec.endpoints",
                ),
                _ => (true, ""),
            };
            if !known {
                faults.push(Fault {
                    path: format!("{}/{}: {place}", document::POLICY, policy.name),
                    expected: format!("expected {what}, found \"{recipient}\""),
                });
            }
        }
    }
}

impl Reader<'_> {
    /// A route, of which only what it says itself is in the document.
    fn route(&mut self, node: &Node<'_>, above: &Terms, depth: usize) -> Route {
        let terms = self.terms(node, above);
        let mut routes = Vec::new();
        for within in node.get("routes").items(self.faults) {
            if depth >= DEPTH_AT_MOST {
                let expected = format!("expected at most {DEPTH_AT_MOST} routes within each other");
                within.fault(self.faults, expected);
                break;
            }
            within.only(
                &[&["matchers", "continue"], &TERMS[..]].concat(),
                self.faults,
            );
            let matchers = self.matchers(&within.get("matchers"));
            if matchers.is_empty() {
                let expected = "expected at least one matcher such as severity >= high; \
                                what no route takes stays with the route above";
                within.get("matchers").fault(self.faults, expected);
            }
            routes.push(Route {
                matchers: Matchers::all(matchers),
                continues: within.get("continue").flag(false, self.faults),
                ..self.route(&within, &terms, depth + 1)
            });
        }
        Route {
            place: node.place().to_owned(),
            matchers: Matchers::default(),
            continues: false,
            terms,
            routes,
        }
    }

    fn terms(&mut self, node: &Node<'_>, above: &Terms) -> Terms {
        let levels = node.get("levels");
        let levels = match levels.is_present() {
            true => self.levels(&levels),
            false => above.levels.clone(),
        };
        let grouping = self.grouping(node, above.grouping.as_ref());
        if grouping.is_none() {
            self.refuse_sizes(&node.get("levels"), &levels);
        }
        let due_soon = self.reminder(&node.get("dueSoon"), false);
        let overdue = self.reminder(&node.get("overdue"), true);
        let mut reminder = |key, above: Option<&Reminder>| {
            let own = self.reminder(&node.get(key), key == "responseOverdue");
            own.or_else(|| above.cloned())
        };
        let offered = reminder("offered", above.offered.as_ref());
        let response_overdue = reminder("responseOverdue", above.response_overdue.as_ref());
        let automation_failed = reminder("automationFailed", above.automation_failed.as_ref());
        Terms {
            levels,
            offered,
            response_overdue,
            automation_failed,
            due_soon: due_soon.or_else(|| above.due_soon.clone()),
            overdue: overdue.or_else(|| above.overdue.clone()),
            tells_resolution: node
                .get("tellResolution")
                .flag(above.tells_resolution, self.faults),
            grouping,
            comes_back: self
                .comes_back(&node.get("comeBack"))
                .or_else(|| above.comes_back.clone()),
        }
    }

    /// `groupBy` and how long groups wait, each from above when it is not said.
    fn grouping(&mut self, node: &Node<'_>, above: Option<&Grouping>) -> Option<Grouping> {
        let by = node.get("groupBy");
        let labels = by.items(self.faults);
        let labels: Vec<Label> = labels
            .iter()
            .filter_map(|item| item.word(self.faults))
            .collect();
        let mut timing = above.map_or(Timing::USUAL, |above| above.timing);
        for (key, wait) in [
            ("groupWait", &mut timing.wait),
            ("groupInterval", &mut timing.interval),
            ("repeatInterval", &mut timing.repeat),
        ] {
            let node = node.get(key);
            if !by.is_present() && above.is_none() && node.is_present() {
                node.fault(self.faults, "expected groupBy beside it, but it is missing");
            }
            *wait = node.duration(self.faults).unwrap_or(*wait);
        }
        if timing.interval.is_zero() {
            let expected = "expected more than no time, found 0s";
            node.get("groupInterval").fault(self.faults, expected);
        }
        let by = match by.is_present() {
            true => labels,
            false => above?.by.clone(),
        };
        Some(Grouping { by, timing })
    }

    fn levels(&mut self, node: &Node<'_>) -> Vec<Level> {
        let mut read: Vec<Level> = Vec::new();
        for item in node.items(self.faults) {
            let Some(level) = self.level(&item) else {
                continue;
            };
            if let Some(last) = read.last()
                && last.delay.hours == level.delay.hours
                && last.delay.wait > level.delay.wait
            {
                let expected = "expected no less than the level before waits";
                item.get("delay").fault(self.faults, expected);
            }
            read.push(level);
        }
        if read.len() > LEVELS_AT_MOST {
            let found = read.len();
            let expected = format!("expected at most {LEVELS_AT_MOST} levels, found {found}");
            node.fault(self.faults, expected);
        }
        read
    }

    /// Where tickets are told of one by one, there are no groups that could be large.
    fn refuse_sizes(&mut self, node: &Node<'_>, levels: &[Level]) {
        let items = node.items(self.faults);
        for (item, _) in items
            .iter()
            .zip(levels)
            .filter(|(_, it)| it.group_over.is_some())
        {
            let expected = "expected groupBy in its route or one above, but it is missing: \
                            without it there is no group";
            item.get("onlyIf")
                .get("groupOver")
                .fault(self.faults, expected);
        }
    }

    fn comes_back(&mut self, node: &Node<'_>) -> Option<Delay> {
        node.only(&["after", "calendar"], self.faults);
        if !node.is_present() {
            return None;
        }
        let hours = self.hours(&node.get("calendar"));
        let wait = self.wait(&node.get("after"), "a duration such as 2h")?;
        if wait.is_zero() {
            let expected = "expected more than no time, found 0s";
            node.get("after").fault(self.faults, expected);
        }
        Some(Delay { wait, hours })
    }

    fn matchers(&mut self, node: &Node<'_>) -> Vec<Matcher> {
        quiet::matchers(node, self.faults)
    }

    /// `match: {severities: [critical]}`, which is short for matchers.
    fn shorthand(&mut self, node: &Node<'_>) -> Vec<Matcher> {
        const KEYS: [(&str, Label); 3] = [
            ("scenarios", Label::Scenario),
            ("severities", Label::Severity),
            ("warehouses", Label::Warehouse),
        ];
        node.only(&KEYS.map(|(key, _)| key), self.faults);
        let mut matchers = Vec::new();
        for (key, label) in KEYS {
            let items = node.get(key).items(self.faults);
            let values: Vec<String> = items
                .iter()
                .filter_map(|item| item.text(self.faults))
                .collect();
            if !values.is_empty() {
                matchers.push(Matcher::among(label, &values));
            }
        }
        matchers
    }
}

#[cfg(test)]
mod tests;
