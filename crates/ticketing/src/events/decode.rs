//! Events of rule evaluation, made into reports.

use contracts::event::v1::{Event, ExceptionState, OrderSummary as WireOrder, event::Payload};
use prost::Message;
use thiserror::Error;

use super::instant;
use crate::domain::exception::{Exception, OrderSummary, Report, Standing};

/// Type of the event that more is known of orders.
const ORDER_CHANGED: &str = "order.changed";

/// The event cannot be understood, now or later.
#[derive(Debug, Error)]
pub enum Undecodable {
    /// It is no event.
    #[error("is not an encoded event")]
    Bytes(#[from] prost::DecodeError),
    /// It says something else than how an exception stands.
    #[error("event {0} carries no exception")]
    NoException(String),
    /// A part of the exception is missing or wrong.
    #[error("event {event}: exception.{field} {what}")]
    Field {
        /// Id of the event.
        event: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// What rule evaluation tells.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// How an exception stands.
    Exception(Box<Report>),
    /// That more is known of these orders.
    Orders(Vec<String>),
}

/// Decodes an event of rule evaluation.
///
/// # Errors
/// [`Undecodable`] when it is none.
pub fn news(payload: &[u8]) -> Result<News, Undecodable> {
    let event = Event::decode(payload)?;
    if event.r#type == ORDER_CHANGED {
        return Ok(News::Orders(event.order_ids));
    }
    Ok(News::Exception(Box::new(report(event)?)))
}

fn report(event: Event) -> Result<Report, Undecodable> {
    let Some(Payload::Exception(changed)) = event.payload else {
        return Err(Undecodable::NoException(event.id));
    };
    let Some(wire) = changed.exception else {
        return Err(Undecodable::NoException(event.id));
    };
    let wrong = |field, what| Undecodable::Field {
        event: event.id.clone(),
        field,
        what,
    };
    let standing = match wire.state() {
        ExceptionState::Open if wire.shadow => Standing::Shadow,
        ExceptionState::Open if !wire.exempt_by.is_empty() => Standing::Exempt,
        ExceptionState::Open => Standing::Open,
        ExceptionState::Cleared => Standing::Cleared,
        ExceptionState::Retracted => Standing::Retracted,
        ExceptionState::Unspecified => return Err(wrong("state", "must be said")),
    };
    let silent = wire.retroactive || wire.shadow || !wire.exempt_by.is_empty();
    let opened_at = wire.opened_at.as_ref().and_then(instant::from_wire);
    let exception = Exception {
        id: wire.id.parse().map_err(|_| wrong("id", "must be a UUID"))?,
        version: wire.version,
        standing,
        rule: wire.rule,
        scenario: wire.scenario,
        severity: wire.severity,
        opened_at: opened_at.ok_or_else(|| wrong("opened_at", "must be an instant"))?,
        cleared_at: wire.cleared_at.as_ref().and_then(instant::from_wire),
        unconfirmed: wire.unconfirmed,
        late_sources: wire.late_sources,
        order: order(wire.order.unwrap_or_default(), wire.order_id),
    };
    Ok(Report {
        exception,
        silent,
        reason: event.reason,
    })
}

fn order(wire: WireOrder, order_id: String) -> OrderSummary {
    OrderSummary {
        order_id,
        warehouse: wire.warehouse,
        region: wire.region,
        kind: wire.kind,
        customer_tier: wire.customer_tier,
        amount: wire.amount,
        channel: wire.channel,
    }
}
