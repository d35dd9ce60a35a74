//! Behaviour of the decisions, and the properties of the ledger they keep.

mod behaviour;
mod properties;

use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::*;
use crate::domain::{
    exception::{OrderSummary, Standing},
    id::ExceptionId,
    sop::document,
    transition::Transition,
};

/// Three steps: warehouse 4h, customer-service 2h (optional), logistics 6h.
const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps:
    - { name: check, title: { en: Check }, department: warehouse, expected: 4h }
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 2h, mandatory: false }
    - { name: press, title: { en: Press }, department: logistics, expected: 6h }
";

fn sop() -> Arc<Sop> {
    Arc::new(document::parse(SOP).unwrap().remove(0))
}

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
        order,
    };
    Report {
        exception,
        silent: false,
        reason: String::new(),
    }
}

fn hear(ticket: Option<Ticket>, report: Report, now: Instant) -> Decision {
    decide(ticket, Command::Report { report, sop: sop() }, now).unwrap()
}

fn opened() -> Ticket {
    hear(None, report(1, Standing::Open), at(0)).ticket.unwrap()
}

fn try_act(ticket: &Ticket, act: Act, now: Instant) -> Result<Decision, Refusal> {
    let person = Person::try_from("wang".to_owned()).unwrap();
    let command = Command::Act {
        person,
        seen: Some(ticket.version),
        act,
        note: String::new(),
    };
    decide(Some(ticket.clone()), command, now)
}

fn act(ticket: &Ticket, act: Act, now: Instant) -> Decision {
    try_act(ticket, act, now).unwrap()
}

fn complete(step: &str) -> Act {
    Act::Complete {
        step: step.into(),
        outcome: String::new(),
    }
}

fn hand_over(department: &str) -> Act {
    Act::HandOver {
        to: Holder::new(department, "").unwrap(),
        reason: "not ours".into(),
    }
}

fn resolve() -> Act {
    Act::Resolve {
        reason: "settled".into(),
    }
}

fn transitions(decision: &Decision) -> Vec<Transition> {
    decision
        .effects
        .iter()
        .map(|happening| happening.transition)
        .collect()
}
