//! Why an order is judged as it is.

use contracts::facts::SealedFact;
use contracts::rules::v1;
use contracts::time::timestamp;
use order::{Fact, OrderView, Timestamp};
use rule_engine::{Bearing, Choice, Explanation, Language, Naming, Rule, RuleSet, ThresholdRow};

use crate::domain::circumstances::Circumstances;
use crate::domain::source::Standing;
use crate::error::Error;
use crate::grpc::Rules;
use crate::judgement;
use crate::store::{encoding, states};

/// Most exemptions told of one rule and order.
const MOST_EXEMPTIONS: usize = 20;

/// All that is known of an order now, and under what it is judged.
struct Known {
    circumstances: Circumstances,
    facts: Vec<SealedFact>,
    view: OrderView,
}

impl Rules {
    /// Which row of a threshold an order takes now.
    pub(super) async fn preview_threshold(
        &self,
        request: v1::PreviewThresholdRequest,
    ) -> Result<v1::PreviewThresholdResponse, Error> {
        let language = language(&request.language)?;
        let Known {
            circumstances,
            view,
            ..
        } = self.known(&request.order_id).await?;
        let (rule_set, at) = (circumstances.rule_set(), circumstances.now());
        let choice = rule_set.threshold_choice(&request.threshold, &view, at, language);
        let choice = choice.ok_or_else(|| Error::NoThreshold {
            name: request.threshold.clone(),
            number: rule_set.number(),
        })?;
        Ok(v1::PreviewThresholdResponse {
            rule_set: rule_set.number(),
            at: finite(at),
            choice: Some(wire_choice(rule_set, &request.threshold, choice)),
        })
    }

    async fn known(&self, order_id: &str) -> Result<Known, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        let completeness = self.evaluation.completeness(&mut conn).await?;
        let Some(row) = states::read(&mut conn, order_id).await? else {
            return Err(Error::NoOrder(order_id.to_owned()));
        };
        let order = encoding::decode_state(row)?;
        let shared = judgement::shared_facts(&mut conn, order.links().iter()).await?;
        let shared = order.links().iter().filter_map(|link| shared.get(link));
        let facts: Vec<SealedFact> = order
            .facts()
            .iter()
            .chain(shared.flatten())
            .cloned()
            .collect();
        let view = OrderView::join(rule_set.catalogue(), order.order_id().clone(), &facts);
        Ok(Known {
            circumstances: Circumstances::new(rule_set, completeness),
            facts,
            view,
        })
    }

    pub(super) async fn explain(
        &self,
        request: v1::ExplainOrderRequest,
    ) -> Result<v1::ExplainOrderResponse, Error> {
        let language = language(&request.language)?;
        let Known {
            circumstances,
            facts,
            view,
        } = self.known(&request.order_id).await?;
        let rule_set = circumstances.rule_set();
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
    let completeness = circumstances.completeness();
    let waiting = completeness.late(rule.gate(), circumstances.now());
    let explanation = rule_set.explain(rule, view, at, language);
    let thresholds = explanation.thresholds().into_iter();
    let thresholds = thresholds
        .filter_map(|name| {
            let choice = rule_set.threshold_choice(name, view, at, language)?;
            Some(wire_choice(rule_set, name, choice))
        })
        .collect();
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
        tree: Some(tree(explanation)),
        shadow: !rule.mode().is_active(),
        exemptions: rule_set
            .exemptions_naming(rule, view, at)
            .into_iter()
            .take(MOST_EXEMPTIONS)
            .map(|naming| wire_exemption(&naming, language))
            .collect(),
        thresholds,
        awaited: completeness
            .of(rule.gate())
            .map(|source| awaited(source, circumstances.now()))
            .collect(),
    }
}

fn wire_choice(rule_set: &RuleSet, name: &str, choice: Choice) -> v1::ThresholdChoice {
    let note = taken_row(rule_set, name, &choice).and_then(|row| row.note.clone());
    let considered = choice.considered.into_iter().map(|row| v1::ConsideredRow {
        campaign: row.campaign.unwrap_or_default(),
        row: row_number(row.row),
        parts: row.parts.into_iter().map(tree).collect(),
        written: row.written,
        value: row.value.unwrap_or_default(),
        taken: row.taken,
    });
    v1::ThresholdChoice {
        threshold: name.to_owned(),
        row: row_number(choice.row),
        note: note.unwrap_or_default(),
        considered: considered.collect(),
        campaign: choice.campaign.unwrap_or_default(),
        value: choice.value,
        until: choice.until.and_then(finite),
    }
}

/// The row as written that an order takes, unless it is a default.
fn taken_row<'r>(rule_set: &'r RuleSet, name: &str, choice: &Choice) -> Option<&'r ThresholdRow> {
    let table = rule_set
        .thresholds()
        .iter()
        .find(|table| table.name == name)?;
    let rows = match &choice.campaign {
        Some(name) => {
            let mut campaigns = table.campaigns.iter();
            &campaigns.find(|campaign| campaign.name == *name)?.rows
        }
        None => &table.rows,
    };
    rows.get(choice.row?)
}

/// People count from 1; 0 is a default.
fn row_number(row: Option<usize>) -> i32 {
    row.map_or(0, |row| i32::try_from(row + 1).unwrap_or(i32::MAX))
}

fn wire_exemption(naming: &Naming<'_>, language: Language) -> v1::ExemptionStanding {
    let Naming {
        list,
        entry,
        bearing,
    } = naming;
    v1::ExemptionStanding {
        exemption: list.name.clone(),
        subject: entry.subject.to_string(),
        reason: entry.reason.to_string(),
        owner: entry.owner.to_string(),
        from: entry.from.and_then(finite),
        expires: finite(entry.expires),
        in_force: *bearing == Bearing::InForce,
        why_not: why_not(*bearing, language).to_owned(),
    }
}

const fn why_not(bearing: Bearing, language: Language) -> &'static str {
    let (english, chinese) = match bearing {
        Bearing::InForce => ("", ""),
        Bearing::Behind => ("another one comes first", "已有另一条豁免在先"),
        Bearing::NotYet => ("it begins later", "尚未生效"),
        Bearing::Expired => ("it is over", "已过期"),
        Bearing::OutOfScope => ("it is about other rules", "不适用于本规则"),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// How long verdicts wait for a source that the rule reads.
fn awaited(source: &Standing, now: Timestamp) -> v1::AwaitedSource {
    let stated = source.stated(now);
    let waited_for = source.awaited(now) < now;
    let ends = source
        .declaration
        .patience
        .filter(|_| waited_for && stated.is_finite());
    v1::AwaitedSource {
        source: source.declaration.source.to_string(),
        system: source.declaration.system.to_string(),
        complete_through: finite(stated),
        patience_ends_at: ends.and_then(|patience| finite(stated + patience)),
        waited_for,
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
        last_changed_at: explanation.last_changed_at.and_then(finite),
        next_change_at: explanation.next_change_at.and_then(finite),
    }
}

fn finite(instant: Timestamp) -> Option<prost_types::Timestamp> {
    instant.is_finite().then(|| timestamp(instant))
}
