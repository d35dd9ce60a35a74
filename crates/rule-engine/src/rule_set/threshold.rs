//! Decision tables as written, and which row an order takes.

use super::RuleSet;
use crate::evaluate::Moment;
use crate::explain::{self, Explanation, Language};
use order::{OrderView, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A decision table as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// Name, as rules write it.
    pub name: String,
    /// Type of its values.
    pub value_type: ValueType,
    /// Its plain rows, in order.
    pub rows: Vec<ThresholdRow>,
    /// Its campaigns, in the order in which they decide.
    pub campaigns: Vec<Campaign>,
    /// Value when no row is true: a literal, or an expression when there is `otherwise`.
    pub default: String,
    /// Value while an expression for default is not known.
    pub otherwise: Option<String>,
}

/// One row of a table as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdRow {
    /// Its parts in CEL; all must be true.
    pub conditions: Vec<String>,
    /// Its value: a literal or an expression.
    pub value: String,
    /// Why it is there.
    pub note: Option<String>,
}

/// Rows that come before the plain ones, for the orders of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Name, unique in its table.
    pub name: String,
    /// First instant.
    pub from: Timestamp,
    /// First instant past it.
    pub until: Timestamp,
    /// Instant of the order, in CEL, that decides whether it belongs to the campaign.
    pub by: String,
    /// The higher comes first.
    pub priority: i64,
    /// Its rows, in order.
    pub rows: Vec<ThresholdRow>,
    /// Value when none of its rows is true; without it the search goes on behind the campaign.
    pub default: Option<String>,
}

/// Types of the values of decision tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// A span of time, such as `36h`.
    Duration,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// True or false.
    Bool,
    /// A text.
    String,
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Duration => "duration",
            Self::Int => "int",
            Self::Double => "double",
            Self::Bool => "bool",
            Self::String => "string",
        })
    }
}

/// Which row of a table an order takes, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Campaign of the row; none for a plain row and the table's own default.
    pub campaign: Option<String>,
    /// Number of the row in its campaign or among the plain rows, from 0; none for a default.
    pub row: Option<usize>,
    /// The value.
    pub value: String,
    /// Every row that was looked at, in order; the one taken is last, unless it is the table's
    /// literal default.
    pub considered: Vec<Considered>,
    /// The next instant at which anything that was looked at changes.
    pub until: Option<Timestamp>,
}

/// One row that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// Its campaign.
    pub campaign: Option<String>,
    /// Its number, from 0; none for a default.
    pub row: Option<usize>,
    /// Every part of its condition with its value and why; that of a campaign first.
    pub parts: Vec<Explanation>,
    /// The value as written.
    pub written: String,
    /// Its value; none when a part is not true, or the expression is not known.
    pub value: Option<String>,
    /// Whether it decides.
    pub taken: bool,
}

impl RuleSet {
    /// Its decision tables, by name.
    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
    }

    /// Which row of a table an order takes just after an instant, and why; none when there is no
    /// such table.
    pub fn threshold_choice(
        &self,
        name: &str,
        view: &OrderView,
        at: Timestamp,
        language: Language,
    ) -> Option<Choice> {
        let table = &self.tables.get(name)?.threshold;
        let mut moment = Moment::new(view, at);
        let (taken, value) = moment.row(table);
        let last = taken.map_or(table.rows.len(), |taken| taken + 1);
        let considered = table.rows[..last].iter().enumerate().map(|(index, row)| {
            let parts = row
                .parts()
                .map(|(text, part)| explain::explain(text, part, view, at, language));
            let is_taken = taken == Some(index);
            Considered {
                campaign: row.origin.campaign.as_deref().map(str::to_owned),
                row: row.origin.row,
                parts: parts.collect(),
                written: row.value_source.clone(),
                value: value.as_ref().filter(|_| is_taken).map(ToString::to_string),
                taken: is_taken,
            }
        });
        let origin = taken.map(|taken| &table.rows[taken].origin);
        Some(Choice {
            campaign: origin.and_then(|origin| origin.campaign.as_deref().map(str::to_owned)),
            row: origin.and_then(|origin| origin.row),
            value: value
                .as_ref()
                .map_or("unknown".to_owned(), ToString::to_string),
            considered: considered.collect(),
            until: Some(moment.bound()).filter(|bound| *bound != Timestamp::MAX),
        })
    }
}
