//! Exceptions as they are spoken of.

use crate::Interval;
use order::{SourceId, Timestamp};
use uuid::Uuid;

/// How an exception stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Its rule is true still.
    Open,
    /// It has an end.
    Cleared,
    /// It never was so, or its rule is gone.
    Retracted,
}

/// One exception as it was last spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Handle for life: UUIDv5 of order, rule and the first start that was known.
    pub id: Uuid,
    /// Name of the rule.
    pub rule: String,
    /// Where its interval begins.
    pub opened_at: Timestamp,
    /// Where its interval ends; none while it lasts.
    pub cleared_at: Option<Timestamp>,
    /// How it stands.
    pub state: State,
    /// Sources that had not reported past `opened_at`; while there are any, it is unconfirmed.
    pub late_sources: Vec<SourceId>,
    /// Opened and cleared before it could be known: disturbs nobody.
    pub retroactive: bool,
    /// List of exemptions that exempts it, at the last instant of it that is known.
    pub exempt: Option<String>,
    /// Its rule is only tried: tickets nobody.
    pub shadow: bool,
    /// Grows by one with every transition, from 1.
    pub version: i64,
    /// When it was first spoken of.
    pub detected_at: Timestamp,
}

impl Spoken {
    /// Whether it was judged before every source had reported that far.
    pub fn is_unconfirmed(&self) -> bool {
        !self.late_sources.is_empty()
    }

    pub(super) fn interval(&self) -> Interval {
        Interval {
            opened_at: self.opened_at,
            cleared_at: self.cleared_at,
        }
    }
}

/// What happened to an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It is open and was not: new, or open again.
    Opened,
    /// Its instants, its confirmation, its exemption or its mode changed, not its state.
    Updated,
    /// It has an end; also the first word about a retroactive one.
    Cleared,
    /// It never was so.
    Retracted,
}

/// Why something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Time passed or facts arrived.
    Signal,
    /// Sources reported past its beginning, and it stands.
    Confirmed,
    /// An exemption came into force or was found to concern it, or another one than before.
    Exempted,
    /// No exemption concerns it any more.
    ExemptionEnded,
    /// Its rule became active, or is only tried from now on.
    ModeChanged,
    /// The rule set in force has no such rule.
    RuleRemoved,
}

/// One thing to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// What happened.
    pub kind: Kind,
    /// Why.
    pub cause: Cause,
    /// The exception right after it.
    pub exception: Spoken,
}
