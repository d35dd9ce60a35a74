//! Rules, rule sets and the fields that rules may read.

use contracts::rules::v1 as wire;
use serde::Serialize;

use super::yes;
use crate::output::Row;
use crate::time::optional;

/// A rule in force.
#[derive(Debug, Serialize)]
pub(crate) struct Rule {
    name: String,
    scenario: String,
    severity: String,
    shadow: bool,
    condition: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_en: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_zh: String,
}

/// A numbered snapshot of rules.
#[derive(Debug, Serialize)]
pub(crate) struct RuleSet {
    number: i64,
    digest: String,
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_at: Option<String>,
    rules: i32,
    active: bool,
    /// The rule set whose content came into force again with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<i64>,
}

/// A field of the catalogue.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    unit: String,
    meaning_en: String,
    meaning_zh: String,
    system: String,
}

impl From<wire::Rule> for Rule {
    fn from(rule: wire::Rule) -> Self {
        Self {
            name: rule.name,
            scenario: rule.scenario,
            severity: rule.severity,
            shadow: rule.shadow,
            condition: rule.condition,
            title_en: rule.title_en,
            title_zh: rule.title_zh,
        }
    }
}

impl From<wire::RuleSet> for RuleSet {
    fn from(set: wire::RuleSet) -> Self {
        Self {
            activated_at: optional(set.activated_at.as_ref()),
            number: set.number,
            digest: set.digest,
            actor: set.actor,
            reason: set.reason,
            rules: set.rules,
            active: set.active,
            restored: Some(set.restored).filter(|number| *number != 0),
        }
    }
}

impl From<wire::Field> for Field {
    fn from(field: wire::Field) -> Self {
        Self {
            name: field.name,
            kind: field.r#type,
            unit: field.unit,
            meaning_en: field.meaning_en,
            meaning_zh: field.meaning_zh,
            system: field.system,
        }
    }
}

impl Row for Rule {
    const COLUMNS: &'static [&'static str] =
        &["NAME", "SCENARIO", "SEVERITY", "MODE", "TITLE", "CONDITION"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.scenario.clone(),
            self.severity.clone(),
            yes(self.shadow, "shadow"),
            self.title_en.clone(),
            self.condition
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        ]
    }
}

impl Row for RuleSet {
    const COLUMNS: &'static [&'static str] = &[
        "NUMBER",
        "ACTIVE",
        "RULES",
        "ACTIVATED AT",
        "ACTOR",
        "REASON",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            yes(self.active, "*"),
            self.rules.to_string(),
            self.activated_at.clone().unwrap_or_default(),
            self.actor.clone(),
            match self.restored {
                Some(number) => format!("{} (back to {number})", self.reason),
                None => self.reason.clone(),
            },
        ]
    }
}

impl Row for Field {
    const COLUMNS: &'static [&'static str] = &["NAME", "TYPE", "UNIT", "SYSTEM", "MEANING", "含义"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.kind.clone(),
            self.unit.clone(),
            self.system.clone(),
            self.meaning_en.clone(),
            self.meaning_zh.clone(),
        ]
    }
}
