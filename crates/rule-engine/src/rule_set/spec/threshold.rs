//! Decision tables as they are written.

use crate::schema::Instant;
use order::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::rule_set::ValueType;

/// A decision table: the first row whose every part is true gives the value.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Threshold")]
pub(crate) struct ThresholdSpec {
    /// Type of its values.
    #[serde(rename = "type")]
    pub(crate) value_type: ValueType,
    /// Rows, the most particular first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<RowSpec>,
    /// Tables that come before the rows between two instants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) campaigns: Vec<CampaignSpec>,
    /// Value when no row is true: a literal, or an expression with a literal for when it is not
    /// known.
    pub(crate) default: DefaultSpec,
}

/// One row of a decision table; every part that it has must be true.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Row", extend("oneOf" = [{"required": ["value"]}, {"required": ["expression"]}]))]
pub(crate) struct RowSpec {
    /// Kind of the order, such as `presale`: one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<OneOrMany>,
    /// Tier of the customer, such as `vip`: one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<OneOrMany>,
    /// Warehouse that ships the order: one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) warehouse: Option<OneOrMany>,
    /// Region that the order goes to: one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<OneOrMany>,
    /// Product category of any of the order's lines: one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<OneOrMany>,
    /// Carrier of any of the order's shipments: one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) carrier: Option<OneOrMany>,
    /// What the order costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<AmountSpec>,
    /// Condition in CEL besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) when: Option<String>,
    /// Value of the row; either this or `expression`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Scalar>,
    /// Value in CEL; while it is not known, the row is passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expression: Option<String>,
    /// Why the row is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// A text or a list of texts.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Texts")]
pub(crate) enum OneOrMany {
    /// One.
    One(String),
    /// Any of several.
    Many(#[schemars(length(min = 1))] Vec<String>),
}

impl OneOrMany {
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// A stretch of amounts; either end may be left out.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Amounts", extend("minProperties" = 1))]
pub(crate) struct AmountSpec {
    /// This much or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<f64>,
    /// Less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) below: Option<f64>,
}

/// A table that comes before the plain rows, for orders of a promotion.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Campaign", extend("anyOf" = [{"required": ["rows"]}, {"required": ["default"]}]))]
pub(crate) struct CampaignSpec {
    /// Name, unique in its table.
    pub(crate) name: String,
    /// First instant, RFC 3339 with an offset.
    #[schemars(with = "Instant")]
    pub(crate) from: Timestamp,
    /// First instant past it.
    #[schemars(with = "Instant")]
    pub(crate) until: Timestamp,
    /// Instant of the order, in CEL, that decides whether it belongs to the campaign; `now` while
    /// the campaign lasts.
    #[serde(default = "created_at", skip_serializing_if = "is_created_at")]
    pub(crate) by: String,
    /// Of several campaigns, the higher comes first; then the one that began later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) priority: i64,
    /// Its rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<RowSpec>,
    /// Value when none of its rows is true; without it, the next campaign or the plain rows
    /// decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Scalar>,
}

fn created_at() -> String {
    "order.created_at".to_owned()
}

fn is_created_at(by: &str) -> bool {
    by == created_at()
}

fn is_zero(priority: &i64) -> bool {
    *priority == 0
}

/// A literal value.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Literal")]
pub(crate) enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// A text; durations are written as texts, such as `36h`.
    Text(String),
}

/// What a table says when no row is true.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Default")]
pub(crate) enum DefaultSpec {
    /// This.
    Literal(Scalar),
    /// What is calculated.
    Calculated(CalculatedSpec),
}

/// A calculated default.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Calculated")]
pub(crate) struct CalculatedSpec {
    /// Value in CEL.
    pub(crate) expression: String,
    /// Value while the expression is not known.
    pub(crate) otherwise: Scalar,
}

impl fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::Double(number) => write!(formatter, "{number:?}"),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}
