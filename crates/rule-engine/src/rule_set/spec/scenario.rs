//! Scenarios and publish gates as they are written.

use super::InTwoLanguages;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of trouble, who is accountable for it first, and what people are told.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Scenario")]
pub(crate) struct ScenarioSpec {
    /// Its name for people.
    pub(crate) title: InTwoLanguages,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<InTwoLanguages>,
    /// Department that is accountable first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) department: Option<String>,
    /// Name of the procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sop: Option<String>,
    /// Templates of what is said to whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) texts: Option<TextsSpec>,
}

/// Templates of a scenario, in minijinja.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Templates")]
pub(crate) struct TextsSpec {
    /// To the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<InTwoLanguages>,
    /// To colleagues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) internal: Option<InTwoLanguages>,
}

/// A publish gate: what a rule set must find in a stored sample before it is activated.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Gate")]
pub(crate) struct PublishGateSpec {
    /// Name of the stored sample.
    pub(crate) sample: String,
    /// Most orders in trouble that may be missed.
    pub(crate) max_missed: u32,
    /// Most orders that may be found though nothing is wrong with them; any number when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_false: Option<u32>,
    /// Rules whose findings count; all when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<String>,
}
