//! Why an order is judged as it is.

use std::sync::Arc;

use contracts::facts::SealedFact;
use contracts::rules::v1;
use contracts::time::timestamp;
use order::{Fact, OrderView, Timestamp};
use rule_engine::{Explanation, Language, Rule};

use crate::domain::circumstances::Circumstances;
use crate::error::Error;
use crate::grpc::Rules;
use crate::judgement;
use crate::store::{encoding, states};

impl Rules {
    pub(super) async fn explain(
        &self,
        request: v1::ExplainOrderRequest,
    ) -> Result<v1::ExplainOrderResponse, Error> {
        let language = language(&request.language)?;
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        let completeness = self.evaluation.completeness(&mut conn).await?;
        let Some(row) = states::read(&mut conn, &request.order_id).await? else {
            return Err(Error::NoOrder(request.order_id));
        };
        let order = encoding::decode_state(row)?;
        let shared = judgement::shared_facts(&mut conn, order.links().iter()).await?;
        drop(conn);
        let circumstances = Circumstances::new(Arc::clone(&rule_set), completeness);
        let shared = order.links().iter().filter_map(|link| shared.get(link));
        let facts: Vec<&SealedFact> = order.facts().iter().chain(shared.flatten()).collect();
        let order_id = order.order_id().clone();
        let view = OrderView::join(rule_set.catalogue(), order_id, facts.iter().copied());
        let rules: Vec<&Rule> = rule_set
            .rules()
            .iter()
            .filter(|rule| request.rule.is_empty() || rule.name() == request.rule)
            .collect();
        if rules.is_empty() && !request.rule.is_empty() {
            return Err(Error::NoRule {
                name: request.rule,
                number: rule_set.number(),
            });
        }
        Ok(v1::ExplainOrderResponse {
            order_id: request.order_id,
            rule_set: rule_set.number(),
            judged_at: Some(timestamp(circumstances.now())),
            rules: rules
                .into_iter()
                .map(|rule| explain_rule(&circumstances, rule, &view, language))
                .collect(),
            sources: sources(&circumstances),
            facts: facts
                .into_iter()
                .map(|fact| fact.open().map(|fact| fact_line(&fact)))
                .collect::<Result<_, _>>()
                .map_err(|_| Error::Unreadable("stored fact"))?,
        })
    }
}

/// Reads the language of reasons.
pub(super) fn language(code: &str) -> Result<Language, Error> {
    match code {
        "" | "en" => Ok(Language::English),
        "zh" => Ok(Language::Chinese),
        other => {
            let message = format!("expected en or zh, found {other:?}");
            Err(Error::invalid("language", message))
        }
    }
}

pub(super) fn explain_rule(
    circumstances: &Circumstances,
    rule: &Rule,
    view: &OrderView,
    language: Language,
) -> v1::RuleExplanation {
    let rule_set = circumstances.rule_set();
    let effective = circumstances.effective(rule.gate());
    let at = effective.at;
    let verdict = match rule_set.verdict(rule, view, at) {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    };
    let waiting = circumstances
        .completeness()
        .late(rule.gate(), circumstances.now());
    v1::RuleExplanation {
        rule: rule.name().to_owned(),
        condition: rule.condition().to_owned(),
        verdict: verdict.to_owned(),
        effective_at: finite(at),
        next_change_at: rule_set.next_change(rule, view, at).and_then(finite),
        waiting_for: waiting
            .map(|standing| standing.declaration.source.to_string())
            .collect(),
        intervals: rule_set
            .signal(rule, view, at)
            .into_iter()
            .map(|interval| v1::Interval {
                opened_at: finite(interval.opened_at),
                cleared_at: interval.cleared_at.and_then(finite),
            })
            .collect(),
        tree: Some(tree(rule_set.explain(rule, view, at, language))),
    }
}

fn sources(circumstances: &Circumstances) -> Vec<v1::SourceStanding> {
    let now = circumstances.now();
    circumstances
        .completeness()
        .standings()
        .iter()
        .map(|standing| v1::SourceStanding {
            source: standing.declaration.source.to_string(),
            system: standing.declaration.system.to_string(),
            complete_through: finite(standing.stated(now)),
        })
        .collect()
}

fn fact_line(fact: &Fact) -> v1::FactLine {
    v1::FactLine {
        source: fact.source().to_string(),
        kind: fact.kind().to_string(),
        entity_id: fact.entity_id().to_string(),
        revision: fact.revision().0,
        received_at: finite(fact.received_at()),
        values: fact
            .attributes()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
    }
}

fn tree(explanation: Explanation) -> v1::ExplanationNode {
    v1::ExplanationNode {
        expression: explanation.expression,
        value: explanation.value,
        why: explanation.why,
        children: explanation.children.into_iter().map(tree).collect(),
    }
}

fn finite(instant: Timestamp) -> Option<prost_types::Timestamp> {
    instant.is_finite().then(|| timestamp(instant))
}
