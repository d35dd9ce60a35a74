//! The rule set in force, compiled once a number.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rule_engine::RuleSet;
use sqlx::PgConnection;

use crate::error::Error;
use crate::store::rule_sets;

/// The newest rule set that this replica has compiled.
#[derive(Debug)]
pub struct RuleSets {
    newest: ArcSwap<RuleSet>,
}

impl Default for RuleSets {
    fn default() -> Self {
        let none = RuleSet::parse(0, "").expect("no documents make a rule set without rules");
        Self {
            newest: ArcSwap::from_pointee(none),
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

    async fn load(&self, conn: &mut PgConnection, number: i64) -> Result<Arc<RuleSet>, Error> {
        let known = self.newest.load_full();
        if known.number() == number {
            return Ok(known);
        }
        let row = rule_sets::read(conn, number)
            .await?
            .ok_or(Error::NoRuleSet(number))?;
        let compiled =
            RuleSet::parse(number, &row.resources).map_err(|_| Error::Unreadable("rule set"))?;
        let compiled = Arc::new(compiled);
        self.newest.store(Arc::clone(&compiled));
        tracing::info!(
            rule_set.number = number,
            rule_set.rules = row.rules,
            "rule set loaded"
        );
        Ok(compiled)
    }
}
