//! What works on a step instead of a person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{id::TicketId, span::Span};

/// Namespace of the ids of calls. Never changes: receivers know calls by them.
const CALLS: Uuid = Uuid::from_u128(0x3b1e_55a2_6d0c_5f1c_8a44_0f64_9c1d_7a25);

/// What works on a step, and for how long at most. Then the step's holder gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automation {
    /// What it does.
    pub job: Job,
    /// Longest that it may take, by the wall clock.
    pub at_most: Span,
}

/// What an automation does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// Calls a webhook, whose answer says what came of the step.
    Webhook(Webhook),
    /// Posts to a subject of the broker.
    Publish {
        /// The subject.
        subject: String,
    },
    /// Waits until the order's facts say so.
    Wait {
        /// The condition, in CEL.
        until: String,
    },
}

/// How a webhook is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Name of the endpoint, of which the configuration knows the address and the secret.
    pub endpoint: String,
    /// Longest that one attempt may take.
    pub timeout: Span,
    /// Attempts after which it is given up.
    pub attempts: u32,
    /// Wait after the first failure, which doubles with each further one.
    pub backoff: Span,
}

/// A call that is to be made: one turn of a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// The ticket.
    pub ticket: TicketId,
    /// Name of the step.
    pub step: String,
    /// The turn of the step: whoever comes to it again calls anew.
    pub turn: i64,
}

/// A condition over an order's facts that ends a step when it becomes true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Awaited {
    /// Name of the step.
    pub step: String,
    /// The turn of the step.
    pub turn: i64,
    /// The condition, in CEL.
    pub condition: String,
}

impl Job {
    /// Whether it is done by a call to somebody else.
    #[must_use]
    pub fn is_call(&self) -> bool {
        !matches!(self, Self::Wait { .. })
    }
}

impl Call {
    /// The key by which receivers know it, however often it is made: version 5 of ticket, step
    /// and turn.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let name = format!("{}/{}/{}", self.ticket, self.step, self.turn);
        Uuid::new_v5(&CALLS, name.as_bytes())
    }
}

impl Webhook {
    /// How long to wait after so many failures.
    #[must_use]
    pub fn wait_after(&self, failures: u32) -> chrono::TimeDelta {
        let doublings = failures.saturating_sub(1).min(16);
        self.backoff.delta() * (1 << doublings)
    }
}

impl std::fmt::Display for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Webhook(webhook) => write!(f, "webhook {}", webhook.endpoint),
            Self::Publish { subject } => write!(f, "message to {subject}"),
            Self::Wait { until } => write!(f, "wait for {until}"),
        }
    }
}
