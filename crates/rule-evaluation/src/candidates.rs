//! Rule sets that may come into force: load what is in force, decide what a change makes of
//! it, compile.

use std::sync::Arc;

use rule_engine::RuleSet;
use rule_engine::documents::{self, Documents, Key};
use service::database::Database;
use sqlx::PgConnection;

use crate::domain::change::{self, Base, Change, Difference, Refusal};
use crate::error::Error;
use crate::rule_sets::{RuleSets, compile};
use crate::store::{self, resources};

/// Where a candidate comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The rule set in force.
    #[default]
    InForce,
    /// One that was in force before.
    Number(i64),
    /// The one in force, changed.
    Change(Change),
}

/// A rule set beside the one in force.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What is in force.
    pub base: Base,
    /// All documents of the candidate.
    pub documents: Documents,
    /// The candidate, compiled under the number it would get; what is in force keeps its own.
    pub rule_set: Arc<RuleSet>,
}

impl Candidate {
    /// Loads and compiles a candidate.
    ///
    /// # Errors
    ///
    /// When there is no such rule set, what should be left out is not there, or the
    /// documents have faults.
    pub async fn load(
        database: &Database,
        rule_sets: &RuleSets,
        origin: &Origin,
    ) -> Result<Self, Error> {
        let number = match origin {
            Origin::Change(change) => return Self::after(database, rule_sets, change).await,
            Origin::Number(number) => Some(*number),
            Origin::InForce => None,
        };
        let mut conn = database.pool().acquire().await?;
        let active = store::rule_sets::active(&mut conn).await?;
        let base = resources::base(&mut conn, active).await?;
        let documents = match number {
            None => base.documents(),
            Some(number) => match store::rule_sets::read(&mut conn, number).await? {
                Some(row) => resources::base(&mut conn, row.number).await?.documents(),
                None => return Err(Error::NoRuleSet(number)),
            },
        };
        drop(conn);
        Self::compile(rule_sets, base, documents).await
    }

    /// Makes what a change brings into force.
    ///
    /// # Errors
    ///
    /// When the change may not be made, or the documents have faults.
    pub async fn after(
        database: &Database,
        rule_sets: &RuleSets,
        change: &Change,
    ) -> Result<Self, Error> {
        let mut conn = database.pool().acquire().await?;
        let active = store::rule_sets::active(&mut conn).await?;
        let mut base = resources::base(&mut conn, active).await?;
        if let Change::Edits { edits, .. } = change {
            let keys: Vec<&Key> = edits.iter().map(|edit| &edit.key).collect();
            let dropped = resources::dropped(&mut conn, &keys).await?;
            base.dropped = dropped.into_iter().collect();
        }
        let documents = match base.after(change) {
            Ok(documents) => documents,
            Err(refusal) => return Err(refused(&mut conn, refusal, active).await?),
        };
        drop(conn);
        Self::compile(rule_sets, base, documents).await
    }

    async fn compile(
        rule_sets: &RuleSets,
        base: Base,
        documents: Documents,
    ) -> Result<Self, Error> {
        let known = rule_sets.newest();
        let is_known = known.number() == base.number && base.documents() == documents;
        let rule_set = if is_known {
            known
        } else {
            let text = documents::join(documents.values());
            compile(base.number + 1, text).await?
        };
        Ok(Self {
            base,
            documents,
            rule_set,
        })
    }

    /// Returns what differs from the rule set in force.
    #[must_use]
    pub fn changes(&self) -> Vec<(Key, change::Outcome)> {
        let before = self.base.documents();
        change::differences(&before, &self.documents)
            .filter(Difference::is_change)
            .map(|change| (change.key.clone(), change.outcome()))
            .collect()
    }

    /// Returns whether verdicts can depend on what differs.
    #[must_use]
    pub fn concerns_verdicts(&self) -> bool {
        let before = self.base.documents();
        change::differences(&before, &self.documents)
            .any(|change| change.is_change() && change.concerns_verdicts())
    }
}

/// Tells a refusal with who was faster, and when.
async fn refused(conn: &mut PgConnection, refusal: Refusal, active: i64) -> Result<Error, Error> {
    let by = async |conn: &mut PgConnection, number| {
        let row = store::rule_sets::read(conn, number).await?;
        Ok::<_, Error>(row.map(|row| crate::error::Author {
            number,
            actor: row.actor,
            reason: row.reason,
            at: row.activated_at,
        }))
    };
    Ok(match refusal {
        Refusal::Absent(key) => Error::NoResource {
            resource: key.to_string(),
            number: active,
        },
        Refusal::Moved { key, etag, number } => Error::ResourceMoved {
            resource: key.to_string(),
            etag,
            by: by(conn, number).await?,
        },
        Refusal::RuleSetMoved { expected } => Error::RuleSetMoved {
            expected,
            found: active,
            by: by(conn, active).await?,
        },
    })
}
