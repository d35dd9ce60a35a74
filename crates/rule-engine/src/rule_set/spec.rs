//! Resources as operators write them, kind by kind.

mod exemption;
mod scenario;
mod threshold;

use super::{Mode, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use exemption::{EntrySpec, ExemptionSpec};
pub(crate) use scenario::{PublishGateSpec, ScenarioSpec};
pub(crate) use threshold::{
    AmountSpec, CampaignSpec, DefaultSpec, OneOrMany, RowSpec, Scalar, ThresholdSpec,
};

/// When an order is in trouble.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rule", extend("oneOf" = [{"required": ["condition"]}, {"required": ["visual"]}]))]
pub(crate) struct RuleSpec {
    /// Kind of trouble that it finds: chooses the procedure.
    pub(crate) scenario: String,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What it finds.
    pub(crate) title: InTwoLanguages,
    /// Whether anybody is told: `shadow` is judged and counted, and tickets nobody.
    #[serde(default, skip_serializing_if = "Mode::is_active")]
    pub(crate) mode: Mode,
    /// Condition in CEL; true opens an exception. Either this or `visual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<String>,
    /// Condition as a tree of groups and comparisons, as visual editors keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub(crate) visual: Option<serde_json::Value>,
}

/// Fields that a shop has besides the standard ones.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FieldCatalogue")]
pub(crate) struct CatalogueSpec {
    /// The fields.
    pub(crate) fields: Vec<FieldSpec>,
}

/// One field of the shop's own.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Field")]
pub(crate) struct FieldSpec {
    /// Kind of entity that has it, such as `order`.
    #[schemars(extend("enum" = order::EntityKind::ALL.map(|kind| kind.to_string())))]
    pub(crate) entity: String,
    /// Name as rules write it; begins with `x_`.
    pub(crate) name: String,
    /// What it holds: bool, int, amount, text, text-list, duration, event or plan.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = order::FieldType::ALL.map(order::FieldType::as_str)))]
    pub(crate) field_type: String,
    /// Kind of system that feeds it, such as `erp`.
    #[schemars(extend("enum" = order::System::ALL.map(order::System::as_str)))]
    pub(crate) system: String,
    /// What it means.
    pub(crate) meaning: InTwoLanguages,
    /// Values that a text is known to have, for editors to offer; it may have others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<ValueSpec>,
}

/// One known value of a field.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValueSpec {
    /// The value, as facts carry it.
    pub(crate) value: String,
    /// What people call it; its own text when left out.
    #[serde(default)]
    pub(crate) label: InTwoLanguages,
}

/// A text in English and Chinese.
#[derive(Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Text")]
pub(crate) struct InTwoLanguages {
    /// In English.
    pub(crate) en: String,
    /// In Chinese.
    #[serde(default)]
    pub(crate) zh: String,
}
