//! Rule sets: applied whole, numbered, never changed.

use contracts::event::v1 as event;
use contracts::rules::v1;
use contracts::subject;
use contracts::time::timestamp;
use rule_engine::{Faults, RuleSet};
use service::error::FieldViolation;
use service::event_log::{self, NewEvent};

use crate::error::Error;
use crate::grpc::Rules;
use crate::store::rejudgements;
use crate::store::rule_sets::{self, Row};

/// Most rule sets listed at once.
const MOST_LISTED: i32 = 100;

impl Rules {
    pub(super) async fn apply(
        &self,
        request: v1::ApplyRuleSetRequest,
    ) -> Result<v1::ApplyRuleSetResponse, Error> {
        if request.actor.trim().is_empty() && !request.dry_run {
            let message = "say who applies it".to_owned();
            return Err(Error::Invalid {
                field: "actor",
                message,
            });
        }
        let mut transaction = self.database.pool().begin().await?;
        let active = rule_sets::lock_active(&mut transaction).await?;
        if request.based_on != 0 && request.based_on != active {
            return Err(Error::RuleSetMoved {
                expected: request.based_on,
                found: active,
            });
        }
        let number = active + 1;
        let compiled = RuleSet::parse(number, &request.resources_yaml)
            .map_err(|faults| Error::RuleSet(violations(&faults)))?;
        let rules = i32::try_from(compiled.rules().len()).unwrap_or(i32::MAX);
        let known = rule_sets::read(&mut transaction, active).await?;
        if known.is_some_and(|known| known.digest == compiled.digest()) {
            return Ok(v1::ApplyRuleSetResponse {
                number: active,
                unchanged: true,
                rules,
            });
        }
        if request.dry_run {
            return Ok(v1::ApplyRuleSetResponse {
                number,
                unchanged: false,
                rules,
            });
        }
        let row = Row {
            number,
            digest: compiled.digest().to_owned(),
            resources: request.resources_yaml,
            rules,
            actor: request.actor,
            reason: request.reason,
            activated_at: self.clock.now(),
        };
        rule_sets::activate(&mut transaction, &row).await?;
        let listed = rejudgements::all(&mut transaction).await?;
        event_log::append(&mut transaction, &[activated(&row)]).await?;
        transaction.commit().await?;
        tracing::info!(
            rule_set.number = number,
            orders.listed = listed,
            "rule set activated"
        );
        self.relay.wake();
        self.wake.now();
        Ok(v1::ApplyRuleSetResponse {
            number,
            unchanged: false,
            rules,
        })
    }

    pub(super) async fn get(&self, number: i64) -> Result<v1::GetRuleSetResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let active = rule_sets::active(&mut conn).await?;
        let number = if number == 0 { active } else { number };
        let Some(row) = rule_sets::read(&mut conn, number).await? else {
            return Err(Error::NoRuleSet(number));
        };
        let compiled = RuleSet::parse(row.number, &row.resources)
            .map_err(|_| Error::Unreadable("rule set"))?;
        let mut rule_set = wire(&row, active);
        rule_set.rule = compiled.rules().iter().map(wire_rule).collect();
        let resources_yaml = row.resources;
        Ok(v1::GetRuleSetResponse {
            rule_set: Some(rule_set),
            resources_yaml,
        })
    }

    pub(super) async fn list_sets(&self, size: i32) -> Result<v1::ListRuleSetsResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let active = rule_sets::active(&mut conn).await?;
        let limit = if size <= 0 {
            MOST_LISTED
        } else {
            size.min(MOST_LISTED)
        };
        let rows = rule_sets::list(&mut conn, limit.into()).await?;
        let rule_sets = rows.iter().map(|row| wire(row, active)).collect();
        Ok(v1::ListRuleSetsResponse { rule_sets })
    }
}

pub(crate) fn violations(faults: &Faults) -> Vec<FieldViolation> {
    faults
        .iter()
        .map(|fault| {
            FieldViolation::new(format!("{} {}", fault.resource, fault.path), &fault.message)
        })
        .collect()
}

fn wire(row: &Row, active: i64) -> v1::RuleSet {
    v1::RuleSet {
        number: row.number,
        digest: row.digest.clone(),
        actor: row.actor.clone(),
        reason: row.reason.clone(),
        activated_at: Some(timestamp(row.activated_at.into())),
        rules: row.rules,
        active: row.number == active,
        rule: Vec::new(),
    }
}

fn wire_rule(rule: &rule_engine::Rule) -> v1::Rule {
    v1::Rule {
        name: rule.name().to_owned(),
        scenario: rule.scenario().to_owned(),
        severity: rule.severity().to_string(),
        condition: rule.condition().to_owned(),
        title_en: rule.title_en().to_owned(),
        title_zh: rule.title_zh().to_owned(),
    }
}

fn activated(row: &Row) -> NewEvent {
    let event = event::Event {
        id: format!("rule-set/{}", row.number),
        r#type: "rule-set.activated".to_owned(),
        occurred_at: Some(timestamp(row.activated_at.into())),
        actor: Some(event::Actor {
            kind: event::ActorKind::Person as i32,
            name: row.actor.clone(),
        }),
        reason: row.reason.clone(),
        payload: Some(event::event::Payload::RuleSet(event::RuleSetActivated {
            number: row.number,
            rules: row.rules,
            digest: row.digest.clone(),
            ..event::RuleSetActivated::default()
        })),
        ..event::Event::default()
    };
    NewEvent::of(subject::CHANGES, "rule-set", &event)
}
