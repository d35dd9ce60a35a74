//! Transitions of exceptions, as rows for those who list and as events for those
//! who listen.

use chrono::{DateTime, Utc};
use contracts::event::v1;
use contracts::subject;
use contracts::time::timestamp;
use prost::Message;
use rule_engine::{Cause, Kind, RuleSet, State, Transition};
use service::event_log::NewEvent;

use super::this_service;
use crate::domain::order_state::{Decision, summarise};
use crate::store::exceptions::Row;

/// One transition, ready to be written.
#[derive(Debug)]
pub struct Told {
    /// The exception as it is listed from now on.
    pub row: Row,
    /// The event that tells of it.
    pub event: NewEvent,
}

/// Tells every transition of a decision.
#[must_use]
pub fn tell(decision: &Decision, rule_set: &RuleSet, now: DateTime<Utc>) -> Vec<Told> {
    if decision.transitions.is_empty() {
        return Vec::new();
    }
    let summary = summarise(&decision.view, rule_set.catalogue());
    decision
        .transitions
        .iter()
        .map(|transition| {
            let row = row_of(transition, &summary, rule_set, now);
            let event = event_of(transition, &row, &summary, rule_set.number());
            Told { row, event }
        })
        .collect()
}

fn row_of(
    transition: &Transition,
    summary: &v1::OrderSummary,
    rule_set: &RuleSet,
    now: DateTime<Utc>,
) -> Row {
    let spoken = &transition.exception;
    let rule = rule_set.rule(&spoken.rule);
    Row {
        id: spoken.id,
        order_id: summary.order_id.clone(),
        rule: spoken.rule.to_string(),
        scenario: rule
            .map(|rule| rule.scenario().to_owned())
            .unwrap_or_default(),
        severity: rule
            .map(|rule| rule.severity().to_string())
            .unwrap_or_default(),
        state: wire_state(spoken.state) as i16,
        opened_at: spoken.opened_at.into(),
        cleared_at: spoken.cleared_at.map(Into::into),
        detected_at: spoken.detected_at.into(),
        updated_at: now,
        unconfirmed: spoken.is_unconfirmed(),
        late_sources: spoken
            .late_sources
            .iter()
            .map(ToString::to_string)
            .collect(),
        retroactive: spoken.retroactive,
        rule_set: rule_set.number(),
        version: spoken.version,
        exempt_by: spoken.exempt.clone(),
        shadow: spoken.shadow,
        summary: summary.encode_to_vec(),
    }
}

/// Writes a listed exception as it travels.
#[must_use]
pub fn wire(row: &Row, summary: v1::OrderSummary) -> v1::Exception {
    let instant = |at: DateTime<Utc>| timestamp(at.into());
    v1::Exception {
        id: row.id.to_string(),
        order_id: row.order_id.clone(),
        rule: row.rule.clone(),
        scenario: row.scenario.clone(),
        severity: row.severity.clone(),
        state: i32::from(row.state),
        opened_at: Some(instant(row.opened_at)),
        cleared_at: row.cleared_at.map(instant),
        detected_at: Some(instant(row.detected_at)),
        updated_at: Some(instant(row.updated_at)),
        unconfirmed: row.unconfirmed,
        late_sources: row.late_sources.clone(),
        retroactive: row.retroactive,
        rule_set: row.rule_set,
        version: row.version,
        order: Some(summary),
        exempt_by: row.exempt_by.clone().unwrap_or_default(),
        shadow: row.shadow,
        waiting_rules: Vec::new(),
    }
}

fn event_of(told: &Transition, row: &Row, summary: &v1::OrderSummary, rule_set: i64) -> NewEvent {
    let (transition, token) = match told.kind {
        Kind::Opened => (v1::ExceptionTransition::Opened, "opened"),
        Kind::Updated => (v1::ExceptionTransition::Updated, "updated"),
        Kind::Cleared => (v1::ExceptionTransition::Cleared, "cleared"),
        Kind::Retracted => (v1::ExceptionTransition::Retracted, "retracted"),
    };
    let exception = wire(row, summary.clone());
    let reason = reason(told, row, rule_set);
    changed(exception, row, (transition, token), reason)
}

/// Makes the event of a transition.
pub(super) fn changed(
    exception: v1::Exception,
    row: &Row,
    (transition, token): (v1::ExceptionTransition, &str),
    reason: String,
) -> NewEvent {
    let event = v1::Event {
        id: format!("exception/{}/{}", row.id, row.version),
        r#type: format!("exception.{token}"),
        occurred_at: Some(timestamp(row.updated_at.into())),
        actor: Some(this_service()),
        reason,
        order_ids: vec![row.order_id.clone()],
        exception_id: row.id.to_string(),
        payload: Some(v1::event::Payload::Exception(v1::ExceptionChanged {
            transition: transition as i32,
            exception: Some(exception),
        })),
        ..v1::Event::default()
    };
    NewEvent::of(subject::EXCEPTIONS, token, &event)
}

fn reason(told: &Transition, row: &Row, rule_set: i64) -> String {
    let rule = &row.rule;
    match (told.kind, told.cause) {
        (_, Cause::RuleRemoved) => format!("rule set {rule_set} has no rule {rule}"),
        (_, Cause::Confirmed) => format!("every source has confirmed {rule}"),
        (_, Cause::Exempted) => match &told.exception.exempt {
            Some(list) => format!("{rule} is exempt by {list}"),
            None => format!("{rule} is exempt"),
        },
        (_, Cause::ExemptionEnded) => format!("{rule} is exempt no longer"),
        (_, Cause::ModeChanged) if told.exception.shadow => {
            format!("rule {rule} is only tried from rule set {rule_set} on")
        }
        (_, Cause::ModeChanged) => format!("rule {rule} is active from rule set {rule_set} on"),
        (Kind::Opened, Cause::Signal) => format!("rule {rule} of rule set {rule_set} is true"),
        (Kind::Updated, Cause::Signal) => format!("what is known about {rule} has changed"),
        (Kind::Cleared, Cause::Signal) if row.retroactive => {
            format!("rule {rule} of rule set {rule_set} was true for a time that is over")
        }
        (Kind::Cleared, Cause::Signal) => format!("rule {rule} is no longer true"),
        (Kind::Retracted, Cause::Signal) => {
            format!("by what is known now, rule {rule} of rule set {rule_set} never was true")
        }
    }
}

const fn wire_state(state: State) -> v1::ExceptionState {
    match state {
        State::Open => v1::ExceptionState::Open,
        State::Cleared => v1::ExceptionState::Cleared,
        State::Retracted => v1::ExceptionState::Retracted,
    }
}
