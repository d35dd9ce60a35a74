//! Figures from nothing but the events that were told.

use std::collections::{BTreeMap, HashMap};

use contracts::{
    event::v1::{Event, TicketChanged, event::Payload},
    ticketing::v1::FigureGrouping,
};
use jiff::{Timestamp, Unit, civil::Weekday, tz::TimeZone};
use prost_types::Timestamp as Wire;
use ticketing::{domain::Instant, events::instant::from_wire};

pub(super) type Groups = BTreeMap<String, Figures>;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) opened: i64,
    pub(super) resolved: i64,
    pub(super) automatic: i64,
    pub(super) handling: Times,
    pub(super) response: Times,
    pub(super) responses: Kept,
    pub(super) steps: Kept,
    pub(super) resolutions: Kept,
    pub(super) backlog: Times,
}

/// In microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Times {
    pub(super) count: i64,
    pub(super) mean: i64,
    pub(super) median: i64,
    pub(super) p90: i64,
    pub(super) longest: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Kept {
    pub(super) kept: i64,
    pub(super) missed: i64,
}

/// Department and person.
type Who = (String, String);

#[derive(Debug)]
pub(super) struct Oracle {
    tickets: Vec<Told>,
}

/// What the events of one ticket say.
#[derive(Debug)]
struct Told {
    scenario: String,
    warehouse: String,
    kind: String,
    opened_at: i64,
    taken_up_at: Option<i64>,
    /// When, and whether without a person.
    resolved: Option<(i64, bool)>,
    stretches: Vec<Stretch>,
    /// When steps were done, by whom, and whether too late.
    done: Vec<(i64, Who, bool)>,
    /// Promise, when it was due, and who answered.
    missed: Vec<(String, i64, Who)>,
    /// When work went back, from whom and to whom.
    pushed: Vec<(i64, String, String)>,
}

#[derive(Debug)]
struct Stretch {
    who: Who,
    stands: bool,
    from: i64,
    to: Option<i64>,
}

/// Numbers of one group before they are summed up.
#[derive(Default)]
struct Sums {
    figures: Figures,
    handling: Vec<i64>,
    response: Vec<i64>,
    backlog: Vec<i64>,
}

impl Oracle {
    pub(super) fn of(events: Vec<Event>) -> Self {
        let mut by_ticket: HashMap<String, Vec<(Event, TicketChanged)>> = HashMap::new();
        for event in events {
            if let Some(Payload::Ticket(changed)) = event.payload.clone() {
                let all = by_ticket.entry(changed.ticket_id.clone()).or_default();
                all.push((event, changed));
            }
        }
        let tickets = by_ticket.into_values().map(|mut events| {
            events.sort_by_key(|(_, changed)| changed.version);
            Told::of(&events)
        });
        Self {
            tickets: tickets.collect(),
        }
    }

    /// There is some of everything.
    pub(super) fn must_be_rich(&self) {
        let few = |what: &str, has: fn(&Told) -> bool| {
            let count = self.tickets.iter().filter(|it| has(it)).count();
            assert!(count > 3, "{count} tickets {what}");
        };
        few("resolved by nobody", |it| {
            it.resolved.is_some_and(|(_, automatic)| automatic)
        });
        few("resolved by somebody", |it| {
            it.resolved.is_some_and(|(_, automatic)| !automatic)
        });
        few("waiting", |it| it.resolved.is_none());
        few("paused", |it| {
            it.stretches.iter().any(|stretch| stretch.stands)
        });
        few("reopened", |it| {
            it.stretches
                .windows(2)
                .any(|it| it[0].to != Some(it[1].from))
        });
        few("late", |it| it.done.iter().any(|(.., late)| *late));
        few("in time", |it| it.done.iter().any(|(.., late)| !*late));
        few("not answered", |it| it.has_missed("response"));
        few("not resolved", |it| it.has_missed("resolution"));
        few("pushed back", |it| !it.pushed.is_empty());
    }

    pub(super) fn groups(
        &self,
        from: Instant,
        to: Instant,
        by: FigureGrouping,
        zone: &str,
    ) -> Groups {
        let (from, to) = (from.timestamp_micros(), to.timestamp_micros());
        let zone = TimeZone::get(zone).unwrap();
        let mut groups: BTreeMap<String, Sums> = BTreeMap::new();
        for ticket in &self.tickets {
            ticket.add(&mut groups, from..to, by, &zone);
        }
        let groups = groups.into_iter();
        groups.map(|(key, sums)| (key, sums.figures())).collect()
    }

    pub(super) fn push_backs(
        &self,
        from: Instant,
        to: Instant,
        zone: &str,
    ) -> Vec<(String, String, String, i64)> {
        let stretch = from.timestamp_micros()..to.timestamp_micros();
        let zone = TimeZone::get(zone).unwrap();
        let mut counts: BTreeMap<(String, String, String), i64> = BTreeMap::new();
        let pushed = self.tickets.iter().flat_map(|it| &it.pushed);
        for (at, from, to) in pushed.filter(|(at, ..)| stretch.contains(at)) {
            let day = local(*at, &zone).date();
            let monday = match day.weekday() {
                Weekday::Monday => day,
                _ => day.nth_weekday(-1, Weekday::Monday).unwrap(),
            };
            *counts
                .entry((monday.to_string(), from.clone(), to.clone()))
                .or_default() += 1;
        }
        let counts = counts.into_iter();
        counts
            .map(|((week, from, to), count)| (week, from, to, count))
            .collect()
    }
}

impl Told {
    fn of(events: &[(Event, TicketChanged)]) -> Self {
        let (_, first) = &events[0];
        let order = first.order.clone().unwrap();
        let mut told = Self {
            scenario: first.scenario.clone(),
            warehouse: order.warehouse,
            kind: order.kind,
            opened_at: micros(first.opened_at.as_ref()),
            taken_up_at: None,
            resolved: None,
            stretches: Vec::new(),
            done: Vec::new(),
            missed: Vec::new(),
            pushed: Vec::new(),
        };
        let mut is_late = false;
        for (event, changed) in events {
            let at = micros(event.occurred_at.as_ref());
            let who = (changed.department.clone(), changed.assignee.clone());
            let before = told.stretches.last().map(|it| it.who.clone());
            if changed.acknowledged {
                told.taken_up_at.get_or_insert(at);
            }
            if let Some(pair) = &changed.push_back {
                let (from, to) = (pair.from_department.clone(), pair.to_department.clone());
                told.pushed.push((at, from, to));
            }
            if let Some(breach) = &changed.breach {
                let who = (breach.department.clone(), breach.assignee.clone());
                let due = micros(breach.due_at.as_ref());
                told.missed.push((breach.promise.clone(), due, who));
                is_late |= breach.promise == "step";
            }
            match event.r#type.as_str() {
                "ticket.paused" => told.go_on(at, who, true),
                "ticket.resumed" | "ticket.opened" => told.go_on(at, who, false),
                "ticket.reopened" => {
                    told.resolved = None;
                    told.go_on(at, who, false);
                }
                "ticket.resolved" => {
                    told.close(at);
                    told.resolved = Some((at, changed.automatic));
                }
                kind => {
                    if kind == "ticket.step-completed" {
                        told.done.push((at, before.clone().unwrap(), is_late));
                        is_late = false;
                    }
                    let stands = told.stretches.last().is_some_and(|it| it.stands);
                    if told.resolved.is_none() && before.as_ref() != Some(&who) {
                        told.go_on(at, who, stands);
                    }
                }
            }
        }
        told
    }

    fn close(&mut self, at: i64) {
        if let Some(last) = self.stretches.last_mut().filter(|last| last.to.is_none()) {
            last.to = Some(at);
        }
    }

    fn go_on(&mut self, at: i64, who: Who, stands: bool) {
        self.close(at);
        self.stretches.push(Stretch {
            who,
            stands,
            from: at,
            to: None,
        });
    }

    fn key(&self, by: FigureGrouping, zone: &TimeZone, who: &Who) -> String {
        match by {
            FigureGrouping::Unspecified => String::new(),
            FigureGrouping::Scenario => self.scenario.clone(),
            FigureGrouping::Department => who.0.clone(),
            FigureGrouping::Warehouse => self.warehouse.clone(),
            FigureGrouping::Person => who.1.clone(),
            FigureGrouping::Hour => format!("{:02}", local(self.opened_at, zone).hour()),
            FigureGrouping::Category => self.kind.clone(),
        }
    }

    /// Whether there is a promise for the whole of it: the default procedure makes none.
    fn is_promised(&self) -> bool {
        self.scenario == super::history::PROMISED
    }

    fn has_missed(&self, promise: &str) -> bool {
        self.missed.iter().any(|(missed, ..)| missed == promise)
    }

    fn add(
        &self,
        groups: &mut BTreeMap<String, Sums>,
        stretch: std::ops::Range<i64>,
        by: FigureGrouping,
        zone: &TimeZone,
    ) {
        let key = |who: &Who| self.key(by, zone, who);
        let last = &self.stretches[self.stretches.len() - 1].who;
        if stretch.contains(&self.opened_at) {
            let first = &self.stretches[0].who;
            groups.entry(key(first)).or_default().figures.opened += 1;
        }
        if let Some((_, automatic)) = self.resolved.filter(|(at, _)| stretch.contains(at)) {
            let sums = groups.entry(key(last)).or_default();
            sums.figures.resolved += 1;
            sums.figures.automatic += i64::from(automatic);
            let kept = self.is_promised() && !self.has_missed("resolution");
            sums.figures.resolutions.kept += i64::from(kept);
            let mut charged: BTreeMap<String, i64> = BTreeMap::new();
            for worked in self.stretches.iter().filter(|it| !it.stands) {
                let length = worked.to.unwrap() - worked.from;
                *charged.entry(key(&worked.who)).or_default() += length;
            }
            for (key, length) in charged {
                groups.entry(key).or_default().handling.push(length);
            }
        }
        if let Some(at) = self.taken_up_at.filter(|at| stretch.contains(at)) {
            let answered = self.stretches.iter().rev().find(|it| it.from <= at);
            let sums = groups.entry(key(&answered.unwrap().who)).or_default();
            sums.response.push(at - self.opened_at);
            let kept = self.is_promised() && !self.has_missed("response");
            sums.figures.responses.kept += i64::from(kept);
        }
        for (at, who, late) in &self.done {
            if stretch.contains(at) && !late {
                groups.entry(key(who)).or_default().figures.steps.kept += 1;
            }
        }
        for (promise, due, who) in &self.missed {
            if !stretch.contains(due) {
                continue;
            }
            let figures = &mut groups.entry(key(who)).or_default().figures;
            match promise.as_str() {
                "response" => figures.responses.missed += 1,
                "step" => figures.steps.missed += 1,
                _ => figures.resolutions.missed += 1,
            }
        }
        let waits =
            |it: &&Stretch| it.from < stretch.end && it.to.is_none_or(|to| to >= stretch.end);
        if let Some(holds) = self.stretches.iter().rev().find(waits) {
            let sums = groups.entry(key(&holds.who)).or_default();
            sums.backlog.push(stretch.end - self.opened_at);
        }
    }
}

impl Sums {
    fn figures(self) -> Figures {
        Figures {
            handling: Times::of(self.handling),
            response: Times::of(self.response),
            backlog: Times::of(self.backlog),
            ..self.figures
        }
    }
}

impl Times {
    fn of(mut all: Vec<i64>) -> Self {
        all.sort_unstable();
        let Some(longest) = all.last().copied() else {
            return Self::default();
        };
        let count = all.len() as i64;
        let sum: i64 = all.iter().sum();
        Self {
            count,
            mean: (2 * sum + count) / (2 * count),
            median: all[all.len().div_ceil(2) - 1],
            p90: all[(9 * all.len()).div_ceil(10) - 1],
            longest,
        }
    }
}

fn local(micros: i64, zone: &TimeZone) -> jiff::Zoned {
    let at = Timestamp::from_microsecond(micros).unwrap();
    at.to_zoned(zone.clone()).round(Unit::Microsecond).unwrap()
}

fn micros(at: Option<&Wire>) -> i64 {
    from_wire(at.unwrap()).unwrap().timestamp_micros()
}
