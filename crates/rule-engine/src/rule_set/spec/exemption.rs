//! Lists of exemptions as they are written.

use crate::schema::Instant;
use order::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Orders that rules leave alone: their exceptions are seen as exempt.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Exemption")]
pub(crate) struct ExemptionSpec {
    /// Why, for entries that do not say it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Who answers for it, for entries that do not say it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    /// First instant in event time; always in force when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub(crate) from: Option<Timestamp>,
    /// First instant past it, for entries that do not say it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub(crate) expires: Option<Timestamp>,
    /// Rules that it concerns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<String>,
    /// Scenarios that it concerns; with neither these nor rules it concerns all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) scenarios: Vec<String>,
    /// What is exempt.
    #[schemars(length(min = 1))]
    pub(crate) entries: Vec<EntrySpec>,
}

/// One entry: exactly one of order, customer, sku, warehouse and when.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Entry", extend("oneOf" = [
    {"required": ["order"]},
    {"required": ["customer"]},
    {"required": ["sku"]},
    {"required": ["warehouse"]},
    {"required": ["when"]},
]))]
pub(crate) struct EntrySpec {
    /// Number of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<String>,
    /// Number of a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<String>,
    /// Stock keeping unit of any of an order's lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sku: Option<String>,
    /// Warehouse that ships an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) warehouse: Option<String>,
    /// Condition in CEL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) when: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    /// First instant in event time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub(crate) from: Option<Timestamp>,
    /// First instant past it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Instant>")]
    pub(crate) expires: Option<Timestamp>,
    /// Rules that it concerns instead of those of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<String>>,
    /// Scenarios that it concerns instead of those of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scenarios: Option<Vec<String>>,
}
