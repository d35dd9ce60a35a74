//! Why an order was judged as it was.

use contracts::rules::v1 as wire;
use serde::Serialize;

use crate::output::{Detailed, Tree};
use crate::time::optional;

/// An order's judgement, rule by rule, with the facts behind it.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    order_id: String,
    rule_set: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    judged_at: Option<String>,
    rules: Vec<RuleExplanation>,
    sources: Vec<Standing>,
    facts: Vec<FactLine>,
}

#[derive(Debug, Serialize)]
struct RuleExplanation {
    rule: String,
    condition: String,
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_change_at: Option<String>,
    waiting_for: Vec<String>,
    intervals: Vec<Interval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Node>,
}

#[derive(Debug, Serialize)]
struct Interval {
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct Node {
    expression: String,
    value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<Node>,
}

#[derive(Debug, Serialize)]
struct Standing {
    source: String,
    system: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_through: Option<String>,
}

#[derive(Debug, Serialize)]
struct FactLine {
    source: String,
    kind: String,
    entity_id: String,
    revision: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<String>,
    values: Vec<String>,
}

impl From<wire::ExplainOrderResponse> for Explanation {
    fn from(answer: wire::ExplainOrderResponse) -> Self {
        Self {
            judged_at: optional(answer.judged_at.as_ref()),
            order_id: answer.order_id,
            rule_set: answer.rule_set,
            rules: answer
                .rules
                .into_iter()
                .map(RuleExplanation::from)
                .collect(),
            sources: answer.sources.into_iter().map(Standing::from).collect(),
            facts: answer.facts.into_iter().map(FactLine::from).collect(),
        }
    }
}

impl From<wire::RuleExplanation> for RuleExplanation {
    fn from(rule: wire::RuleExplanation) -> Self {
        Self {
            effective_at: optional(rule.effective_at.as_ref()),
            next_change_at: optional(rule.next_change_at.as_ref()),
            rule: rule.rule,
            condition: rule.condition,
            verdict: rule.verdict,
            waiting_for: rule.waiting_for,
            intervals: rule
                .intervals
                .iter()
                .map(|interval| Interval {
                    opened_at: optional(interval.opened_at.as_ref()),
                    cleared_at: optional(interval.cleared_at.as_ref()),
                })
                .collect(),
            tree: rule.tree.map(Node::from),
        }
    }
}

impl From<wire::ExplanationNode> for Node {
    fn from(node: wire::ExplanationNode) -> Self {
        Self {
            expression: node.expression,
            value: node.value,
            why: node.why,
            children: node.children.into_iter().map(Node::from).collect(),
        }
    }
}

impl From<wire::SourceStanding> for Standing {
    fn from(standing: wire::SourceStanding) -> Self {
        Self {
            complete_through: optional(standing.complete_through.as_ref()),
            source: standing.source,
            system: standing.system,
        }
    }
}

impl From<wire::FactLine> for FactLine {
    fn from(fact: wire::FactLine) -> Self {
        Self {
            received_at: optional(fact.received_at.as_ref()),
            source: fact.source,
            kind: fact.kind,
            entity_id: fact.entity_id,
            revision: fact.revision,
            values: fact.values,
        }
    }
}

impl Detailed for Explanation {
    fn describe(&self) -> String {
        let mut root = Tree::new(format!(
            "order {} · rule set {} · {}",
            self.order_id,
            self.rule_set,
            self.judged_at.as_deref().unwrap_or_default()
        ));
        for rule in &self.rules {
            root.push(rule.tree());
        }
        let mut sources = Tree::new("sources");
        for standing in &self.sources {
            sources.push(Tree::new(format!(
                "{} ({}) complete through {}",
                standing.source,
                standing.system,
                standing.complete_through.as_deref().unwrap_or("–")
            )));
        }
        root.push(sources);
        let mut facts = Tree::new("facts");
        for fact in &self.facts {
            facts.push(fact.tree());
        }
        root.push(facts);
        root.to_string()
    }
}

impl RuleExplanation {
    fn tree(&self) -> Tree {
        let mut heading = format!("{}: {}", self.rule, self.verdict);
        if let Some(effective) = &self.effective_at {
            heading.push_str(&format!(" at {effective}"));
        }
        if let Some(next) = &self.next_change_at {
            heading.push_str(&format!(", next change {next}"));
        }
        let mut tree = Tree::new(heading);
        if !self.waiting_for.is_empty() {
            tree.push(Tree::new(format!(
                "waits for {}",
                self.waiting_for.join(", ")
            )));
        }
        for interval in &self.intervals {
            tree.push(Tree::new(format!(
                "true from {} to {}",
                interval.opened_at.as_deref().unwrap_or("?"),
                interval.cleared_at.as_deref().unwrap_or("now")
            )));
        }
        if let Some(node) = &self.tree {
            tree.push(node.tree());
        }
        tree
    }
}

impl Node {
    fn tree(&self) -> Tree {
        let mut text = format!("{} = {}", self.expression, self.value);
        if !self.why.is_empty() {
            text.push_str(&format!("  ({})", self.why));
        }
        let mut tree = Tree::new(text);
        for child in &self.children {
            tree.push(child.tree());
        }
        tree
    }
}

impl FactLine {
    fn tree(&self) -> Tree {
        let mut tree = Tree::new(format!(
            "{} {} from {}, revision {}{}",
            self.kind,
            self.entity_id,
            self.source,
            self.revision,
            self.received_at
                .as_ref()
                .map(|instant| format!(", received {instant}"))
                .unwrap_or_default()
        ));
        for value in &self.values {
            tree.push(Tree::new(value.clone()));
        }
        tree
    }
}
