//! The rule set in force, compiled once a number.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rule_engine::{Faults, RuleSet};
use service::error::FieldViolation;
use sqlx::PgConnection;
use tokio::sync::Mutex;

use crate::error::Error;
use crate::store::rule_sets;

/// The newest rule set that this replica has compiled.
#[derive(Debug)]
pub struct RuleSets {
    newest: ArcSwap<RuleSet>,
    /// Held by who compiles; the others wait for what comes of it.
    compiling: Mutex<()>,
}

impl Default for RuleSets {
    fn default() -> Self {
        let none = RuleSet::parse(0, "").expect("no documents make a rule set without rules");
        Self {
            newest: ArcSwap::from_pointee(none),
            compiling: Mutex::new(()),
        }
    }
}

impl RuleSets {
    /// Returns the rule set in force.
    ///
    /// # Errors
    ///
    /// When the database refuses, or the stored rule set cannot be read.
    pub async fn current(&self, conn: &mut PgConnection) -> Result<Arc<RuleSet>, Error> {
        let number = rule_sets::active(conn).await?;
        self.load(conn, number).await
    }

    /// Returns the newest that was compiled here, which need not be in force any more.
    #[must_use]
    pub fn newest(&self) -> Arc<RuleSet> {
        self.newest.load_full()
    }

    /// Takes one that came into force and is compiled already.
    pub fn offer(&self, rule_set: &Arc<RuleSet>) {
        self.newest.rcu(|known| {
            if known.number() < rule_set.number() {
                Arc::clone(rule_set)
            } else {
                Arc::clone(known)
            }
        });
    }

    async fn load(&self, conn: &mut PgConnection, number: i64) -> Result<Arc<RuleSet>, Error> {
        if let Some(known) = self.known(number) {
            return Ok(known);
        }
        let _compiling = self.compiling.lock().await;
        if let Some(known) = self.known(number) {
            return Ok(known);
        }
        let row = rule_sets::read(conn, number)
            .await?
            .ok_or(Error::NoRuleSet(number))?;
        let text = rule_sets::text(conn, number).await?;
        let compiled = compile(number, text)
            .await
            .map_err(|_| Error::Unreadable("rule set"))?;
        self.newest.store(Arc::clone(&compiled));
        tracing::info!(
            rule_set.number = number,
            rule_set.rules = row.rules,
            "rule set loaded"
        );
        Ok(compiled)
    }

    fn known(&self, number: i64) -> Option<Arc<RuleSet>> {
        Some(self.newest()).filter(|known| known.number() == number)
    }
}

/// Compiles documents where it holds nobody up.
///
/// # Errors
///
/// When they have faults.
pub async fn compile(number: i64, text: String) -> Result<Arc<RuleSet>, Error> {
    let compiling = tokio::task::spawn_blocking(move || RuleSet::parse(number, &text));
    match compiling.await {
        Ok(Ok(rule_set)) => Ok(Arc::new(rule_set)),
        Ok(Err(faults)) => Err(Error::RuleSet(violations(&faults))),
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}

/// Names every fault by resource and path.
#[must_use]
pub fn violations(faults: &Faults) -> Vec<FieldViolation> {
    faults
        .iter()
        .map(|fault| {
            FieldViolation::new(format!("{} {}", fault.resource, fault.path), &fault.message)
        })
        .collect()
}
