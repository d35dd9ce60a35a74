//! What rule evaluation says about an exception.

use serde::{Deserialize, Serialize};

use super::{Instant, id::ExceptionId};

/// An exception as of one of its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// Its handle; stays when its instants change.
    pub id: ExceptionId,
    /// Grows with every transition of the exception; older reports are ignored.
    pub version: i64,
    /// Whether it lasts.
    pub standing: Standing,
    /// Name of the rule that is true.
    pub rule: String,
    /// What kind of trouble it is; chooses the procedure.
    pub scenario: String,
    /// How bad it is, in the rule's words.
    pub severity: String,
    /// Event time at which it began.
    pub opened_at: Instant,
    /// Event time at which it ended; absent while it lasts.
    pub cleared_at: Option<Instant>,
    /// Judged although a source had not reported that far.
    pub unconfirmed: bool,
    /// Those sources; of an exception about a late source, that source.
    pub late_sources: Vec<String>,
    /// The order it is about.
    pub order: OrderSummary,
}

/// Whether an exception lasts, and whether anybody has to act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The rule is true.
    Open,
    /// The rule is true, and an exemption covers it.
    Exempt,
    /// The rule is true, and only tried out.
    Shadow,
    /// The rule is no longer true.
    Cleared,
    /// The rule never was true.
    Retracted,
}

/// What tickets say about an order. No personal data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderSummary {
    /// Id of the order.
    pub order_id: String,
    /// Warehouse that ships it.
    pub warehouse: String,
    /// Region it goes to.
    pub region: String,
    /// Kind of order, such as `presale`.
    pub kind: String,
    /// Tier of the customer, such as `vip`.
    pub customer_tier: String,
    /// Amount in currency units.
    pub amount: f64,
    /// Channel it was sold through.
    pub channel: String,
}

/// One report about an exception.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The exception as of now.
    pub exception: Exception,
    /// Opens no ticket: it was over before it could be known, an exemption covers it, or its
    /// rule is only tried out.
    pub silent: bool,
    /// Why it changed, in one sentence.
    pub reason: String,
}

impl Standing {
    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Exempt => "exempt",
            Self::Shadow => "shadow",
            Self::Cleared => "cleared",
            Self::Retracted => "retracted",
        }
    }

    /// The standing behind a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Open,
            Self::Exempt,
            Self::Shadow,
            Self::Cleared,
            Self::Retracted,
        ]
        .into_iter()
        .find(|s| s.as_str() == word)
    }
}
