//! Labelled orders, and how rules score on them.

use contracts::rules::v1 as wire;
use serde::Serialize;

use super::accuracy::percent;
use super::explanation::RuleExplanation;
use crate::output::{Detailed, Row, Tree, table};
use crate::time::optional;
use crate::verb::explain::Language;

/// Labelled orders with what was known of them.
#[derive(Debug, Serialize)]
pub(crate) struct Sample {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_at: Option<String>,
    orders: i32,
    labels: i32,
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    label: Vec<Label>,
}

/// What somebody says of one order.
#[derive(Debug, Serialize)]
struct Label {
    order_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    rule: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    scenario: String,
    is_exception: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

/// How a rule set scores on a sample.
#[derive(Debug, Serialize)]
pub(crate) struct Trial {
    #[serde(skip)]
    language: Language,
    sample: Sample,
    total: Score,
    scores: Vec<LabelScore>,
    missed: Vec<Wrong>,
    false_alarms: Vec<Wrong>,
}

#[derive(Debug, Default, Serialize)]
struct Score {
    true_positives: i32,
    false_positives: i32,
    false_negatives: i32,
    true_negatives: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recall: Option<f64>,
}

#[derive(Debug, Serialize)]
struct LabelScore {
    #[serde(skip_serializing_if = "String::is_empty")]
    rule: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    scenario: String,
    #[serde(flatten)]
    score: Score,
}

/// A verdict that its label contradicts.
#[derive(Debug, Serialize)]
struct Wrong {
    #[serde(flatten)]
    label: Label,
    explanations: Vec<RuleExplanation>,
}

impl Trial {
    /// Takes what was answered, to be told in a language.
    pub(crate) fn new(answer: wire::RunSampleResponse, language: Language) -> Self {
        let wrongs = |wrongs: Vec<wire::WrongVerdict>| wrongs.into_iter().map(Wrong::from);
        Self {
            language,
            sample: answer.sample.unwrap_or_default().into(),
            total: answer.total.unwrap_or_default().into(),
            scores: answer.scores.into_iter().map(LabelScore::from).collect(),
            missed: wrongs(answer.missed).collect(),
            false_alarms: wrongs(answer.false_alarms).collect(),
        }
    }

    /// How many labels of trouble nothing was found for.
    pub(crate) fn missed(&self) -> usize {
        self.missed.len()
    }
}

impl From<wire::Sample> for Sample {
    fn from(sample: wire::Sample) -> Self {
        Self {
            stored_at: optional(sample.stored_at.as_ref()),
            name: sample.name,
            orders: sample.orders,
            labels: sample.labels,
            actor: sample.actor,
            reason: sample.reason,
            label: sample.label.into_iter().map(Label::from).collect(),
        }
    }
}

impl From<wire::OrderLabel> for Label {
    fn from(label: wire::OrderLabel) -> Self {
        Self {
            order_id: label.order_id,
            rule: label.rule,
            scenario: label.scenario,
            is_exception: label.is_exception,
            note: label.note,
        }
    }
}

impl From<wire::Score> for Score {
    fn from(score: wire::Score) -> Self {
        Self {
            true_positives: score.true_positives,
            false_positives: score.false_positives,
            false_negatives: score.false_negatives,
            true_negatives: score.true_negatives,
            precision: score.precision,
            recall: score.recall,
        }
    }
}

impl From<wire::LabelScore> for LabelScore {
    fn from(score: wire::LabelScore) -> Self {
        Self {
            rule: score.rule,
            scenario: score.scenario,
            score: score.score.unwrap_or_default().into(),
        }
    }
}

impl From<wire::WrongVerdict> for Wrong {
    fn from(wrong: wire::WrongVerdict) -> Self {
        let explanations = wrong.explanations.into_iter();
        Self {
            label: wrong.label.unwrap_or_default().into(),
            explanations: explanations.map(RuleExplanation::from).collect(),
        }
    }
}

impl Row for Sample {
    const COLUMNS: &'static [&'static str] =
        &["NAME", "ORDERS", "LABELS", "STORED AT", "ACTOR", "REASON"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.orders.to_string(),
            self.labels.to_string(),
            self.stored_at.clone().unwrap_or_default(),
            self.actor.clone(),
            self.reason.clone(),
        ]
    }
}

impl Detailed for Sample {
    fn describe(&self) -> String {
        let labels: Vec<&Label> = self.label.iter().collect();
        format!(
            "sample {}, {} orders, stored {} by {}\n{}",
            self.name,
            self.orders,
            self.stored_at.as_deref().unwrap_or_default(),
            self.actor,
            table(&labels)
        )
    }
}

impl Row for &Label {
    const COLUMNS: &'static [&'static str] = &["ORDER", "OF", "EXCEPTION", "NOTE"];

    fn cells(&self) -> Vec<String> {
        let is_exception = if self.is_exception { "yes" } else { "no" };
        vec![
            self.order_id.clone(),
            named(&self.rule, &self.scenario),
            is_exception.to_owned(),
            self.note.clone(),
        ]
    }
}

impl Row for &LabelScore {
    const COLUMNS: &'static [&'static str] = &[
        "OF",
        "FOUND",
        "FALSE",
        "MISSED",
        "RIGHTLY QUIET",
        "PRECISION",
        "RECALL",
    ];

    fn cells(&self) -> Vec<String> {
        let score = &self.score;
        vec![
            named(&self.rule, &self.scenario),
            score.true_positives.to_string(),
            score.false_positives.to_string(),
            score.false_negatives.to_string(),
            score.true_negatives.to_string(),
            percent(score.precision),
            percent(score.recall),
        ]
    }
}

impl Detailed for Trial {
    fn describe(&self) -> String {
        let scores: Vec<&LabelScore> = self.scores.iter().collect();
        let total = &self.total;
        let mut text = format!(
            "sample {}: {} found, {} missed, {} false alarms of {} labels\n\n{}",
            self.sample.name,
            total.true_positives,
            total.false_negatives,
            total.false_positives,
            self.sample.labels,
            table(&scores)
        );
        for (what, wrongs) in [
            ("missed", &self.missed),
            ("false alarm", &self.false_alarms),
        ] {
            for wrong in wrongs {
                let label = &wrong.label;
                let of = named(&label.rule, &label.scenario);
                let mut tree = Tree::new(format!("{what}: {} {of} {}", label.order_id, label.note));
                for explanation in &wrong.explanations {
                    tree.push(explanation.tree(self.language));
                }
                text.push_str(&format!("\n\n{tree}"));
            }
        }
        text
    }
}

fn named(rule: &str, scenario: &str) -> String {
    if rule.is_empty() {
        format!("scenario {scenario}")
    } else {
        format!("rule {rule}")
    }
}
