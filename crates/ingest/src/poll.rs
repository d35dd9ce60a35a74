//! One poll or query as a state machine: from a checkpoint to requests, pages, waits and at last
//! the next checkpoint. It decides; whoever runs it asks, waits and stores.
//!
//! Pure: no clock, socket, database or randomness.

mod answer;
mod link;
mod page;
mod request;
mod retry;
mod rows;
mod state;
mod task;
mod window;

pub(crate) use answer::quoted;
pub use answer::{Answered, Broken};
pub use request::{Credentials, Installation, Payload, Request};
pub use retry::Jitter;
pub use rows::Select;
pub use state::State;
pub use task::{Polling, Querying, Task};
pub use window::{Checkpoint, Window};

use order::Timestamp;
use serde_json::Value as Json;

use crate::connector::Position;

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run begins.
    Begun {
        /// Through where earlier runs came.
        checkpoint: Option<Checkpoint>,
        /// Where it ends, when that is not the present.
        until: Option<Timestamp>,
        /// When.
        now: Timestamp,
    },
    /// A request was answered.
    Answered {
        /// The answer.
        answer: Answered,
        /// When.
        now: Timestamp,
        /// Chance, for how long to wait.
        jitter: Jitter,
    },
    /// A statement was answered.
    Selected {
        /// The rows, in their order.
        rows: Vec<Record>,
        /// When.
        now: Timestamp,
    },
    /// A request or statement was not answered, or not whole.
    Broken {
        /// Why.
        cause: Broken,
        /// When.
        now: Timestamp,
        /// Chance, for how long to wait.
        jitter: Jitter,
    },
    /// A page is in the journal, with the checkpoint that came with it.
    Journalled {
        /// When.
        now: Timestamp,
    },
    /// The wait is over, or the token is a fresh one.
    Resumed {
        /// When.
        now: Timestamp,
    },
}

/// What is to be done next.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a request; then `Answered` or `Broken`.
    Ask(Box<Request>),
    /// Ask the database; then `Selected` or `Broken`.
    Select(Select),
    /// Wait; then `Resumed`.
    Wait {
        /// Until when.
        until: Timestamp,
        /// Why.
        because: Failure,
    },
    /// Give up the access token and get another; then `Resumed`.
    Renew,
    /// Journal a page and store the checkpoint that comes with it, in one transaction; then
    /// `Journalled`.
    Deliver(Page),
    /// Nothing: the run is complete.
    Finish,
    /// Nothing: the run failed. The checkpoint stays where it was.
    Fail(Failure),
}

/// Records of one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The records, each an object.
    pub records: Vec<Record>,
    /// What is known when they are journalled; none while there are more pages.
    pub conclusion: Option<Conclusion>,
    /// The window that they are of.
    pub window: Window,
    /// Number of the page within the window, from 1.
    pub number: u32,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The record.
    pub value: Json,
    /// Why it cannot be mapped as it is, such as that nobody can tell how new it is.
    pub fault: Option<String>,
}

/// What is known after a window was read to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// Where the next window begins.
    pub checkpoint: Checkpoint,
    /// Through when everything is delivered; none while a backlog is caught up with, because
    /// what changed since is in a later window.
    pub watermark: Option<Timestamp>,
    /// What is odd about the vendor's answers, though nothing is lost.
    pub notice: Option<Notice>,
}

/// What is odd about the vendor's answers, though nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// Records are older than what was asked for.
    #[error(
        "the vendor answered with records of {found}, older than the {asked} that was asked for: \
         its cursor went back, or it does not heed `from`; the checkpoint stays where it was"
    )]
    Backwards {
        /// The oldest.
        found: Position,
        /// What was asked for.
        asked: Position,
    },
}

/// Why a run, or a try, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// What happened, in words that name no secret.
    pub message: String,
    /// Before when it makes no sense to try again.
    pub not_before: Option<Timestamp>,
}

/// The kinds of failures of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The vendor wants fewer requests.
    Throttled,
    /// The vendor, or the way to it, has trouble.
    Unavailable,
    /// The vendor does not accept the credentials.
    Unauthorized,
    /// The vendor refuses, and will again.
    Refused,
    /// The answer is not as the document says.
    Answer,
    /// The list leads back to where it was.
    Loop,
    /// The list has more pages than it may have.
    Pages,
    /// A link leads to somebody else.
    Link,
    /// A request cannot be written.
    Request,
    /// The rows of a query are not such as can be read.
    Rows,
}

impl Event {
    /// Returns whether it is what a vendor or a database said, or that it said nothing.
    pub(crate) const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Answered { .. } | Self::Selected { .. } | Self::Broken { .. }
        )
    }
}

impl Effect {
    /// Returns what the answer was that led to it, in the word that metrics use.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Wait { because, .. } | Self::Fail(because) => because.kind.as_str(),
            Self::Renew => FailureKind::Unauthorized.as_str(),
            Self::Ask(_) | Self::Select(_) | Self::Deliver(_) | Self::Finish => "success",
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            not_before: None,
        }
    }
}

impl FailureKind {
    /// Returns the word that metrics use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::Refused => "refused",
            Self::Answer => "answer",
            Self::Loop => "loop",
            Self::Pages => "pages",
            Self::Link => "link",
            Self::Request => "request",
            Self::Rows => "rows",
        }
    }

    /// Returns the operator's handle.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Throttled => "OW-INGEST-POLL-THROTTLED",
            Self::Unavailable => "OW-INGEST-POLL-UNAVAILABLE",
            Self::Unauthorized => "OW-INGEST-POLL-UNAUTHORIZED",
            Self::Refused => "OW-INGEST-POLL-REFUSED",
            Self::Answer => "OW-INGEST-POLL-ANSWER",
            Self::Loop => "OW-INGEST-POLL-LOOP",
            Self::Pages => "OW-INGEST-POLL-PAGES",
            Self::Link => "OW-INGEST-POLL-LINK",
            Self::Request => "OW-INGEST-POLL-REQUEST",
            Self::Rows => "OW-INGEST-QUERY-ROWS",
        }
    }
}

#[cfg(test)]
mod tests;
