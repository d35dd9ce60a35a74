//! Rule sets brought into force: make a candidate, hold it against its gates, store.
//!
//! What takes long is done beforehand, without holding anybody up; when another rule set
//! came into force meanwhile, it is done again.

use std::sync::Arc;

use service::clock::Clock;
use service::database::Database;
use service::event_log;
use service::relay::RelayHandle;

use crate::candidates::Candidate;
use crate::domain::change::Change;
use crate::domain::effect::Effect;
use crate::error::Error;
use crate::events::rule_set;
use crate::gates;
use crate::rule_sets::RuleSets;
use crate::store::rule_sets::Row;
use crate::store::{self, exceptions, progress, rejudgements};
use crate::wake::Wake;

/// How often a change is made again because another one was faster.
const ATTEMPTS: usize = 8;

/// Brings rule sets into force.
#[derive(Clone)]
pub struct Activation {
    /// The service's database.
    pub database: Database,
    /// The service's clock.
    pub clock: Clock,
    /// The rule set in force.
    pub rule_sets: Arc<RuleSets>,
    /// Publishes what was committed.
    pub relay: RelayHandle,
    /// Where the timers are asked for a look.
    pub wake: Wake,
}

/// What somebody wants to come into force, and why.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// What changes.
    pub change: Change,
    /// The rule set whose content it is, if it is a rollback.
    pub restored: Option<i64>,
    /// Who wants it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Check it, and change nothing.
    pub dry_run: bool,
}

/// What came of a proposal.
#[derive(Debug)]
pub struct Activated {
    /// The candidate that came, or would come, into force.
    pub candidate: Candidate,
    /// The number in force afterwards; in a dry run, the one it would get.
    pub number: i64,
    /// What becomes of verdicts already given; none when nothing changed.
    pub effect: Option<Effect>,
}

impl Activation {
    /// Brings what somebody proposes into force.
    ///
    /// # Errors
    ///
    /// When the documents have faults, a publish gate is closed, somebody else changed the
    /// same in between, or the database refuses.
    pub async fn activate(&self, proposal: &Proposal) -> Result<Activated, Error> {
        if !proposal.dry_run {
            must_be_said("actor", &proposal.actor, "say who changes it")?;
            must_be_said("reason", &proposal.reason, "say why")?;
        }
        for _ in 0..ATTEMPTS {
            let candidate =
                Candidate::after(&self.database, &self.rule_sets, &proposal.change).await?;
            let is_change = !candidate.changes().is_empty();
            let mut activated = Activated {
                number: candidate.base.number + i64::from(is_change),
                candidate,
                effect: None,
            };
            if !is_change {
                return Ok(activated);
            }
            activated.effect = Some(self.effect(&activated.candidate).await?);
            self.pass_gates(&activated.candidate).await?;
            if proposal.dry_run || self.put_in_force(proposal, &mut activated).await? {
                return Ok(activated);
            }
        }
        Err(Error::Overtaken)
    }

    /// Holds a candidate against the samples that it must pass.
    async fn pass_gates(&self, candidate: &Candidate) -> Result<(), Error> {
        let mut conn = self.database.pool().acquire().await?;
        let in_force = self.rule_sets.current(&mut conn).await?;
        let changes = candidate.changes();
        let only_gates = changes.iter().all(|(key, _)| key.kind() == "Gate");
        gates::pass(&mut conn, &in_force, &candidate.rule_set, only_gates).await
    }

    /// Counts what becomes of verdicts already given.
    async fn effect(&self, candidate: &Candidate) -> Result<Effect, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let standings = exceptions::standings(&mut conn).await?;
        let before = self.rule_sets.current(&mut conn).await?;
        let orders = if candidate.concerns_verdicts() {
            progress::count(&mut conn).await?.orders
        } else {
            0
        };
        Ok(Effect::new(
            &before,
            &candidate.rule_set,
            &standings,
            orders,
        ))
    }

    /// Stores a candidate and has every order judged again, unless another rule set came
    /// into force since it was made.
    async fn put_in_force(
        &self,
        proposal: &Proposal,
        activated: &mut Activated,
    ) -> Result<bool, Error> {
        let candidate = &activated.candidate;
        let mut transaction = self.database.pool().begin().await?;
        let active = store::rule_sets::lock_active(&mut transaction).await?;
        if active != candidate.base.number {
            return Ok(false);
        }
        let rules = i32::try_from(candidate.rule_set.rules().len()).unwrap_or(i32::MAX);
        let row = Row {
            number: candidate.rule_set.number(),
            digest: candidate.rule_set.digest().to_owned(),
            rules,
            actor: proposal.actor.clone(),
            reason: proposal.reason.clone(),
            activated_at: self.clock.now(),
            restored: proposal.restored,
        };
        let (base, documents) = (&candidate.base, &candidate.documents);
        store::rule_sets::activate(&mut transaction, &row, base, documents).await?;
        let orders = if candidate.concerns_verdicts() {
            rejudgements::all(&mut transaction).await?
        } else {
            0
        };
        let event = rule_set::activated(&row, base, documents);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.rule_sets.offer(&candidate.rule_set);
        tracing::info!(
            rule_set.number = row.number,
            orders.listed = orders,
            "rule set activated"
        );
        self.relay.wake();
        self.wake.now();
        if let Some(effect) = &mut activated.effect {
            effect.orders = i64::try_from(orders).unwrap_or(i64::MAX);
        }
        Ok(true)
    }
}

fn must_be_said(field: &'static str, said: &str, message: &str) -> Result<(), Error> {
    if said.trim().is_empty() {
        let message = message.to_owned();
        return Err(Error::Invalid { field, message });
    }
    Ok(())
}
