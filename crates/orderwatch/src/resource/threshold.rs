//! Which row of a decision table an order takes, and why.

use contracts::rules::v1 as wire;
use serde::Serialize;

use super::explanation::Node;
use crate::output::{Detailed, Tree};
use crate::time::optional;
use crate::verb::explain::Language;

/// The row that an order takes, with all that were looked at.
#[derive(Debug, Serialize)]
pub(crate) struct ThresholdChoice {
    threshold: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    campaign: String,
    /// From 1; none for a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<i32>,
    value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    considered: Vec<Considered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Debug, Serialize)]
struct Considered {
    #[serde(skip_serializing_if = "String::is_empty")]
    campaign: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<i32>,
    parts: Vec<Node>,
    written: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    taken: bool,
}

impl From<wire::ThresholdChoice> for ThresholdChoice {
    fn from(choice: wire::ThresholdChoice) -> Self {
        Self {
            until: optional(choice.until.as_ref()),
            threshold: choice.threshold,
            campaign: choice.campaign,
            row: numbered(choice.row),
            value: choice.value,
            note: choice.note,
            considered: choice
                .considered
                .into_iter()
                .map(Considered::from)
                .collect(),
        }
    }
}

impl From<wire::ConsideredRow> for Considered {
    fn from(row: wire::ConsideredRow) -> Self {
        Self {
            campaign: row.campaign,
            row: numbered(row.row),
            parts: row.parts.into_iter().map(Node::from).collect(),
            written: row.written,
            value: row.value,
            taken: row.taken,
        }
    }
}

fn numbered(row: i32) -> Option<i32> {
    Some(row).filter(|row| *row > 0)
}

impl ThresholdChoice {
    /// One line: what it is, and which row says so.
    fn heading(&self, language: Language) -> String {
        let place = place(&self.campaign, self.row, language);
        let mut told = format!("{} = {} ({place}", self.threshold, self.value);
        if let Some(until) = &self.until {
            told.push_str(&format!(", {} {until}", language.pick("until", "至")));
        }
        told.push(')');
        if !self.note.is_empty() {
            told.push_str(&format!(": {}", self.note));
        }
        told
    }

    /// The heading, and beneath it every row that was looked at.
    pub(super) fn tree(&self, language: Language) -> Tree {
        let mut tree = Tree::new(self.heading(language));
        for row in &self.considered {
            tree.push(row.tree(language));
        }
        tree
    }
}

impl Considered {
    fn tree(&self, language: Language) -> Tree {
        let place = place(&self.campaign, self.row, language);
        let taken = if self.taken {
            language.pick("taken", "采用")
        } else {
            language.pick("passed over", "未采用")
        };
        let mut tree = Tree::new(format!("{place}: {} — {taken}", self.written));
        for part in &self.parts {
            tree.push(part.tree(language));
        }
        tree
    }
}

fn place(campaign: &str, row: Option<i32>, language: Language) -> String {
    let row = match (row, language) {
        (Some(row), Language::En) => format!("row {row}"),
        (Some(row), Language::Zh) => format!("第 {row} 行"),
        (None, language) => language.pick("default", "默认值").to_owned(),
    };
    match (campaign, language) {
        ("", _) => row,
        (campaign, Language::En) => format!("campaign {campaign}, {row}"),
        (campaign, Language::Zh) => format!("活动 {campaign},{row}"),
    }
}

/// The row that an order takes now.
#[derive(Debug, Serialize)]
pub(crate) struct ThresholdPreview {
    rule_set: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(flatten)]
    choice: ThresholdChoice,
    #[serde(skip)]
    language: Language,
}

impl ThresholdPreview {
    /// Takes an answer, to be told in a language.
    pub(crate) fn new(answer: wire::PreviewThresholdResponse, language: Language) -> Self {
        Self {
            rule_set: answer.rule_set,
            at: optional(answer.at.as_ref()),
            choice: answer.choice.unwrap_or_default().into(),
            language,
        }
    }
}

impl Detailed for ThresholdPreview {
    fn describe(&self) -> String {
        self.choice.tree(self.language).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_told_row_by_row_in_either_language() {
        let row = |row, condition: &str, taken: bool| wire::ConsideredRow {
            campaign: "promotion".to_owned(),
            row,
            parts: vec![wire::ExplanationNode {
                expression: condition.to_owned(),
                value: taken.to_string(),
                ..wire::ExplanationNode::default()
            }],
            written: "48h".to_owned(),
            value: String::new(),
            taken,
        };
        let answer = wire::PreviewThresholdResponse {
            rule_set: 3,
            at: None,
            choice: Some(wire::ThresholdChoice {
                threshold: "ship-within".to_owned(),
                campaign: "promotion".to_owned(),
                row: 2,
                value: "2d".to_owned(),
                note: "agreed".to_owned(),
                considered: vec![
                    row(1, "customer.tier == \"vip\"", false),
                    row(2, "order.amount >= 100.0", true),
                ],
                until: None,
            }),
        };
        let told = [Language::En, Language::Zh]
            .map(|language| ThresholdPreview::new(answer.clone(), language).describe());
        insta::assert_snapshot!(told.join("\n\n"));
    }
}
