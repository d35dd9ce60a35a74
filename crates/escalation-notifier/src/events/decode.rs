//! A ticket's event, turned into what the domain speaks of.

use chrono::{DateTime, Utc};
use contracts::event::v1::{Event, OrderSummary, TicketChanged, TicketTransition, event::Payload};
use prost::Message;
use prost_types::Timestamp;

use crate::domain::ticket::{Observation, Severity, Ticket, Transition};

/// Why an event cannot be understood.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("it is not an event envelope")]
    Malformed(#[from] prost::DecodeError),
    #[error("expected a ticket in it, found none")]
    NoTicket,
    #[error("expected {0}, but it is missing")]
    Missing(&'static str),
    #[error("{0} is no instant")]
    NoInstant(&'static str),
    #[error("transition {0} is unknown")]
    UnknownTransition(i32),
}

/// Reads an event of the subject `orderwatch.tickets.*`.
///
/// # Errors
///
/// It is not what the contract says.
pub fn observation(payload: &[u8]) -> Result<Observation, Error> {
    let event = Event::decode(payload)?;
    let at = instant("occurred_at", event.occurred_at)?.ok_or(Error::Missing("occurred_at"))?;
    let Some(Payload::Ticket(changed)) = event.payload else {
        return Err(Error::NoTicket);
    };
    if changed.ticket_id.is_empty() {
        return Err(Error::Missing("ticket_id"));
    }
    if changed.version <= 0 {
        return Err(Error::Missing("version"));
    }
    Ok(Observation {
        transition: transition(changed.transition)?,
        version: changed.version,
        acknowledged: changed.acknowledged,
        at,
        ticket: ticket(changed, at)?,
    })
}

fn transition(number: i32) -> Result<Transition, Error> {
    let unknown = |_| Error::UnknownTransition(number);
    Ok(match TicketTransition::try_from(number).map_err(unknown)? {
        TicketTransition::Unspecified => return Err(Error::UnknownTransition(number)),
        TicketTransition::Opened => Transition::Opened,
        TicketTransition::Acknowledged => Transition::Acknowledged,
        TicketTransition::DueSoon => Transition::DueSoon,
        TicketTransition::Overdue => Transition::Overdue,
        TicketTransition::Resolved => Transition::Resolved,
        TicketTransition::Reopened => Transition::Reopened,
        TicketTransition::Assigned
        | TicketTransition::StepCompleted
        | TicketTransition::HandedOver
        | TicketTransition::StepSkipped
        | TicketTransition::Offered
        | TicketTransition::Rejected
        | TicketTransition::Withdrawn
        | TicketTransition::Referred
        | TicketTransition::Paused
        | TicketTransition::Resumed
        | TicketTransition::Snoozed
        | TicketTransition::Unsnoozed
        | TicketTransition::ResponseOverdue
        | TicketTransition::ResolutionOverdue
        | TicketTransition::Migrated
        | TicketTransition::AutomationFailed
        | TicketTransition::AutomationIgnored
        | TicketTransition::Commented => Transition::Other,
    })
}

fn ticket(changed: TicketChanged, at: DateTime<Utc>) -> Result<Ticket, Error> {
    let OrderSummary {
        order_id,
        warehouse,
        region,
        ..
    } = changed.order.unwrap_or_default();
    Ok(Ticket {
        id: changed.ticket_id,
        exception_id: changed.exception_id,
        order_id,
        warehouse,
        region,
        scenario: changed.scenario,
        severity: Severity::named(&changed.severity),
        rule: changed.rule,
        department: changed.department,
        assignee: changed.assignee,
        step: changed.step,
        instructions: changed.instructions,
        due_at: instant("due_at", changed.due_at)?,
        opened_at: instant("opened_at", changed.opened_at)?.unwrap_or(at),
    })
}

fn instant(
    field: &'static str,
    timestamp: Option<Timestamp>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(Timestamp { seconds, nanos }) = timestamp else {
        return Ok(None);
    };
    let nanos = u32::try_from(nanos).map_err(|_| Error::NoInstant(field))?;
    DateTime::from_timestamp(seconds, nanos)
        .map(Some)
        .ok_or(Error::NoInstant(field))
}
