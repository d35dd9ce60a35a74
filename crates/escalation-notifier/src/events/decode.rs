//! A ticket's event, turned into what the domain speaks of.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::event::v1::{
    Event, OrderSummary, TicketChanged, TicketGroupChanged, TicketTransition, event::Payload,
};
use prost::Message;
use prost_types::Timestamp;

use crate::domain::ticket::{Amount, Incident, Moves, Observation, Severity, Ticket, Transition};

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

/// What an event of ticketing tells.
#[derive(Debug)]
pub enum Heard {
    /// Something happened to a ticket.
    Ticket(Observation),
    /// Many tickets have one cause.
    Incident(Incident),
    /// Tickets came to an incident, or left it.
    Moves(Moves),
    /// Something of which nobody is told.
    Nothing,
}

/// Reads an event of the subjects `orderwatch.tickets.>`.
///
/// # Errors
///
/// It is not what the contract says.
pub fn heard(payload: &[u8]) -> Result<Heard, Error> {
    let event = Event::decode(payload)?;
    let at = instant("occurred_at", event.occurred_at)?.ok_or(Error::Missing("occurred_at"))?;
    match event.payload {
        Some(Payload::Ticket(changed)) => observation(changed, at).map(Heard::Ticket),
        Some(Payload::TicketGroup(changed)) => {
            let open = match (changed.kind.as_str(), event.r#type.as_str()) {
                ("incident", "ticket-group.opened") => true,
                ("incident", "ticket-group.closed") => false,
                ("incident", "ticket-group.members") => return Ok(Heard::Moves(moves(changed))),
                _ => return Ok(Heard::Nothing),
            };
            Ok(Heard::Incident(incident(changed, event.reason, at, open)))
        }
        _ => Err(Error::NoTicket),
    }
}

fn moves(changed: TicketGroupChanged) -> Moves {
    Moves {
        group: changed.group_id,
        version: changed.version,
        joined: changed.joined,
        left: changed.left,
    }
}

fn incident(
    changed: TicketGroupChanged,
    reason: String,
    at: DateTime<Utc>,
    open: bool,
) -> Incident {
    let shared = |dimension: &str| match changed.dimension == dimension {
        true => changed.value.clone(),
        false => String::new(),
    };
    Incident {
        version: changed.version,
        open,
        ticket: Ticket {
            kind: "incident".to_owned(),
            warehouse: shared("warehouse"),
            region: shared("region"),
            channel: shared("channel"),
            incident: match changed.names_members {
                true => changed.group_id.clone(),
                false => String::new(),
            },
            id: changed.group_id,
            scenario: changed.scenario,
            severity: Severity::named("critical"),
            department: changed.department,
            assignee: changed.assignee,
            step: changed.title,
            instructions: reason,
            opened_at: at,
            ..Ticket::default()
        },
    }
}

fn observation(changed: TicketChanged, at: DateTime<Utc>) -> Result<Observation, Error> {
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
        come_back: come_back(changed.come_back),
        ticket: ticket(changed, at)?,
    })
}

/// What makes no sense is as if it were not said.
fn come_back(wish: Option<prost_types::Duration>) -> Option<TimeDelta> {
    let wish = wish.and_then(|wish| TimeDelta::try_seconds(wish.seconds));
    wish.filter(|wish| (TimeDelta::minutes(1)..=TimeDelta::days(7)).contains(wish))
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
        TicketTransition::Offered => Transition::Offered,
        TicketTransition::Referred => Transition::Referred,
        TicketTransition::ResponseOverdue => Transition::ResponseOverdue,
        TicketTransition::AutomationFailed => Transition::AutomationFailed,
        TicketTransition::Assigned
        | TicketTransition::StepCompleted
        | TicketTransition::HandedOver
        | TicketTransition::StepSkipped
        | TicketTransition::Rejected
        | TicketTransition::Withdrawn
        | TicketTransition::Paused
        | TicketTransition::Resumed
        | TicketTransition::Snoozed
        | TicketTransition::Unsnoozed
        | TicketTransition::ResolutionOverdue
        | TicketTransition::Migrated
        | TicketTransition::AutomationIgnored
        | TicketTransition::EvidenceAttached
        | TicketTransition::EvidenceRemoved
        | TicketTransition::Commented => Transition::Other,
    })
}

fn ticket(changed: TicketChanged, at: DateTime<Utc>) -> Result<Ticket, Error> {
    let OrderSummary {
        order_id,
        warehouse,
        region,
        kind,
        customer_tier,
        amount,
        channel,
    } = changed.order.unwrap_or_default();
    let mut late_sources = changed.late_sources;
    if late_sources.is_empty() {
        late_sources.extend(order_id.strip_prefix("source:").map(str::to_owned));
    }
    late_sources.sort();
    Ok(Ticket {
        id: changed.ticket_id,
        exception_id: changed.exception_id,
        order_id,
        warehouse,
        region,
        kind,
        channel,
        customer_tier,
        amount: Amount::of_units(amount),
        scenario: changed.scenario,
        severity: Severity::named(&changed.severity),
        rule: changed.rule,
        department: changed.department,
        team: changed.team,
        assignee: changed.assignee,
        asked_department: changed.offered_to_department,
        asked_assignee: changed.offered_to_assignee,
        step: changed.step,
        instructions: changed.instructions,
        unconfirmed: changed.unconfirmed,
        late_sources,
        incident: String::new(),
        due_at: instant("due_at", changed.due_at)?,
        opened_at: instant("opened_at", changed.opened_at)?.unwrap_or(at),
    })
}

/// An instant of the wire, when it is there.
///
/// # Errors
///
/// It is none.
pub(crate) fn instant(
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
