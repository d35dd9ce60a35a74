//! How often rules were right.

use contracts::rules::v1 as wire;
use serde::Serialize;

use crate::output::Row;

/// One rule's exceptions beside what people say of them.
#[derive(Debug, Serialize)]
pub(crate) struct Accuracy {
    #[serde(skip_serializing_if = "String::is_empty")]
    rule: String,
    scenario: String,
    in_force: bool,
    exceptions: i64,
    open: i64,
    retracted: i64,
    retroactive: i64,
    shadow: i64,
    exempt: i64,
    marked: i64,
    real: i64,
    false_alarms: i64,
    disputed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_marked: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision_low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision_high: Option<f64>,
    missed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    recall_estimate: Option<f64>,
}

impl From<wire::RuleAccuracy> for Accuracy {
    fn from(of: wire::RuleAccuracy) -> Self {
        Self {
            rule: of.rule,
            scenario: of.scenario,
            in_force: of.in_force,
            exceptions: of.exceptions,
            open: of.open,
            retracted: of.retracted,
            retroactive: of.retroactive,
            shadow: of.shadow,
            exempt: of.exempt,
            marked: of.marked,
            real: of.real,
            false_alarms: of.false_alarms,
            disputed: of.disputed,
            share_marked: of.share_marked,
            precision: of.precision,
            precision_low: of.precision_low,
            precision_high: of.precision_high,
            missed: of.missed,
            recall_estimate: of.recall_estimate,
        }
    }
}

impl Row for Accuracy {
    const COLUMNS: &'static [&'static str] = &[
        "RULE",
        "EXCEPTIONS",
        "OPEN",
        "SHADOW",
        "EXEMPT",
        "MARKED",
        "REAL",
        "FALSE",
        "DISPUTED",
        "PRECISION",
        "95%",
        "MISSED",
        "RECALL (EST.)",
    ];

    fn cells(&self) -> Vec<String> {
        let rule = if self.rule.is_empty() {
            format!("(scenario {})", self.scenario)
        } else {
            self.rule.clone()
        };
        let interval = self.precision_low.zip(self.precision_high);
        vec![
            rule,
            self.exceptions.to_string(),
            self.open.to_string(),
            self.shadow.to_string(),
            self.exempt.to_string(),
            format!("{}{}", self.marked, of_all(self.share_marked)),
            self.real.to_string(),
            self.false_alarms.to_string(),
            self.disputed.to_string(),
            percent(self.precision),
            interval.map_or_else(String::new, |(low, high)| {
                format!("{:.0}-{:.0}%", low * 100.0, high * 100.0)
            }),
            self.missed.to_string(),
            percent(self.recall_estimate),
        ]
    }
}

/// Writes a share as people read it; nothing where there is none.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.1}%", share * 100.0))
}

fn of_all(share: Option<f64>) -> String {
    match percent(share) {
        percent if percent.is_empty() => percent,
        percent => format!(" ({percent})"),
    }
}
