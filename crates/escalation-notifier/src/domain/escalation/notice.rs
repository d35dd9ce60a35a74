//! What is said because of a decision, and why.

use crate::domain::{
    grouping::Joining,
    policy::{Channel, Recipient, route::Reminder},
    ticket::Ticket,
};

/// What is to be done after a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell somebody.
    Tell(Box<Notice>),
    /// Take back what has not gone out yet and was caused before a version.
    Withdraw {
        /// Notices caused at lower versions are taken back.
        before: i64,
        /// Also notices of overdue steps.
        overdue_too: bool,
    },
    /// Tell whoever was told of the ticket what came of it.
    TellThoseTold {
        /// What came of it.
        cause: Cause,
        /// Version at which it did.
        version: i64,
    },
    /// A level beyond the first was reached.
    Escalated {
        /// The level, from 1.
        level: u32,
        /// Round it belongs to.
        round: i64,
    },
}

/// One thing to say to several people by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Why.
    pub cause: Cause,
    /// Level of escalation, from 1; 0 for what belongs to none.
    pub level: u32,
    /// Version of the ticket that caused it: part of the natural key.
    pub occurrence: i64,
    /// Version of the ticket at which the alarm began that it belongs to: its round, or what
    /// happened after somebody had taken it on.
    pub alarm: i64,
    /// How many times it was said before: part of the natural key.
    pub repetition: u32,
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// By which channel.
    pub channel: Channel,
    /// What the ticket looked like.
    pub ticket: Ticket,
    /// Group that it is told with; `None` when it goes by itself.
    pub joining: Option<Joining>,
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The ticket was opened.
    Opened,
    /// The ticket was opened again, or changed hands: whoever had taken it on
    /// no longer answers for it.
    Reopened,
    /// Somebody took it on, but it is not resolved, and nothing happens.
    Unresolved,
    /// Nobody acknowledged in time.
    Escalated,
    /// A step's deadline is near.
    DueSoon,
    /// A step's deadline has passed.
    Overdue,
    /// Somebody was asked to take the step.
    Offered,
    /// Whoever was asked to take the step did not answer.
    Referred,
    /// Nobody took it up in time.
    ResponseOverdue,
    /// A machine should have done the step, and could not.
    AutomationFailed,
    /// Somebody took it on, which only what keeps a state of it is told of.
    Acknowledged,
    /// Another alarm began, or the incident is over of which nobody is to be told so, and this
    /// one is over: only what keeps a state of it is told.
    Superseded,
    /// The ticket is resolved, or the incident is over.
    Resolved,
    /// Many tickets have one cause.
    Incident,
    /// Somebody tries whether a message arrives.
    Test,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 15] = [
        Self::Opened,
        Self::Reopened,
        Self::Unresolved,
        Self::Escalated,
        Self::DueSoon,
        Self::Overdue,
        Self::Offered,
        Self::Referred,
        Self::ResponseOverdue,
        Self::AutomationFailed,
        Self::Acknowledged,
        Self::Superseded,
        Self::Resolved,
        Self::Incident,
        Self::Test,
    ];

    /// Its name in the ledger and in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Unresolved => "unresolved",
            Self::Escalated => "escalated",
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::Offered => "offered",
            Self::Referred => "referred",
            Self::ResponseOverdue => "response-overdue",
            Self::AutomationFailed => "automation-failed",
            Self::Acknowledged => "acknowledged",
            Self::Superseded => "superseded",
            Self::Resolved => "resolved",
            Self::Incident => "incident",
            Self::Test => "test",
        }
    }

    /// Whether whoever has taken the ticket on has to know: they asked
    /// somebody, or relied on a machine.
    #[must_use]
    pub fn is_news_to_the_holder(self) -> bool {
        matches!(
            self,
            Self::Offered | Self::Referred | Self::AutomationFailed
        )
    }

    /// Whether somebody may take the ticket on because of it.
    #[must_use]
    pub fn waits_for_somebody(self) -> bool {
        !matches!(
            self,
            Self::Acknowledged | Self::Superseded | Self::Resolved | Self::Incident | Self::Test
        )
    }

    /// Whether people are told of it.
    #[must_use]
    pub fn is_for_people(self) -> bool {
        !matches!(self, Self::Acknowledged | Self::Superseded)
    }

    /// Cause of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }
}

impl Notice {
    /// What came of a ticket, for those who were told of it.
    pub(crate) fn of_outcome(cause: Cause, occurrence: i64, alarm: i64, ticket: Ticket) -> Self {
        Self {
            cause,
            level: 0,
            occurrence,
            alarm,
            repetition: 0,
            recipients: Vec::new(),
            channel: Channel::Log,
            ticket,
            joining: None,
        }
    }

    /// A reminder: one notice a channel.
    pub(super) fn of_reminder<'a>(
        reminder: &'a Reminder,
        cause: Cause,
        (occurrence, alarm): (i64, i64),
        ticket: &'a Ticket,
    ) -> impl Iterator<Item = Self> + 'a {
        reminder.channels.iter().map(move |&channel| Self {
            cause,
            level: 0,
            occurrence,
            alarm,
            repetition: 0,
            recipients: reminder.recipients.clone(),
            channel,
            ticket: ticket.clone(),
            joining: None,
        })
    }
}
