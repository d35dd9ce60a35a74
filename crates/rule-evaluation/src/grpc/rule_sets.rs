//! Rule sets: applied, changed, rolled back, listed; numbered, and none ever changed.

use contracts::event::v1 as event;
use contracts::rules::v1;
use contracts::time::timestamp;
use rule_engine::ResourceFault;
use rule_engine::documents::{self, Key};
use service::error::FieldViolation;

use super::resources::{edits, unreadable};
use crate::activation::{Activated, Proposal};
use crate::domain::change::{self, Change, Difference};
use crate::domain::effect::Effect;
use crate::error::Error;
use crate::events::rule_set::wire as wire_change;
use crate::grpc::Rules;
use crate::rule_sets::compile;
use crate::store::resources;
use crate::store::rule_sets::{self, Row};

/// Most rule sets listed at once.
const MOST_LISTED: i32 = 100;

impl Rules {
    /// Takes documents as the whole rule set.
    pub(super) async fn apply(
        &self,
        request: v1::ApplyRuleSetRequest,
    ) -> Result<v1::ApplyRuleSetResponse, Error> {
        let documents = documents::split(&request.resources_yaml)
            .map_err(|faults| unreadable("resources_yaml", &faults))?;
        if documents.is_empty() {
            return Err(nothing());
        }
        let proposal = Proposal {
            change: Change::Whole {
                documents,
                based_on: request.based_on,
            },
            restored: None,
            actor: request.actor,
            reason: request.reason,
            dry_run: request.dry_run,
        };
        let activated = self.activation.activate(&proposal).await?;
        Ok(v1::ApplyRuleSetResponse {
            number: activated.number,
            unchanged: activated.effect.is_none(),
            rules: rules(&activated),
            changes: changes(&activated),
            warnings: self.warnings(&activated).await?,
            effect: activated.effect.map(effect),
        })
    }

    /// Changes some resources.
    pub(super) async fn change(
        &self,
        request: v1::ChangeRuleSetRequest,
    ) -> Result<v1::ChangeRuleSetResponse, Error> {
        let edits = edits(request.edits)?;
        let keys: Vec<Key> = edits.iter().map(|edit| edit.key.clone()).collect();
        let proposal = Proposal {
            change: Change::Edits {
                edits,
                based_on: request.based_on,
            },
            restored: None,
            actor: request.actor,
            reason: request.reason,
            dry_run: request.dry_run,
        };
        let activated = self.activation.activate(&proposal).await?;
        Ok(v1::ChangeRuleSetResponse {
            number: activated.number,
            unchanged: activated.effect.is_none(),
            rules: rules(&activated),
            changes: changes_of(&activated, &keys),
            warnings: self.warnings(&activated).await?,
            effect: activated.effect.map(effect),
        })
    }

    /// Puts the content of an earlier rule set in force again.
    pub(super) async fn rollback(
        &self,
        request: v1::RollbackRuleSetRequest,
    ) -> Result<v1::RollbackRuleSetResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        if rule_sets::read(&mut conn, request.number).await?.is_none() {
            return Err(Error::NoRuleSet(request.number));
        }
        let documents = resources::base(&mut conn, request.number)
            .await?
            .documents();
        drop(conn);
        let proposal = Proposal {
            change: Change::Whole {
                documents,
                based_on: request.based_on,
            },
            restored: Some(request.number),
            actor: request.actor,
            reason: request.reason,
            dry_run: request.dry_run,
        };
        let activated = self.activation.activate(&proposal).await?;
        Ok(v1::RollbackRuleSetResponse {
            number: activated.number,
            unchanged: activated.effect.is_none(),
            rules: rules(&activated),
            changes: changes(&activated),
            warnings: self.warnings(&activated).await?,
            effect: activated.effect.map(effect),
        })
    }

    /// What should be known of a rule set before it is activated.
    async fn warnings(&self, activated: &Activated) -> Result<Vec<v1::ResourceWarning>, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let completeness = self.evaluation.completeness(&mut conn).await?;
        let rule_set = &activated.candidate.rule_set;
        let mut warnings = rule_set.warnings().to_vec();
        warnings.extend(rule_set.outdated(completeness.now()));
        // While no source is declared, nothing is said about which systems will be fed.
        if !completeness.standings().is_empty() {
            warnings.extend(rule_set.unfed(completeness.fed()));
        }
        let wire = |warning: ResourceFault| v1::ResourceWarning {
            resource: warning.resource,
            path: warning.path,
            message: warning.message,
        };
        Ok(warnings.into_iter().map(wire).collect())
    }

    pub(super) async fn get(&self, number: i64) -> Result<v1::GetRuleSetResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let active = rule_sets::active(&mut conn).await?;
        let number = if number == 0 { active } else { number };
        let Some(row) = rule_sets::read(&mut conn, number).await? else {
            return Err(Error::NoRuleSet(number));
        };
        let resources_yaml = rule_sets::text(&mut conn, number).await?;
        drop(conn);
        let compiled = compile(number, resources_yaml.clone())
            .await
            .map_err(|_| Error::Unreadable("rule set"))?;
        let mut rule_set = wire(&row, active);
        rule_set.rule = compiled.rules().iter().map(wire_rule).collect();
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

/// An empty file, or a forgotten one, would clear every exception and watch nothing any more.
fn nothing() -> Error {
    let expected = "expected at least one document, as together they are the whole rule set; \
                    to drop resources, name them in a change";
    Error::RuleSet(vec![FieldViolation::new("resources_yaml", expected)])
}

fn rules(activated: &Activated) -> i32 {
    i32::try_from(activated.candidate.rule_set.rules().len()).unwrap_or(i32::MAX)
}

/// Everything that differs from the rule set in force before.
fn changes(activated: &Activated) -> Vec<event::ResourceChange> {
    let before = activated.candidate.base.documents();
    change::differences(&before, &activated.candidate.documents)
        .filter(Difference::is_change)
        .map(|change| wire_change(&change))
        .collect()
}

/// What became of some resources, whether they differ or not.
fn changes_of(activated: &Activated, keys: &[Key]) -> Vec<event::ResourceChange> {
    let candidate = &activated.candidate;
    let changed = keys.iter().map(|key| Difference {
        key,
        before: candidate.base.kept.get(key).map(|kept| &kept.document),
        after: candidate.documents.get(key),
    });
    changed.map(|change| wire_change(&change)).collect()
}

const fn effect(effect: Effect) -> v1::ActivationEffect {
    v1::ActivationEffect {
        orders: effect.orders,
        retracted: effect.retracted,
        silenced: effect.silenced,
        revived: effect.revived,
        judged_again: effect.judged_again,
    }
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
        restored: row.restored.unwrap_or_default(),
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
        shadow: !rule.mode().is_active(),
    }
}
