//! Behaviour of the decisions, and the properties of the ledger they keep.

mod automation;
mod behaviour;
mod handing_over;
mod properties;
mod time;
mod ways;

use std::sync::{LazyLock, Mutex};

use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::*;
use crate::domain::{
    exception::{OrderSummary, Standing},
    id::ExceptionId,
    roster::Roster,
    sop::document,
    timer::Timer,
    transition::Transition,
};

/// Three steps: warehouse 4h, customer-service 2h (optional), logistics 6h.
const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  sla: { response: 3h, resolution: 1d }
  pauses: [{ reason: waiting-for-customer, atMost: 2h }]
  reminders: { within: always }
  steps:
    - { name: check, title: { en: Check }, department: warehouse, expected: 4h }
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 2h, mandatory: false }
    - { name: press, title: { en: Press }, department: logistics, expected: 6h }
";

fn sop() -> Arc<Sop> {
    read(SOP)
}

/// Reads each procedure once: histories open thousands of tickets under one.
fn read(yaml: &str) -> Arc<Sop> {
    static READ: LazyLock<Mutex<BTreeMap<String, Arc<Sop>>>> = LazyLock::new(Mutex::default);
    let mut read = READ.lock().unwrap();
    let parse = || Arc::new(document::parse(yaml).unwrap().sops.remove(0));
    Arc::clone(read.entry(yaml.to_owned()).or_insert_with(parse))
}

/// A department of each kind, and a supervisor who also arbitrates.
fn office() -> &'static Office {
    static OFFICE: LazyLock<Office> = LazyLock::new(|| {
        let teams = document::parse(TEAMS).unwrap().teams;
        Office::new(BTreeMap::new(), Roster::new(teams))
    });
    &OFFICE
}

const TEAMS: &str = "
apiVersion: orderwatch/v1
kind: Team
metadata: { name: floor }
spec: { department: warehouse, lead: zhao, members: [{ login: zhao }, { login: wang }] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: road }
spec: { department: logistics, lead: chen, members: [{ login: chen }] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: bridge }
spec:
  department: operations
  lead: sun
  members: [{ login: sun, roles: [supervisor, arbiter] }]
";

fn at(minutes: i64) -> Instant {
    DateTime::from_timestamp(1_750_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn report(version: i64, standing: Standing) -> Report {
    let order = OrderSummary {
        order_id: "A1".into(),
        ..OrderSummary::default()
    };
    let exception = Exception {
        id: ExceptionId::from(Uuid::from_u128(7)),
        version,
        standing,
        rule: "late".into(),
        scenario: "shipping-delay".into(),
        severity: "high".into(),
        opened_at: at(-10),
        cleared_at: None,
        unconfirmed: false,
        late_sources: Vec::new(),
        order,
    };
    Report {
        exception,
        silent: false,
        reason: String::new(),
    }
}

fn hear(ticket: Option<Ticket>, report: Report, now: Instant) -> Decision {
    hear_under(sop(), ticket, report, now)
}

fn hear_under(sop: Arc<Sop>, ticket: Option<Ticket>, report: Report, now: Instant) -> Decision {
    decide(
        ticket,
        Command::Report { report, sop },
        &Office::default(),
        now,
    )
    .unwrap()
}

fn opened() -> Ticket {
    hear(None, report(1, Standing::Open), at(0)).ticket.unwrap()
}

fn opened_under(yaml: &str) -> Ticket {
    hear_under(read(yaml), None, report(1, Standing::Open), at(0))
        .ticket
        .unwrap()
}

/// What somebody does in an office where nobody has a team, so that everybody may do everything.
fn try_act(ticket: &Ticket, act: Act, now: Instant) -> Result<Decision, Refusal> {
    try_act_in(&Office::default(), ticket, "wang", act, now)
}

fn try_act_in(
    office: &Office,
    ticket: &Ticket,
    login: &str,
    act: Act,
    now: Instant,
) -> Result<Decision, Refusal> {
    let person = Person::try_from(login.to_owned()).unwrap();
    let command = Command::Act {
        person,
        seen: Some(ticket.version),
        act,
        note: String::new(),
    };
    decide(Some(ticket.clone()), command, office, now)
}

fn act(ticket: &Ticket, act: Act, now: Instant) -> Decision {
    try_act(ticket, act, now).unwrap()
}

fn wake(ticket: &Ticket, now: Instant) -> Decision {
    decide(Some(ticket.clone()), Command::Wake, &Office::default(), now).unwrap()
}

fn complete(step: &str) -> Act {
    ending(step, "")
}

fn ending(step: &str, outcome: &str) -> Act {
    Act::Complete {
        step: step.into(),
        outcome: outcome.into(),
        fields: BTreeMap::new(),
    }
}

fn hand_over(department: &str) -> Act {
    Act::HandOver {
        step: None,
        to: Holder::new(department, "").unwrap(),
        reason: "not ours".into(),
    }
}

fn resolve() -> Act {
    Act::Resolve {
        reason: "settled".into(),
        past_mandatory: false,
    }
}

/// Names of the steps that are worked on.
fn worked_on(ticket: &Ticket) -> Vec<&str> {
    ticket
        .active()
        .map(|(index, _)| ticket.sop.steps[index].name.as_str())
        .collect()
}

fn transitions(decision: &Decision) -> Vec<Transition> {
    decision
        .effects
        .iter()
        .map(|happening| happening.transition)
        .collect()
}
