//! Events as rule evaluation would say them.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::event::v1::{
    Actor, ActorKind, Event, Exception, ExceptionChanged, ExceptionState, ExceptionTransition,
    OrderSummary, event::Payload,
};
use ticketing::{
    domain::id::{ExceptionId, TicketId},
    events::instant::to_wire,
};
use uuid::Uuid;

/// Noon of a promotion day.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-06-18T12:00:00Z".parse().unwrap()
}

pub(crate) fn noon_and(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

pub(crate) fn exception_id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn ticket_id(number: u128) -> TicketId {
    TicketId::of(ExceptionId::from(exception_id(number)))
}

pub(crate) fn opened(number: u128, version: i64) -> Event {
    event(
        number,
        version,
        ExceptionState::Open,
        ExceptionTransition::Opened,
    )
}

pub(crate) fn updated(number: u128, version: i64) -> Event {
    event(
        number,
        version,
        ExceptionState::Open,
        ExceptionTransition::Updated,
    )
}

pub(crate) fn cleared(number: u128, version: i64) -> Event {
    event(
        number,
        version,
        ExceptionState::Cleared,
        ExceptionTransition::Cleared,
    )
}

pub(crate) fn retroactive(number: u128, version: i64) -> Event {
    let mut event = cleared(number, version);
    if let Some(Payload::Exception(changed)) = &mut event.payload {
        changed.exception.as_mut().unwrap().retroactive = true;
    }
    event
}

/// What differs between orders.
pub(crate) struct Order {
    pub(crate) warehouse: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) amount: f64,
}

/// The event of an exception of such an order.
pub(crate) fn of_order(mut event: Event, order: &Order) -> Event {
    if let Some(Payload::Exception(changed)) = &mut event.payload {
        let summary = changed.exception.as_mut().unwrap().order.as_mut().unwrap();
        summary.warehouse = order.warehouse.into();
        summary.kind = order.kind.into();
        summary.amount = order.amount;
    }
    event
}

/// The event that more is known of the order of an exception.
pub(crate) fn order_changed(number: u128, version: i64) -> Event {
    let order = format!("order-{number}");
    Event {
        id: format!("order/{order}/{version}"),
        r#type: "order.changed".into(),
        occurred_at: Some(to_wire(noon())),
        order_ids: vec![order],
        ..Event::default()
    }
}

/// The event of an exception that an exemption covers.
pub(crate) fn exempt(mut event: Event) -> Event {
    if let Some(Payload::Exception(changed)) = &mut event.payload {
        changed.exception.as_mut().unwrap().exempt_by = "spring-agreement".to_owned();
    }
    event.reason = "exemption spring-agreement covers it".to_owned();
    event
}

/// The event of an exception whose rule is only tried out.
pub(crate) fn shadow(mut event: Event) -> Event {
    if let Some(Payload::Exception(changed)) = &mut event.payload {
        changed.exception.as_mut().unwrap().shadow = true;
    }
    event
}

fn event(
    number: u128,
    version: i64,
    state: ExceptionState,
    transition: ExceptionTransition,
) -> Event {
    let id = exception_id(number).to_string();
    let order_id = format!("order-{number}");
    let order = OrderSummary {
        order_id: order_id.clone(),
        warehouse: "shanghai".into(),
        amount: 199.0,
        ..OrderSummary::default()
    };
    let exception = Exception {
        id: id.clone(),
        order_id: order_id.clone(),
        rule: "ship-within-24h".into(),
        scenario: "shipping-delay".into(),
        severity: "high".into(),
        state: state.into(),
        opened_at: Some(to_wire(noon_and(-5))),
        cleared_at: (state == ExceptionState::Cleared).then(|| to_wire(noon())),
        version,
        order: Some(order),
        ..Exception::default()
    };
    Event {
        id: format!("exception/{id}/{version}"),
        r#type: "exception.changed".into(),
        occurred_at: Some(to_wire(noon())),
        actor: Some(Actor {
            kind: ActorKind::Service.into(),
            name: "rule-evaluation".into(),
        }),
        order_ids: vec![order_id],
        exception_id: id,
        payload: Some(Payload::Exception(ExceptionChanged {
            transition: transition.into(),
            exception: Some(exception),
        })),
        ..Event::default()
    }
}
