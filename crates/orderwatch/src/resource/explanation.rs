//! Why an order was judged as it was.

use contracts::rules::v1 as wire;
use serde::Serialize;

use super::threshold::ThresholdChoice;
use crate::output::{Detailed, Tree};
use crate::time::optional;
use crate::verb::explain::Language;

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
    #[serde(skip)]
    language: Language,
}

#[derive(Debug, Serialize)]
pub(super) struct RuleExplanation {
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
    shadow: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exemptions: Vec<Exemption>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<ThresholdChoice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    awaited: Vec<Awaited>,
}

#[derive(Debug, Serialize)]
struct Exemption {
    exemption: String,
    subject: String,
    reason: String,
    owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    in_force: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    why_not: String,
}

#[derive(Debug, Serialize)]
struct Awaited {
    source: String,
    system: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_through: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patience_ends_at: Option<String>,
    waited_for: bool,
}

#[derive(Debug, Serialize)]
struct Interval {
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared_at: Option<String>,
}

/// A sub-expression with its value.
#[derive(Debug, Serialize)]
pub(super) struct Node {
    expression: String,
    value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_changed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_change_at: Option<String>,
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

impl Explanation {
    /// Takes an answer, to be told in a language.
    pub(crate) fn new(answer: wire::ExplainOrderResponse, language: Language) -> Self {
        Self {
            language,
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
            shadow: rule.shadow,
            exemptions: rule.exemptions.into_iter().map(Exemption::from).collect(),
            thresholds: rule
                .thresholds
                .into_iter()
                .map(ThresholdChoice::from)
                .collect(),
            awaited: rule.awaited.into_iter().map(Awaited::from).collect(),
        }
    }
}

impl From<wire::ExemptionStanding> for Exemption {
    fn from(standing: wire::ExemptionStanding) -> Self {
        Self {
            from: optional(standing.from.as_ref()),
            expires: optional(standing.expires.as_ref()),
            exemption: standing.exemption,
            subject: standing.subject,
            reason: standing.reason,
            owner: standing.owner,
            in_force: standing.in_force,
            why_not: standing.why_not,
        }
    }
}

impl From<wire::AwaitedSource> for Awaited {
    fn from(source: wire::AwaitedSource) -> Self {
        Self {
            complete_through: optional(source.complete_through.as_ref()),
            patience_ends_at: optional(source.patience_ends_at.as_ref()),
            source: source.source,
            system: source.system,
            waited_for: source.waited_for,
        }
    }
}

impl From<wire::ExplanationNode> for Node {
    fn from(node: wire::ExplanationNode) -> Self {
        Self {
            last_changed_at: optional(node.last_changed_at.as_ref()),
            next_change_at: optional(node.next_change_at.as_ref()),
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
        let said = |english, chinese| self.language.pick(english, chinese);
        let mut root = Tree::new(format!(
            "{} {} · {} {} · {}",
            said("order", "订单"),
            self.order_id,
            said("rule set", "规则集"),
            self.rule_set,
            self.judged_at.as_deref().unwrap_or_default()
        ));
        for rule in &self.rules {
            root.push(rule.tree(self.language));
        }
        let mut sources = Tree::new(said("sources", "数据源"));
        for standing in &self.sources {
            sources.push(Tree::new(format!(
                "{} ({}) {} {}",
                standing.source,
                standing.system,
                said("complete through", "数据完整至"),
                standing.complete_through.as_deref().unwrap_or("–")
            )));
        }
        root.push(sources);
        let mut facts = Tree::new(said("facts", "事实"));
        for fact in &self.facts {
            facts.push(fact.tree());
        }
        root.push(facts);
        root.to_string()
    }
}

impl RuleExplanation {
    pub(super) fn tree(&self, language: Language) -> Tree {
        let said = |english, chinese| language.pick(english, chinese);
        let mut heading = format!("{}: {}", self.rule, self.verdict);
        if self.shadow {
            heading.push_str(said(" (shadow)", "(影子规则)"));
        }
        if let Some(effective) = &self.effective_at {
            heading.push_str(&format!(" {} {effective}", said("at", "判定至")));
        }
        if let Some(next) = &self.next_change_at {
            heading.push_str(&format!("{} {next}", said(", next change", ",下次变化")));
        }
        let mut tree = Tree::new(heading);
        for interval in &self.intervals {
            tree.push(Tree::new(format!(
                "{} {} {} {}",
                said("true from", "成立自"),
                interval.opened_at.as_deref().unwrap_or("?"),
                said("to", "至"),
                interval
                    .cleared_at
                    .as_deref()
                    .unwrap_or(said("now", "现在"))
            )));
        }
        for exemption in &self.exemptions {
            tree.push(Tree::new(exemption.told(language)));
        }
        for source in self.awaited.iter().filter(|source| source.waited_for) {
            tree.push(Tree::new(source.told(language)));
        }
        for threshold in &self.thresholds {
            tree.push(threshold.tree(language));
        }
        if let Some(node) = &self.tree {
            tree.push(node.tree(language));
        }
        tree
    }
}

impl Exemption {
    fn told(&self, language: Language) -> String {
        let said = |english, chinese| language.pick(english, chinese);
        let heading = if self.in_force {
            said("exempt by", "豁免")
        } else {
            said("not exempt by", "未适用的豁免")
        };
        let mut told = format!(
            "{heading} {} ({}): {}, {} {}",
            self.exemption,
            self.subject,
            self.reason,
            said("owner", "负责人"),
            self.owner
        );
        if let Some(from) = &self.from {
            told.push_str(&format!(", {} {from}", said("from", "自")));
        }
        if let Some(expires) = &self.expires {
            told.push_str(&format!(", {} {expires}", said("until", "至")));
        }
        if !self.why_not.is_empty() {
            told.push_str(&format!(" — {}", self.why_not));
        }
        told
    }
}

impl Awaited {
    fn told(&self, language: Language) -> String {
        let said = |english, chinese| language.pick(english, chinese);
        let mut told = format!(
            "{} {} ({}), {} {}",
            said("waits for", "等待"),
            self.source,
            self.system,
            said("complete through", "数据完整至"),
            self.complete_through.as_deref().unwrap_or("–")
        );
        match &self.patience_ends_at {
            Some(at) => told.push_str(&format!(", {} {at}", said("no longer than", "最迟至"))),
            None => told.push_str(said(", without end", ",无限期等待")),
        }
        told
    }
}

impl Node {
    /// The sub-expression with its parts beneath it.
    pub(super) fn tree(&self, language: Language) -> Tree {
        let said = |english, chinese| language.pick(english, chinese);
        let mut text = format!("{} = {}", self.expression, self.value);
        let since = self.last_changed_at.as_ref();
        let since = since.map(|at| format!("{} {at}", said("since", "自")));
        let until = self.next_change_at.as_ref();
        let until = until.map(|at| format!("{} {at}", said("until", "至")));
        let why = Some(self.why.clone()).filter(|why| !why.is_empty());
        let notes: Vec<String> = [since, until, why].into_iter().flatten().collect();
        if !notes.is_empty() {
            text.push_str(&format!("  ({})", notes.join(said("; ", ";"))));
        }
        let mut tree = Tree::new(text);
        for child in &self.children {
            tree.push(child.tree(language));
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
