//! One delivery: one recipient told once by one channel of one cause.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    escalation::{Cause, Notice},
    grouping::Joining,
    quiet::hours::Told,
    routing::Destination,
    ticket::Ticket,
};

/// Namespace of delivery ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f72_6465_7277_4174_8368_6465_6c69_7665);

/// Id of a delivery: the same cause, recipient and channel always give the
/// same one, so that telling twice is telling once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(Uuid);

/// A delivery as it is first written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Id, made of the natural key.
    pub id: DeliveryId,
    /// Why.
    pub cause: Cause,
    /// Level of escalation, from 1; 0 for what belongs to none.
    pub level: u32,
    /// Version of the ticket that caused it.
    pub occurrence: i64,
    /// Version of the ticket at which the alarm began that it belongs to.
    pub alarm: i64,
    /// How many times it was said before.
    pub repetition: u32,
    /// Where to.
    pub destination: Destination,
    /// How soon it goes, compared with others: higher first.
    pub urgency: i16,
    /// What the ticket looked like.
    pub ticket: Ticket,
    /// W3C trace context of the event that caused it.
    pub traceparent: Option<String>,
    /// Group that it is told with; `None` when it goes by itself.
    pub joining: Option<Joining>,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waits to be sent.
    Pending,
    /// Is being sent under a lease.
    Sending,
    /// Was taken by the vendor.
    Sent,
    /// Waits to be sent again.
    Retrying,
    /// Was refused, or given up.
    Failed,
    /// Is not needed any more.
    Cancelled,
    /// Something keeps it back.
    Held,
}

/// A delivery that is being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id.
    pub id: DeliveryId,
    /// Why.
    pub cause: Cause,
    /// Level of escalation.
    pub level: u32,
    /// Version of the ticket that caused it.
    pub occurrence: i64,
    /// Version of the ticket at which the alarm began that it belongs to.
    pub alarm: i64,
    /// How many times it was said before.
    pub repetition: u32,
    /// Where to.
    pub destination: Destination,
    /// How soon it goes.
    pub urgency: i16,
    /// What the ticket looked like.
    pub ticket: Ticket,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// W3C trace context of the event that caused it.
    pub traceparent: Option<String>,
    /// What goes out in one message with it.
    pub bundle: Option<Uuid>,
    /// What whoever it is for may have got it as; `None` when it cannot have arrived.
    pub known_as: Option<Uuid>,
}

impl DeliveryId {
    /// Id of the natural key.
    #[must_use]
    pub fn of(
        ticket_id: &str,
        cause: Cause,
        level: u32,
        occurrence: i64,
        repetition: u32,
        destination: &Destination,
    ) -> Self {
        let mut key = [
            ticket_id,
            cause.as_str(),
            &level.to_string(),
            &occurrence.to_string(),
            destination.channel.as_str(),
            &destination.recipient,
        ]
        .join("\u{1f}");
        if repetition > 0 {
            key.push('\u{1f}');
            key.push_str(&repetition.to_string());
        }
        Self(Uuid::new_v5(&NAMESPACE, key.as_bytes()))
    }

    /// Id that the ledger holds.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// As the ledger holds it.
    #[must_use]
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl NewDelivery {
    /// A notice on its way to one destination.
    #[must_use]
    pub fn of(notice: &Notice, destination: Destination, traceparent: Option<String>) -> Self {
        Self {
            id: DeliveryId::of(
                &notice.ticket.id,
                notice.cause,
                notice.level,
                notice.occurrence,
                notice.repetition,
                &destination,
            ),
            cause: notice.cause,
            level: notice.level,
            occurrence: notice.occurrence,
            alarm: notice.alarm,
            repetition: notice.repetition,
            destination,
            urgency: urgency(notice.cause, &notice.ticket),
            ticket: notice.ticket.clone(),
            traceparent,
            joining: notice.joining.clone(),
        }
    }

    /// What was said once of a level is said again: cause, level, occurrence, which is the
    /// round, and how many times it was said before.
    #[must_use]
    pub fn again(
        (cause, level, occurrence, repetition): (Cause, u32, i64, u32),
        destination: Destination,
        ticket: Ticket,
    ) -> Self {
        Self {
            id: DeliveryId::of(
                &ticket.id,
                cause,
                level,
                occurrence,
                repetition,
                &destination,
            ),
            cause,
            level,
            occurrence,
            alarm: occurrence,
            repetition,
            destination,
            urgency: urgency(cause, &ticket),
            ticket,
            traceparent: None,
            joining: None,
        }
    }
}

impl NewDelivery {
    /// What is told to whom.
    #[must_use]
    pub fn told(&self) -> Told<'_> {
        Told {
            cause: self.cause,
            ticket: &self.ticket,
            channel: self.destination.channel,
            recipient: &self.destination.recipient,
        }
    }
}

impl Outgoing {
    /// What it has in common with those that go out in one message with it.
    #[must_use]
    pub fn travels_with(&self) -> Option<Uuid> {
        self.known_as.or(self.bundle)
    }

    /// The same notice on its way to another destination.
    #[must_use]
    pub fn redirected(self, destination: Destination) -> NewDelivery {
        NewDelivery {
            id: DeliveryId::of(
                &self.ticket.id,
                self.cause,
                self.level,
                self.occurrence,
                self.repetition,
                &destination,
            ),
            cause: self.cause,
            level: self.level,
            occurrence: self.occurrence,
            alarm: self.alarm,
            repetition: self.repetition,
            destination,
            urgency: self.urgency,
            ticket: self.ticket,
            traceparent: self.traceparent,
            joining: None,
        }
    }
}

/// Critical tickets and broken deadlines go first, good news last.
#[must_use]
pub fn urgency(cause: Cause, ticket: &Ticket) -> i16 {
    let critical = i16::from(ticket.severity.is_critical()) * 2;
    match cause {
        Cause::Resolved => 0,
        Cause::Opened | Cause::Reopened => 1 + critical,
        Cause::Unresolved
        | Cause::Offered
        | Cause::Referred
        | Cause::AutomationFailed
        | Cause::DueSoon
        | Cause::Escalated => 2 + critical,
        // Before what begins the next round.
        Cause::Acknowledged | Cause::Superseded => 3,
        Cause::Overdue | Cause::ResponseOverdue => 3 + critical,
        // Somebody waits for it.
        Cause::Test => 3,
        Cause::Incident => 6,
    }
}

impl DeliveryState {
    /// Its name in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
        }
    }

    /// State of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::Sending,
            Self::Sent,
            Self::Retrying,
            Self::Failed,
            Self::Cancelled,
            Self::Held,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }
}
